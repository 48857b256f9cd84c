/**
 * The body of a batch: `{"ops":[{"op","key","value"?,"ttl"?}]}` and nothing else. One wrong
 * operation refuses all of them, by its place in the list; values are taken as the client wrote
 * them.
 */

import { isUtf8 } from "node:buffer";
import {
  elementsOf,
  fieldsOf,
  InvalidRequest,
  JSON_DEPTH_MAX,
  type Key,
  KvError,
  TooLarge,
} from "@ringkv/core";
import { z } from "zod";
import { jsonWriteSchema, parseObject } from "./json-write.js";
import { parse } from "./options.js";
import { keyOf } from "./request-target.js";

export const BATCH_OPS_MAX = 1_000;
export const BATCH_BYTES_MAX = 16 * 1_024 * 1_024;

/** The list and its objects stand around each value. */
const DEPTH_AROUND = 2;

const { key, value, ttl } = jsonWriteSchema.shape;

const operationSchema = z.discriminatedUnion(
  "op",
  [
    z.strictObject({ op: z.literal("put"), key, value, ttl }),
    z.strictObject({ op: z.literal("get"), key }),
    z.strictObject({ op: z.literal("delete"), key }),
  ],
  "put, get or delete",
);

export const batchSchema = z
  .strictObject({ ops: z.array(operationSchema, "a list") })
  .meta({ id: "Batch" });

export type JsonOperation =
  | { readonly op: "get" | "delete"; readonly key: Key }
  | {
      readonly op: "put";
      readonly key: Key;
      /** The JSON text of the value, exactly as sent. */
      readonly value: Buffer;
      readonly ttlSeconds: number | null;
    };

/** Throws `InvalidRequest`, or `TooLarge`, unless every operation can be done as it stands. */
export function jsonBatchOf(body: Buffer, valueBytesMax: number): JsonOperation[] {
  if (!isUtf8(body)) throw new InvalidRequest("the body is not valid UTF-8");
  const text = body.toString("utf8");
  const parsed = parseObject(text);
  const fields = fieldsOf(text, JSON_DEPTH_MAX + DEPTH_AROUND);
  for (const name of fields.keys()) {
    if (name !== "ops") throw new InvalidRequest(`unknown field: ${name}`);
  }
  const given: unknown = "ops" in parsed ? parsed.ops : undefined;
  if (Array.isArray(given) && given.length > BATCH_OPS_MAX) {
    throw new TooLarge(`a batch has at most ${BATCH_OPS_MAX} operations`);
  }
  const { ops } = parse(batchSchema, parsed);
  const texts = elementsOf(fields.get("ops") ?? "[]");
  return ops.map((operation, index) => {
    try {
      return operationOf(operation, texts[index] as string, valueBytesMax);
    } catch (thrown) {
      throw withPlace(thrown, index);
    }
  });
}

function operationOf(
  operation: z.infer<typeof operationSchema>,
  text: string,
  valueBytesMax: number,
): JsonOperation {
  const fields = fieldsOf(text);
  // A field that is called __proto__ is one that a parser's object does not show.
  if (fields.has("__proto__")) throw new InvalidRequest("unknown field: __proto__");
  if (operation.op !== "put") return { op: operation.op, key: keyOf(operation.key) };
  const written = fields.get("value");
  if (written === undefined) throw new InvalidRequest("value: missing");
  const bytes = Buffer.from(written);
  if (bytes.length > valueBytesMax) {
    throw new TooLarge(`a value has at most ${valueBytesMax} bytes`);
  }
  return { op: "put", key: keyOf(operation.key), value: bytes, ttlSeconds: operation.ttl ?? null };
}

function withPlace(thrown: unknown, index: number): unknown {
  if (!(thrown instanceof KvError)) return thrown;
  const message = `ops.${index}: ${thrown.message}`;
  return thrown instanceof TooLarge ? new TooLarge(message) : new InvalidRequest(message);
}
