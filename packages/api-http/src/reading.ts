/** What a read answers in JSON: the query form, and what `?explain=1` asks of the path form. */

import type { ReadResult } from "@ringkv/engine";
import type { Request, Response } from "express";
import { explainRead } from "./explanation.js";
import { sendText } from "./respond.js";
import { valueJsonOf } from "./value-json.js";

export const DEFAULT_CONTENT_TYPE = "application/octet-stream";

/** An absent key is 404 with its name and null, not a problem document: that is the contract. */
export function sendReading(
  request: Request,
  response: Response,
  { reading, explain }: { readonly reading: ReadResult; readonly explain: boolean },
): void {
  const { key, record } = reading;
  const explanation = explain ? `,"explain":${JSON.stringify(explainRead(reading))}` : "";
  const known = record === null ? '"value":null' : recordFields(record);
  sendText(request, response, {
    status: record === null ? 404 : 200,
    headers: record === null ? [] : ["ETag", `"${record.version}"`],
    contentType: "application/json",
    body: `{"key":${JSON.stringify(key)},${known}${explanation}}`,
  });
}

/**
 * The fields of `readingRestSchema` after the value. Put together by hand, so that a JSON value is
 * passed on as it was written; versions need no escaping.
 */
export function recordFields(record: NonNullable<ReadResult["record"]>): string {
  const { version, contentType, expiresAtMs } = record;
  const { json, encoding } = valueJsonOf(record.value, contentType);
  const encoded = encoding === null ? "" : `"encoding":"${encoding}",`;
  const type = contentType === "" ? DEFAULT_CONTENT_TYPE : contentType;
  const expiry = expiresAtMs === null ? "" : `,"expiresAt":${expiresAtMs}`;
  const rest = `"version":"${version}","contentType":${JSON.stringify(type)}${expiry}`;
  return `"value":${json},${encoded}${rest}`;
}
