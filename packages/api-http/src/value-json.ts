/**
 * A stored value inside a JSON answer: JSON as it is, byte for byte; text as a string; anything
 * else in base64. What does not hold what its content type promises falls to the next of these.
 */

import { isUtf8 } from "node:buffer";

export interface ValueJson {
  readonly json: string;
  readonly encoding: "base64" | null;
}

export function valueJsonOf(value: Uint8Array, contentType: string): ValueJson {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const isJson = /^application\/([\w.-]+\+)?json$/.test(type.trim());
  const isText = isJson || type.trim().startsWith("text/");
  if (!isText || !parameters.every(isNoOtherCharset) || !isUtf8(value)) {
    return { json: JSON.stringify(bufferOf(value).toString("base64")), encoding: "base64" };
  }
  const text = bufferOf(value).toString("utf8");
  return { json: isJson && isValidJson(text) ? text : JSON.stringify(text), encoding: null };
}

/** The same bytes; nothing is copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function isNoOtherCharset(parameter: string): boolean {
  const [name = "", value = ""] = parameter.split("=");
  return name.trim() !== "charset" || /^\s*"?(utf-8|utf8|us-ascii)"?\s*$/.test(value);
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
