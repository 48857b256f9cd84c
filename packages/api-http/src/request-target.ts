/**
 * The raw URL, read strictly: decoded once, nothing normalised, nothing guessed. Express's and
 * the platform's own parsers replace what they cannot decode, and two keys would become one.
 */

import { InvalidRequest, KEY_BYTES_MAX, type Key } from "@ringkv/core";

const KEY_AT = "/kv/".length;

/** Printable ASCII without "#" and "%": stands for itself. */
const PLAIN = /^[!"$&-~]*$/;

/** A fragment is not for servers, and above ASCII it is anybody's guess which bytes were meant. */
const NEVER_RAW = /[#\u007f-\uffff]/;

export type Query = ReadonlyMap<string, string>;

export const EMPTY_QUERY: Query = new Map();

/** The key of `/kv/{key}`: the rest of the path. */
export function keyInPath(url: string): Key {
  if (!url.startsWith("/kv/")) throw new InvalidRequest("the target must be a plain path");
  const end = url.indexOf("?", KEY_AT);
  return keyOf(decodePercent(url.slice(KEY_AT, end === -1 ? url.length : end)));
}

/** Parameters may appear once each, in any order. "+" is a space here, as HTML forms have it. */
export function queryOf(url: string): Query {
  const start = url.indexOf("?");
  if (start === -1 || start === url.length - 1) return EMPTY_QUERY;
  const query = new Map<string, string>();
  for (const pair of url.slice(start + 1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeForm(equals === -1 ? pair : pair.slice(0, equals));
    if (query.has(name)) throw new InvalidRequest(`parameter given twice: ${name}`);
    query.set(name, equals === -1 ? "" : decodeForm(pair.slice(equals + 1)));
  }
  return query;
}

/** `text`, which must be well-formed Unicode, as a key. */
export function keyOf(text: string): Key {
  if (text === "") throw new InvalidRequest("the key is empty");
  // A UTF-16 unit is at most three bytes of UTF-8, so short keys need no counting.
  if (text.length * 3 > KEY_BYTES_MAX && Buffer.byteLength(text) > KEY_BYTES_MAX) {
    throw new InvalidRequest(`a key has at most ${KEY_BYTES_MAX} bytes`);
  }
  return text as Key;
}

/** Where the key's value is found. "." and ".." as a path would be resolved away by clients. */
export function locationOf(key: Key): string {
  const isDots = key === "." || key === "..";
  return isDots ? `/kv?key=${key}` : `/kv/${encodeURIComponent(key)}`;
}

function decodeForm(text: string): string {
  return decodePercent(text.replaceAll("+", " "));
}

function decodePercent(text: string): string {
  if (PLAIN.test(text)) return text;
  if (NEVER_RAW.test(text)) throw new InvalidRequest("write # and non-ASCII in a URL as %XX");
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidRequest("the URL holds invalid percent-encoding or UTF-8");
  }
}
