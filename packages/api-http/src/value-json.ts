/**
 * A stored value inside a JSON answer: JSON as it is, byte for byte; text as a string; anything
 * else in base64. What does not hold what its content type promises falls to the next of these.
 */

import { bufferOf, contentKindOf, isJson, utf8Of } from "@ringkv/core";

export interface ValueJson {
  readonly json: string;
  readonly encoding: "base64" | null;
}

export function valueJsonOf(value: Uint8Array, contentType: string): ValueJson {
  const kind = contentKindOf(contentType);
  const text = kind === "bytes" ? null : utf8Of(value);
  if (text === null) {
    return { json: `"${bufferOf(value).toString("base64")}"`, encoding: "base64" };
  }
  return { json: kind === "json" && isJson(text) ? text : JSON.stringify(text), encoding: null };
}
