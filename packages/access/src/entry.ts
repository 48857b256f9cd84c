/**
 * The entries of `API_TOKENS`: `name:sha256:scopes[:prefix[:expires]]`, divided by semicolons or
 * line ends. A complaint names an entry by its place and never repeats it, because whoever puts a
 * token where its digest belongs would find it in a log.
 *
 * The prefix is percent-encoded where it holds a colon, a semicolon, a percent sign, a space, or
 * what is not printable ASCII. `expires` is an ISO 8601 date (midnight UTC) or date with time, its
 * colons encoded or not, or whole seconds since the epoch.
 */

import { KEY_BYTES_MAX } from "@ringkv/core";
import { type Grant, SCOPES, type Scope } from "./grant.js";

/** All of them are compared with each token that comes. */
export const ENTRIES_MAX = 200;

export interface Entry extends Grant {
  /** SHA-256 of the token. */
  readonly digest: Buffer;
  /** Null: never. */
  readonly expiresAtMs: number | null;
}

export interface Entries {
  readonly entries: readonly Entry[];
  /** What was wrong, by the place of the entry; none of these holds. */
  readonly problems: readonly string[];
}

const NAME = /^[\w.-]{1,64}$/;
const DIGEST = /^[0-9a-f]{64}$/i;
/** ISO 8601: a date, or a date with its time and zone. */
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;
/** Up to the year 5138. */
const SECONDS = /^\d{1,11}$/;

/** Empty ones and lines that begin with `#` are left out. */
export function parseEntries(text: string): Entries {
  const entries: Entry[] = [];
  const problems: string[] = [];
  const texts = text
    .split(/[\r\n]+/)
    .filter((line) => !line.trimStart().startsWith("#"))
    .flatMap((line) => line.split(";"))
    .map((it) => it.trim())
    .filter((it) => it !== "");
  for (const [index, one] of texts.entries()) {
    const parsed = entryIn(one);
    const problem = typeof parsed === "string" ? parsed : clashOf(parsed, entries);
    if (problem !== null) problems.push(`entry ${index + 1}: ${problem}`);
    else if (entries.length < ENTRIES_MAX) entries.push(parsed as Entry);
    else problems.push(`entry ${index + 1}: at most ${ENTRIES_MAX} entries`);
  }
  return { entries, problems };
}

/** As `parseEntries` reads it. */
export function entryText({ name, digest, scopes, prefix, expiresAtMs }: Entry): string {
  const parts = [name, digest.toString("hex"), scopes.join("+")];
  if (prefix !== "" || expiresAtMs !== null) parts.push(encodePrefix(prefix));
  if (expiresAtMs !== null) parts.push(String(Math.floor(expiresAtMs / 1_000)));
  return parts.join(":");
}

/** Null: neither a date nor seconds. */
export function expiryIn(text: string): number | null {
  if (SECONDS.test(text)) return Number(text) * 1_000;
  const plain = text.replace(/%3a/gi, ":");
  if (!ISO.test(plain)) return null;
  const ms = Date.parse(plain);
  if (Number.isNaN(ms)) return null;
  // The platform takes the 31st of February for a day in March.
  const isADay = new Date(`${plain.slice(0, 10)}T00:00:00Z`)
    .toISOString()
    .startsWith(plain.slice(0, 10));
  return isADay ? ms : null;
}

/** Null: none of these, one twice, or another. */
export function scopesIn(text: string): readonly Scope[] | null {
  const names = text.split("+");
  const known = SCOPES.filter((scope) => names.includes(scope));
  return known.length === names.length ? known : null;
}

function entryIn(text: string): Entry | string {
  // What is behind the fourth colon is the time, which may have colons of its own.
  const [name = "", digest = "", scopeList = "", prefixText = "", ...time] = text.split(":");
  if (!NAME.test(name)) return "the name has 1 to 64 letters, digits, dots, dashes";
  if (!DIGEST.test(digest)) return "the second part is the SHA-256 of the token, 64 hex digits";
  const scopes = scopesIn(scopeList);
  if (scopes === null) return "the third part is read, write, admin, joined by +";
  const prefix = decodePrefix(prefixText);
  if (prefix === null) return "the prefix is no percent-encoded UTF-8, or too long";
  if (scopes.includes("admin") && prefix !== "") return "admin concerns all keys: no prefix";
  const expires = time.join(":");
  const expiresAtMs = expires === "" ? null : expiryIn(expires);
  if (expires !== "" && expiresAtMs === null) return "the time is an ISO date or whole seconds";
  return { name, digest: Buffer.from(digest, "hex"), scopes, prefix, expiresAtMs };
}

function clashOf({ name, digest }: Entry, others: readonly Entry[]): string | null {
  if (others.some((other) => other.name === name)) return "its name is used before";
  if (others.some((other) => other.digest.equals(digest))) return "its token is used before";
  return null;
}

function encodePrefix(prefix: string): string {
  return prefix.replace(/[^!-~]|[:;%]/gu, (character) =>
    character === ":" || character === ";"
      ? `%${character.charCodeAt(0).toString(16).toUpperCase()}`
      : encodeURIComponent(character),
  );
}

function decodePrefix(text: string): string | null {
  try {
    const prefix = decodeURIComponent(text);
    return Buffer.byteLength(prefix) <= KEY_BYTES_MAX ? prefix : null;
  } catch {
    return null;
  }
}
