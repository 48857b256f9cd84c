/** Put, Get and Delete as the engine knows them, whether they come alone or in a batch. */

import type { ReadResult, WriteCommand, WriteReceipt } from "@ringkv/engine";
import { contentTypeOf, keyOf, limitedValue, ttlOf } from "./fields.js";
import type { DeleteRequest__Output } from "./generated/ringkv/v1/DeleteRequest.js";
import type { DeleteResponse } from "./generated/ringkv/v1/DeleteResponse.js";
import type { GetResponse } from "./generated/ringkv/v1/GetResponse.js";
import type { PutRequest__Output } from "./generated/ringkv/v1/PutRequest.js";
import type { PutResponse } from "./generated/ringkv/v1/PutResponse.js";
import type { Receipt } from "./generated/ringkv/v1/Receipt.js";
import { setIf } from "./optional-field.js";

/** What is written, without how many nodes must have it, and when. */
export type Written = Omit<WriteCommand, "w" | "timeoutMs">;

export interface Bounds {
  readonly valueBytesMax: number;
  /** Wall time of the request. */
  readonly nowMs: number;
}

export function putOf(request: PutRequest__Output, { valueBytesMax, nowMs }: Bounds): Written {
  const key = keyOf(request.key);
  const value = limitedValue(request.value, valueBytesMax);
  const contentType = contentTypeOf(request.contentType);
  const ttlSeconds = ttlOf(request.ttlSeconds);
  const expiresAtMs = ttlSeconds === null ? null : nowMs + ttlSeconds * 1_000;
  return { key, value, contentType, expiresAtMs };
}

export function deletionOf(request: DeleteRequest__Output): Written {
  return { key: keyOf(request.key), value: null, contentType: "", expiresAtMs: null };
}

export function putAnswer(receipt: WriteReceipt): PutResponse {
  return { receipt: receiptOf(receipt), created: !receipt.hadValue };
}

export function deleteAnswer(receipt: WriteReceipt): DeleteResponse {
  return { receipt: receiptOf(receipt), existed: receipt.hadValue };
}

export function getAnswer(record: ReadResult["record"]): GetResponse {
  if (record === null) return { found: false };
  const { value, contentType, version, expiresAtMs } = record;
  return { found: true, value, contentType, version, ...setIf("expiresAtMs", expiresAtMs) };
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
