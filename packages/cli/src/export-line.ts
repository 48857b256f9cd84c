/** One record as a line of an export: what is JSON stays the bytes that it is. Pure. */

import type { Reading } from "@ringkv/client";
import { textOf } from "./printable.js";

/** `value` where the bytes are JSON or text of their type, else `base64`. */
export function exportLine({ key, value, version, contentType, expiresAt }: Reading): string {
  const head = { key, version, contentType, ...(expiresAt === null ? {} : { expiresAt }) };
  const beginning = JSON.stringify(head).slice(0, -1);
  const text = textOf(value, contentType);
  if (text === null) return `${beginning},"base64":"${value.toString("base64")}"}`;
  if (!/json/i.test(contentType)) return `${beginning},"value":${JSON.stringify(text)}}`;
  // A value over several lines would break the lines of the file.
  return isJson(text) && !/[\r\n]/.test(text)
    ? `${beginning},"value":${text}}`
    : `${beginning},"base64":"${value.toString("base64")}"}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
