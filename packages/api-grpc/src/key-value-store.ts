/** The calls of `KeyValueStore`: parse, call, render. Every decision is behind the node. */

import type { WriteReceipt } from "@ringkv/engine";
import { type CallDeps, type Context, unary } from "./call.js";
import type { Reads, Writes } from "./engine-needs.js";
import { contentTypeOf, keyOf, limitedValue, quorumOf, ttlOf } from "./fields.js";
import type { DeleteRequest__Output } from "./generated/ringkv/v1/DeleteRequest.js";
import type { DeleteResponse } from "./generated/ringkv/v1/DeleteResponse.js";
import type { GetRequest__Output } from "./generated/ringkv/v1/GetRequest.js";
import type { GetResponse } from "./generated/ringkv/v1/GetResponse.js";
import type { KeyValueStoreHandlers } from "./generated/ringkv/v1/KeyValueStore.js";
import type { PutRequest__Output } from "./generated/ringkv/v1/PutRequest.js";
import type { PutResponse } from "./generated/ringkv/v1/PutResponse.js";
import type { Receipt } from "./generated/ringkv/v1/Receipt.js";
import { setIf } from "./optional-field.js";

export interface KeyValueDeps extends CallDeps {
  readonly node: Reads & Writes;
  readonly options: KeyValueOptions;
}

export interface KeyValueOptions {
  /** N: the most that a request may ask for as W or R. */
  readonly replicaCount: number;
  readonly valueBytesMax: number;
}

export function keyValueStore(deps: KeyValueDeps): KeyValueStoreHandlers {
  return {
    Put: unary(deps, {
      bytesOf: ({ value }: PutRequest__Output) => value.length,
      answer: (request, context) => put(deps, request, context),
    }),
    Get: unary(deps, { answer: (request, context) => get(deps, request, context) }),
    Delete: unary(deps, { answer: (request, context) => remove(deps, request, context) }),
  };
}

async function put(
  { node, clock, options }: KeyValueDeps,
  request: PutRequest__Output,
  { timeoutMs }: Context,
): Promise<PutResponse> {
  const key = keyOf(request.key);
  const value = limitedValue(request.value, options.valueBytesMax);
  const contentType = contentTypeOf(request.contentType);
  const ttlSeconds = ttlOf(request.ttlSeconds);
  const w = quorumOf("w", request.w, options.replicaCount);
  const expiresAtMs = ttlSeconds === null ? null : clock.wallMs() + ttlSeconds * 1_000;
  const receipt = await node.write({ key, value, contentType, expiresAtMs, w, timeoutMs });
  return { receipt: receiptOf(receipt), created: !receipt.hadValue };
}

async function get(
  { node, options }: KeyValueDeps,
  request: GetRequest__Output,
  { timeoutMs }: Context,
): Promise<GetResponse> {
  const key = keyOf(request.key);
  const r = quorumOf("r", request.r, options.replicaCount);
  const { record } = await node.read({ key, r, timeoutMs });
  if (record === null) return { found: false };
  const { value, contentType, version, expiresAtMs } = record;
  return { found: true, value, contentType, version, ...setIf("expiresAtMs", expiresAtMs) };
}

async function remove(
  { node, options }: KeyValueDeps,
  request: DeleteRequest__Output,
  { timeoutMs }: Context,
): Promise<DeleteResponse> {
  const key = keyOf(request.key);
  const w = quorumOf("w", request.w, options.replicaCount);
  const tombstone = { value: null, contentType: "", expiresAtMs: null };
  const receipt = await node.write({ key, ...tombstone, w, timeoutMs });
  return { receipt: receiptOf(receipt), existed: receipt.hadValue };
}

function receiptOf(receipt: WriteReceipt): Receipt {
  const { key, version, partition, primary, stored, standIns, w, expiresAtMs } = receipt;
  return {
    key,
    version,
    partition,
    primary,
    stored: [...stored],
    standIns: [...standIns],
    w,
    ...setIf("expiresAtMs", expiresAtMs),
  };
}
