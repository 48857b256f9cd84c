/**
 * What a value is by its content type, wherever it stands inside JSON: JSON, text, or just bytes.
 * It believes the type; whether the bytes are that is asked of them (`utf8Of`, `isJson`).
 */

export type ContentKind = "json" | "text" | "bytes";

/** Text in another charset than UTF-8 is bytes to us. */
export function contentKindOf(contentType: string): ContentKind {
  if (contentType === "") return "bytes";
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const isJsonType = /^application\/([\w.-]+\+)?json$/.test(type.trim());
  const isText = isJsonType || type.trim().startsWith("text/");
  if (!isText || !parameters.every(isNoOtherCharset)) return "bytes";
  return isJsonType ? "json" : "text";
}

/** The bytes as text; null when they are not valid UTF-8. */
export function utf8Of(bytes: Uint8Array): string | null {
  const buffer = bufferOf(bytes);
  const text = buffer.toString("utf8");
  // What cannot be decoded becomes this character, which may also have been meant.
  return text.includes("\ufffd") && !Buffer.from(text).equals(buffer) ? null : text;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
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
