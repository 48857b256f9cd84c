/**
 * What a request's fields may hold. A field that is refused is named, and nothing is stored; the
 * same limits as over HTTP.
 */

import {
  CONTENT_TYPE_BYTES_MAX,
  InvalidRequest,
  KEY_BYTES_MAX,
  type Key,
  TooLarge,
} from "@ringkv/core";

/** A hundred years. Far beyond it the record format has no room, and nobody means it. */
const TTL_SECONDS_MAX = 100 * 365 * 86_400;

/** What a header of HTTP may hold, through which it may be read. */
const CONTENT_TYPE = /^[\t\x20-\x7e\x80-\xff]*$/;

export function keyOf(text: string): Key {
  if (text === "") throw new InvalidRequest("key: empty");
  return keyLike("key", text) as Key;
}

/** What keys begin with; empty: all of them. */
export function prefixOf(text: string): string {
  return text === "" ? text : keyLike("prefix", text);
}

export function limitedValue(value: Buffer, bytesMax: number): Buffer {
  if (value.length <= bytesMax) return value;
  throw new TooLarge(`a value has at most ${bytesMax} bytes`);
}

export function contentTypeOf(text: string): string {
  if (text.length > CONTENT_TYPE_BYTES_MAX) {
    throw new InvalidRequest(`content_type: at most ${CONTENT_TYPE_BYTES_MAX} characters`);
  }
  if (CONTENT_TYPE.test(text)) return text;
  throw new InvalidRequest("content_type: only Latin-1, and no control characters");
}

/** W or R: null when the request leaves it to the node. */
export function quorumOf(
  name: "w" | "r",
  given: number | undefined,
  replicaCount: number,
): number | null {
  return wholeNumber(name, given, replicaCount);
}

export function ttlOf(given: number | undefined): number | null {
  return wholeNumber("ttl_seconds", given, TTL_SECONDS_MAX);
}

function wholeNumber(name: string, given: number | undefined, max: number): number | null {
  if (given === undefined) return null;
  if (given >= 1 && given <= max) return given;
  throw new InvalidRequest(`${name}: a whole number from 1 to ${max}`);
}

function keyLike(name: string, text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new InvalidRequest(`${name}: not valid UTF-8`);
  // A UTF-16 unit is at most three bytes of UTF-8, so short keys need no counting.
  if (text.length * 3 > KEY_BYTES_MAX && Buffer.byteLength(text) > KEY_BYTES_MAX) {
    throw new InvalidRequest(`${name}: at most ${KEY_BYTES_MAX} bytes`);
  }
  return text;
}
