/**
 * `POST /kv/batch`: many operations in one request, each with an answer of its own. Not a
 * transaction, and the answer says so. Parse, call, render; what is done together and what is left
 * of it when something fails is decided behind `Batches`.
 */

import { InvalidRequest } from "@ringkv/core";
import {
  type BatchOperation,
  type BatchResult,
  Failed,
  type Reading,
  type WriteReceipt,
} from "@ringkv/engine";
import type { Request, Response } from "express";
import { z } from "zod";
import { BatchResults } from "./batch-results.js";
import { refuseWriteConditions } from "./conditions.js";
import { BATCH_BYTES_MAX, type JsonOperation, jsonBatchOf } from "./json-batch.js";
import { refuseOtherThanJson } from "./json-write.js";
import type { KvDeps } from "./kv-deps.js";
import { problemOf } from "./problem.js";
import { problemSchema } from "./problem-schema.js";
import { readBody } from "./raw-body.js";
import { readingRestSchema } from "./reading-schema.js";
import { deleteReceiptSchema, putReceiptSchema } from "./receipt-schema.js";
import { requestIdOf } from "./request-id.js";
import { queryOf } from "./request-target.js";
import { sendText } from "./respond.js";
import { jsonValueSchema, keySchema } from "./words.js";

/** Of values in one answer: a reading beyond it is refused, and asked for in another batch. */
const ANSWER_VALUES_BYTES_MAX = BATCH_BYTES_MAX;

const BATCH_OPTIONS = ["w", "r", "timeout"] as const;

const { explain: _notInPuts, ...putReceipt } = putReceiptSchema.shape;
const { explain: _notInDeletes, ...deleteReceipt } = deleteReceiptSchema.shape;
const status = z.int().describe("What the request alone would have been answered.");

/** As the request alone is answered, with the operation's name before it. */
const resultSchema = z.union([
  z.object({ op: z.literal("put"), status, ...putReceipt }),
  z.object({ op: z.literal("delete"), status, ...deleteReceipt }),
  z.object({
    op: z.literal("get"),
    status: z.literal(200),
    key: keySchema,
    value: jsonValueSchema,
    ...readingRestSchema.shape,
  }),
  z.object({ op: z.literal("get"), status: z.literal(404), key: keySchema, value: z.null() }),
  z
    .object({ op: z.enum(["put", "get", "delete"]), key: keySchema, ...problemSchema.shape })
    .describe("A problem document, with what it is about."),
]);

export const batchedSchema = z
  .object({
    atomic: z.literal(false),
    results: z.array(resultSchema).describe("One per operation, in order."),
  })
  .meta({ id: "Batched" });

export async function batch(deps: KvDeps, request: Request, response: Response): Promise<void> {
  const { headers, url } = request;
  refuseWriteConditions(headers);
  refuseOtherThanJson(headers);
  if (headers["kv-ttl"] !== undefined) {
    throw new InvalidRequest("KV-TTL: each operation has a ttl of its own");
  }
  const { w, r, timeoutMs } = deps.options.read(queryOf(url), BATCH_OPTIONS);
  const body = await readBody(request, response, BATCH_BYTES_MAX);
  const operations = jsonBatchOf(body, deps.valueBytesMax);
  // All of them or none, as with what is wrong in itself: half a batch would be nobody's wish.
  for (const { op, key } of operations) {
    deps.guard.demandScope(request, op === "get" ? "read" : "write");
    deps.guard.demandKey(request, key);
  }
  const nowMs = deps.clock.wallMs();
  const results = await deps.node.batch({
    operations: operations.map((operation) => commandOf(operation, nowMs)),
    w,
    r,
    timeoutMs,
    readBytesMax: ANSWER_VALUES_BYTES_MAX,
  });
  const rendering = new BatchResults();
  const texts = operations.map((operation, index) => {
    const result = results[index] as BatchResult;
    if (result instanceof Failed) return failureText(deps, request, { operation, result });
    if (operation.op === "get") return rendering.read(result as Reading);
    return rendering.written(operation.op, result as WriteReceipt);
  });
  sendText(request, response, {
    status: 200,
    headers: [],
    contentType: "application/json",
    body: `{"atomic":false,"results":[${texts.join(",")}]}`,
  });
}

function commandOf(operation: JsonOperation, nowMs: number): BatchOperation {
  const { op, key } = operation;
  if (op === "get") return { kind: "read", key };
  const expiresAtMs =
    op === "put" && operation.ttlSeconds !== null ? nowMs + operation.ttlSeconds * 1_000 : null;
  const [value, contentType] = op === "put" ? [operation.value, "application/json"] : [null, ""];
  return {
    kind: "write",
    command: { key, value, contentType, expiresAtMs, w: null, timeoutMs: null },
  };
}

/** A problem document with the operation's name and key. Bugs are logged in full. */
function failureText(
  { log }: KvDeps,
  request: Request,
  { operation, result }: { readonly operation: JsonOperation; readonly result: Failed },
): string {
  const { op, key } = operation;
  const { code, requestId, body } = problemOf(result.thrown, requestIdOf(request));
  if (code === "internal") {
    log.error({ err: result.thrown, requestId, op }, "an operation of a batch met a bug");
  }
  return `{"op":"${op}","key":${JSON.stringify(key)},${body.slice(1)}`;
}
