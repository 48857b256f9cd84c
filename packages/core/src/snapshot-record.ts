/**
 * A record as JSON, and back to the very same bytes: what stands in a line of a snapshot.
 *
 * `"version","contentType","expiresAt"?,"tombstone"?,"value" or "base64","checksum"`. A value that
 * is JSON by its content type is embedded as it is written, text as a string, the rest in base64;
 * so is JSON that is none, has line breaks, begins or ends with a space, or is nested too deeply.
 * `checksum` is the record's own. It finds an altered line before it is stored: under the same
 * version, the right one could never replace it. A file that somebody else makes may leave it out.
 *
 * Nothing is guessed: a field that is not known, is there twice, or is not of its type is a flaw.
 */

import { bufferOf, contentKindOf, isJson, utf8Of } from "./content-kind.js";
import { InvalidRequest } from "./errors.js";
import { depthOf, fieldsOf } from "./json-fields.js";
import { CONTENT_TYPE_BYTES_MAX, JSON_DEPTH_MAX, KEY_BYTES_MAX } from "./limits.js";
import { checksumIn, packRecord, unpackRecord } from "./record-codec.js";
import type { Key, PackedRecord, Version } from "./types.js";
import { isVersion } from "./version.js";

/** Why a text is no record, or no snapshot, in words for whoever sent it. */
export class Flaw extends Error {
  override readonly name = "Flaw";
}

const FIELDS: ReadonlySet<string> = new Set([
  "key",
  "version",
  "contentType",
  "expiresAt",
  "tombstone",
  "value",
  "base64",
  "checksum",
]);

/** The record itself, and the document around its entries: levels that are not the value's. */
const OUTER_DEPTH = 3;

/** What the record format has room for. */
const EXPIRES_AT_MAX = 2 ** 48 - 1;

/** The record's fields but its key, without braces. */
export function recordText(packed: PackedRecord): string {
  const { value, contentType, expiresAtMs, version } = unpackRecord(packed);
  const type = contentType === "" ? '""' : JSON.stringify(contentType);
  const expires = expiresAtMs === null ? "" : `,"expiresAt":${expiresAtMs}`;
  const body = value === null ? '"tombstone":true,"value":null' : valueText(value, contentType);
  const checksum = checksumText(packed);
  return `"version":"${version}","contentType":${type}${expires},${body},"checksum":"${checksum}"`;
}

function valueText(value: Uint8Array, contentType: string): string {
  const kind = contentKindOf(contentType);
  const text = kind === "bytes" ? null : utf8Of(value);
  if (text !== null && kind === "json" && isEmbeddable(text)) return `"value":${text}`;
  if (text !== null && kind === "text") {
    const json = JSON.stringify(text);
    // Control characters take six times their room.
    if (json.length <= 2 * value.length + 2) return `"value":${json}`;
  }
  return `"base64":"${bufferOf(value).toString("base64")}"`;
}

function isEmbeddable(text: string): boolean {
  if (/[\r\n]|^[ \t]|[ \t]$/.test(text)) return false;
  return isJson(text) && depthOf(text) + OUTER_DEPTH <= JSON_DEPTH_MAX;
}

function checksumText({ bytes }: PackedRecord): string {
  return checksumIn(bytes).toString(16).padStart(8, "0");
}

/**
 * The record in a JSON object. Throws a `Flaw`.
 *
 * @param named the key, where it stands outside the object; null: it is a field.
 */
export function recordIn(
  text: string,
  named: string | null,
  { valueBytesMax }: { readonly valueBytesMax: number },
): PackedRecord {
  const given = objectIn(text);
  const { parsed } = given;
  for (const name of given.fields.keys()) {
    if (!FIELDS.has(name)) throw new Flaw(`unknown field: ${name.slice(0, 64)}`);
  }
  if (named !== null && parsed["key"] !== undefined) throw new Flaw("the key is there twice");
  const { version, contentType, expiresAt, checksum } = parsed;
  const record = packRecord({
    key: keyIn(named ?? parsed["key"]),
    version: versionIn(version),
    contentType: contentTypeIn(contentType),
    expiresAtMs: expiryIn(expiresAt),
    value: valueIn(given, valueBytesMax),
  });
  if (checksum !== undefined && checksum !== checksumText(record)) {
    throw new Flaw("it is not what its checksum says: it has been altered");
  }
  return record;
}

export interface JsonObject {
  readonly parsed: Readonly<Record<string, unknown>>;
  /** The text of each field's value, as it is written. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Throws a `Flaw` unless the text is one JSON object without repeated fields. */
export function objectIn(text: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Flaw("it is not valid JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Flaw("it is not a JSON object");
  }
  try {
    return { parsed: parsed as Record<string, unknown>, fields: fieldsOf(text) };
  } catch (thrown) {
    if (thrown instanceof InvalidRequest) throw new Flaw(thrown.message);
    throw thrown;
  }
}

function keyIn(key: unknown): Key {
  if (typeof key !== "string" || key === "") throw new Flaw("key: a string that is not empty");
  if (/\p{Surrogate}/u.test(key)) throw new Flaw("key: half a surrogate pair is no character");
  const isLong = key.length * 3 > KEY_BYTES_MAX && Buffer.byteLength(key) > KEY_BYTES_MAX;
  if (isLong) throw new Flaw(`key: at most ${KEY_BYTES_MAX} bytes`);
  return key as Key;
}

function versionIn(version: unknown): Version {
  if (typeof version === "string" && isVersion(version)) return version;
  throw new Flaw("version: 20 lower-case hex digits");
}

function contentTypeIn(contentType: unknown): string {
  if (contentType === undefined) return "";
  const isFit =
    typeof contentType === "string" &&
    contentType.length <= CONTENT_TYPE_BYTES_MAX &&
    !/[\u0100-\uffff]/.test(contentType);
  if (isFit) return contentType;
  throw new Flaw(`contentType: at most ${CONTENT_TYPE_BYTES_MAX} characters of Latin-1`);
}

function expiryIn(expiresAt: unknown): number | null {
  if (expiresAt === undefined) return null;
  const isFit = Number.isInteger(expiresAt) && (expiresAt as number) >= 0;
  if (isFit && (expiresAt as number) <= EXPIRES_AT_MAX) return expiresAt as number;
  throw new Flaw("expiresAt: milliseconds since 1970");
}

function valueIn({ parsed, fields }: JsonObject, valueBytesMax: number): Buffer | null {
  const { tombstone, value, base64, contentType } = parsed;
  if (tombstone !== undefined) {
    if (tombstone !== true) throw new Flaw("tombstone: true, or not there");
    if ((value ?? null) === null && base64 === undefined) return null;
    throw new Flaw("a tombstone has no value");
  }
  if ((value === undefined) === (base64 === undefined))
    throw new Flaw("value or base64: one of them");
  const bytes = base64 === undefined ? plainValue(value, fields, contentType) : decoded(base64);
  if (bytes.length > valueBytesMax) {
    throw new Flaw(`the value has ${bytes.length} bytes, ${valueBytesMax} are allowed here`);
  }
  return bytes;
}

function plainValue(
  value: unknown,
  fields: ReadonlyMap<string, string>,
  contentType: unknown,
): Buffer {
  const isJsonType = typeof contentType === "string" && contentKindOf(contentType) === "json";
  if (isJsonType) return Buffer.from(fields.get("value") ?? "");
  if (typeof value !== "string")
    throw new Flaw("value: a string, since it is not JSON by its type");
  if (/\p{Surrogate}/u.test(value)) throw new Flaw("value: half a surrogate pair is no text");
  return Buffer.from(value);
}

/** Only what an encoder writes: a decoder passes over anything. */
function decoded(base64: unknown): Buffer {
  if (typeof base64 === "string") {
    const bytes = Buffer.from(base64, "base64");
    if (bytes.toString("base64") === base64) return bytes;
  }
  throw new Flaw("base64: it is not valid base64");
}
