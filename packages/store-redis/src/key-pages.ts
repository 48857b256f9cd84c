/**
 * The index of keys, page by page: which part of it to ask Redis for, and what the heads of the
 * records say of the members found. The index says what to look at, and never what is true.
 */

import {
  compareKeys,
  type Key,
  type KeyPage,
  type ListedKey,
  StoreUnavailable,
  VERSION_LENGTH,
  type Version,
} from "@ringkv/core";
import type { ListAsk } from "@ringkv/engine";
import { keyFrom } from "./found.js";

/** Above every byte that UTF-8 has. */
const ABOVE_UTF8 = Buffer.from([0xff]);

/** The bounds of a range by `ZRANGEBYLEX`: what begins with the prefix, and lies behind `after`. */
export function lexRangeOf({ prefix, after }: Pick<ListAsk, "prefix" | "after">): {
  readonly min: Buffer | string;
  readonly max: Buffer | string;
} {
  const isWithin = after !== null && compareKeys(after, prefix) >= 0;
  const first = prefix === "" ? "-" : Buffer.from(`[${prefix}`);
  return {
    min: isWithin ? Buffer.from(`(${after}`) : first,
    max: prefix === "" ? "+" : Buffer.concat([Buffer.from(`(${prefix}`), ABOVE_UTF8]),
  };
}

/** The members that name keys. What else somebody has put into the index is passed over. */
export function keysAmong(members: readonly Buffer[]): Key[] {
  const keys = members.map(keyFrom).filter((key) => key !== null);
  if (keys.length === 0 && members.length > 0) {
    // There would be no place to go on from.
    throw new StoreUnavailable("a page of the index names no key");
  }
  return keys;
}

const HEAD_BYTES = 31;
const FLAGS_AT = VERSION_LENGTH;
const EXPIRY_AT = FLAGS_AT + 1;
const EXPIRY_BYTES = 6;
const SIZE_AT = EXPIRY_AT + EXPIRY_BYTES;
const TOMBSTONE = 1;
const EXPIRES = 2;
const DASH = 0x2d;

export interface Heads {
  /** In order; `bytes` may say something of the first of them only. */
  readonly keys: readonly Key[];
  /** See heads.lua. */
  readonly bytes: Buffer;
  /** Whether the index has nothing behind the last of `keys`. */
  readonly isEnd: boolean;
  readonly nowMs: number;
}

export function keyPageOf({ keys, bytes, isEnd, nowMs }: Heads): KeyPage {
  const count = bytes.length / HEAD_BYTES;
  const listed: ListedKey[] = [];
  for (let index = 0; index < count; index++) {
    const one = listedKeyOf(keys[index] as Key, bytes.subarray(index * HEAD_BYTES), nowMs);
    if (one !== null) listed.push(one);
  }
  const isAll = isEnd && count === keys.length;
  return { keys: listed, upTo: isAll ? null : (keys[count - 1] ?? null) };
}

/** Null: there is no value. */
function listedKeyOf(key: Key, head: Buffer, nowMs: number): ListedKey | null {
  const size = head.readUInt32BE(SIZE_AT);
  if (size === 0) return null;
  const flags = head[FLAGS_AT] ?? 0;
  const hasExpired = flags & EXPIRES && head.readUIntBE(EXPIRY_AT, EXPIRY_BYTES) <= nowMs;
  if (hasExpired && !(flags & TOMBSTONE)) return null;
  // A tombstone does not stand in the index: one of the two is wrong.
  const isOdd = head[0] === DASH || (flags & TOMBSTONE) !== 0;
  const version = isOdd ? null : (head.toString("latin1", 0, VERSION_LENGTH) as Version);
  return { key, version, bytes: size };
}
