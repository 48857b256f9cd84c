/**
 * The body of a write in the query form: `{"key","value","ttl"?}` and nothing else. The value is
 * taken as the client wrote it.
 */

import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import { fieldsOf, InvalidRequest, type Key } from "@ringkv/core";
import { z } from "zod";
import { HttpRefusal } from "./http-refusal.js";
import { parse, TTL_SECONDS_MAX } from "./options.js";
import { keyOf } from "./request-target.js";
import { jsonValueSchema, keySchema } from "./words.js";

export interface JsonWrite {
  readonly key: Key;
  /** The JSON text of the value, exactly as sent. */
  readonly value: Buffer;
  readonly ttlSeconds: number | null;
}

/** What a key, a time to live and the punctuation may need beside the value. */
export const ENVELOPE_BYTES_MAX = 16 * 1_024;

const ttlComplaint = `a whole number from 1 to ${TTL_SECONDS_MAX}`;

export const jsonWriteSchema = z.strictObject({
  key: keySchema,
  value: jsonValueSchema,
  ttl: z
    .int(ttlComplaint)
    .min(1, ttlComplaint)
    .max(TTL_SECONDS_MAX, ttlComplaint)
    .describe("Seconds until the value is absent; in one place only: here, `KV-TTL` or `?ttl=`.")
    .optional(),
});

export function jsonWriteOf(body: Buffer): JsonWrite {
  if (!isUtf8(body)) throw new InvalidRequest("the body is not valid UTF-8");
  const text = body.toString("utf8");
  const parsed = parseObject(text);
  const fields = fieldsOf(text);
  for (const name of fields.keys()) {
    if (!Object.hasOwn(jsonWriteSchema.shape, name)) {
      throw new InvalidRequest(`unknown field: ${name}`);
    }
  }
  const value = fields.get("value");
  if (value === undefined) throw new InvalidRequest("value: missing");
  const { key, ttl } = parse(jsonWriteSchema, parsed);
  return { key: keyOf(key), value: Buffer.from(value), ttlSeconds: ttl ?? null };
}

/** Browsers send forms and plain text across origins without asking; JSON they ask about. */
export function refuseOtherThanJson(headers: IncomingHttpHeaders): void {
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const isJson = /^application\/([\w.-]+\+)?json$/.test(type.trim());
  const isUtf8Said = parameters.every((it) => /^\s*(charset="?utf-8"?)?\s*$/.test(it));
  if (isJson && isUtf8Said) return;
  throw new HttpRefusal("unsupported_media_type", "send Content-Type: application/json", [
    "Accept-Post",
    "application/json",
  ]);
}

/** A body that is one object, whose fields no schema has looked at yet, each of them once. */
export function objectIn(body: Buffer): object {
  if (!isUtf8(body)) throw new InvalidRequest("the body is not valid UTF-8");
  const text = body.toString("utf8");
  const parsed = parseObject(text);
  // A field of that name is one that a parser's object does not show.
  if (fieldsOf(text).has("__proto__")) throw new InvalidRequest("unknown field: __proto__");
  return parsed;
}

export function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new InvalidRequest("the body is not valid JSON");
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  throw new InvalidRequest("the body must be a JSON object");
}
