/**
 * Many operations in one call. Each has a result of its own; one that could never succeed refuses
 * all of them before anything is done, and is named by its place.
 */

import { InvalidRequest, KvError, TooLarge } from "@ringkv/core";
import { type BatchOperation, type BatchResult, Failed } from "@ringkv/engine";
import { type CallDeps, type Context, logBug } from "./call.js";
import type { Batches } from "./engine-needs.js";
import { statusOf } from "./error-status.js";
import { failureOf } from "./failure.js";
import { keyOf, quorumOf } from "./fields.js";
import type { BatchOperation__Output } from "./generated/ringkv/v1/BatchOperation.js";
import type { BatchRequest__Output } from "./generated/ringkv/v1/BatchRequest.js";
import type { BatchResponse } from "./generated/ringkv/v1/BatchResponse.js";
import type { BatchResult as BatchResultOnWire } from "./generated/ringkv/v1/BatchResult.js";
import type { KeyValueOptions } from "./key-value-store.js";
import { deleteAnswer, deletionOf, getAnswer, putAnswer, putOf } from "./operations.js";

export interface BatchDeps extends CallDeps {
  readonly node: Batches;
  readonly options: KeyValueOptions;
}

const OPERATIONS_MAX = 1_000;

/**
 * Of values in one answer. With the longest keys in a thousand receipts it stays below the 4 MiB
 * that clients take by default; what is beyond is refused, and can be asked for in another batch.
 */
const ANSWER_VALUES_BYTES_MAX = 2 * 1_024 * 1_024;

export function valueBytesIn({ operations }: BatchRequest__Output): number {
  return operations.reduce((sum, { put }) => sum + (put?.value.length ?? 0), 0);
}

export async function batch(
  deps: BatchDeps,
  request: BatchRequest__Output,
  { timeoutMs, requestId, metadata }: Context,
): Promise<BatchResponse> {
  const { node, clock, options } = deps;
  const { operations: asked } = request;
  if (asked.length > OPERATIONS_MAX) {
    throw new TooLarge(`a batch has at most ${OPERATIONS_MAX} operations`);
  }
  const bounds = { valueBytesMax: options.valueBytesMax, nowMs: clock.wallMs() };
  const operations = asked.map((operation, index) => {
    try {
      return operationOf(operation, bounds);
    } catch (thrown) {
      throw withPlace(thrown, index);
    }
  });
  // All of them or none, as with what is wrong in itself.
  for (const operation of operations) {
    const isRead = operation.kind === "read";
    deps.gate.demandScope(metadata, isRead ? "read" : "write");
    deps.gate.demandKey(metadata, isRead ? operation.key : operation.command.key);
  }
  const results = await node.batch({
    operations,
    w: quorumOf("w", request.w, options.replicaCount),
    r: quorumOf("r", request.r, options.replicaCount),
    timeoutMs,
    readBytesMax: Math.max(ANSWER_VALUES_BYTES_MAX, options.valueBytesMax),
  });
  return {
    results: results.map((result, index) => {
      if (result instanceof Failed) return failed(deps, result, requestId);
      return resultOf(asked[index], result);
    }),
  };
}

function operationOf(
  { put, get, delete: deletion }: BatchOperation__Output,
  bounds: Parameters<typeof putOf>[1],
): BatchOperation {
  if (put) {
    refuseOwn("w", put.w);
    return { kind: "write", command: { ...putOf(put, bounds), w: null, timeoutMs: null } };
  }
  if (get) {
    refuseOwn("r", get.r);
    return { kind: "read", key: keyOf(get.key) };
  }
  if (deletion) {
    refuseOwn("w", deletion.w);
    return { kind: "write", command: { ...deletionOf(deletion), w: null, timeoutMs: null } };
  }
  throw new InvalidRequest("put, get or delete");
}

function refuseOwn(name: string, given: number | undefined): void {
  if (given !== undefined) throw new InvalidRequest(`${name}: give it once, for the whole batch`);
}

function resultOf(
  asked: BatchOperation__Output | undefined,
  result: Exclude<BatchResult, Failed>,
): BatchResultOnWire {
  if (!("stored" in result)) return { get: getAnswer(result.record) };
  return asked?.put ? { put: putAnswer(result) } : { delete: deleteAnswer(result) };
}

function failed(deps: CallDeps, { thrown }: Failed, requestId: string): BatchResultOnWire {
  const { code, outcome, retryable, detail } = failureOf(thrown);
  if (code === "internal") logBug(deps, { thrown, requestId, method: "an operation of Batch" });
  return { failure: { code, outcome, retryable, detail, status: statusOf(code, outcome) } };
}

function withPlace(thrown: unknown, index: number): unknown {
  if (!(thrown instanceof KvError)) return thrown;
  const message = `operations.${index}: ${thrown.message}`;
  return thrown instanceof TooLarge ? new TooLarge(message) : new InvalidRequest(message);
}
