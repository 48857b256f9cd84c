/**
 * The keys that a node lists, in the order of their bytes.
 *
 * | payload | layout                                                                              |
 * |---------|-------------------------------------------------------------------------------------|
 * | keys    | length of the last key that was looked at (2 bytes; 0: all were), that key, then per|
 * |         | key: key length (2), size of the record (4), version (20 hex digits; dashes: it     |
 * |         | says none), key                                                                     |
 *
 * Numbers are big-endian. Keys ascend, so that whoever merges them may rely on it. Decoding throws
 * nothing but `Malformed`.
 */

import { isUtf8 } from "node:buffer";
import {
  compareKeys,
  isVersion,
  KEY_BYTES_MAX,
  type Key,
  type KeyPage,
  type ListedKey,
  VERSION_LENGTH,
} from "@ringkv/core";
import { type KeyAsk, LIST_LIMIT_MAX } from "@ringkv/engine";
import { expectBytes, readKey } from "./payload.js";
import { expectCount, Malformed, wholeOf } from "./wire.js";

const LENGTH_BYTES = 2;
const SIZE_AT = LENGTH_BYTES;
const VERSION_AT = SIZE_AT + 4;
const HEADER_BYTES = VERSION_AT + VERSION_LENGTH;
const NO_VERSION = "-".repeat(VERSION_LENGTH);

export function encodeKeyAsk({ prefix, after, limit }: KeyAsk): (string | Buffer)[] {
  return [`${limit}`, Buffer.from(prefix, "utf8"), Buffer.from(after ?? "", "utf8")];
}

export function decodeKeyAsk(args: readonly Buffer[]): KeyAsk {
  expectCount(args, 3);
  const limit = wholeOf(args[0]);
  if (limit < 1 || limit > LIST_LIMIT_MAX) throw new Malformed("limit");
  const after = textOf(args[2] as Buffer);
  return { prefix: textOf(args[1] as Buffer), after: after === "" ? null : after, limit };
}

export function encodeKeyPage({ keys, upTo }: KeyPage): Buffer {
  let size = LENGTH_BYTES + (upTo === null ? 0 : Buffer.byteLength(upTo));
  for (const { key } of keys) size += HEADER_BYTES + Buffer.byteLength(key);
  const payload = Buffer.allocUnsafe(size);
  let at = LENGTH_BYTES + payload.write(upTo ?? "", LENGTH_BYTES, "utf8");
  payload.writeUInt16BE(at - LENGTH_BYTES, 0);
  for (const { key, version, bytes } of keys) {
    const length = payload.write(key, at + HEADER_BYTES, "utf8");
    payload.writeUInt16BE(length, at);
    payload.writeUInt32BE(bytes, at + SIZE_AT);
    payload.write(version ?? NO_VERSION, at + VERSION_AT, "latin1");
    at += HEADER_BYTES + length;
  }
  return payload;
}

export function decodeKeyPage(payload: Buffer): KeyPage {
  expectBytes(payload, 0, LENGTH_BYTES);
  const upToLength = payload.readUInt16BE(0);
  expectBytes(payload, LENGTH_BYTES, upToLength);
  const upTo = upToLength === 0 ? null : readKey(payload, LENGTH_BYTES, upToLength);
  const keys: ListedKey[] = [];
  let last: Key | null = null;
  let at = LENGTH_BYTES + upToLength;
  while (at < payload.length) {
    expectBytes(payload, at, HEADER_BYTES);
    const keyAt = at + HEADER_BYTES;
    const length = payload.readUInt16BE(at);
    expectBytes(payload, keyAt, length);
    const key = readKey(payload, keyAt, length);
    if (last !== null && compareKeys(last, key) >= 0) throw new Malformed("order of keys");
    const version: string = payload.toString("latin1", at + VERSION_AT, keyAt);
    const bytes = payload.readUInt32BE(at + SIZE_AT);
    if (isVersion(version)) keys.push({ key, version, bytes });
    else if (version === NO_VERSION) keys.push({ key, version: null, bytes });
    else throw new Malformed("version");
    last = key;
    at = keyAt + length;
  }
  if (last !== null && upTo !== null && compareKeys(last, upTo) > 0) throw new Malformed("end");
  return { keys, upTo };
}

/** What a key may begin with: nothing too. */
function textOf(bytes: Buffer): string {
  if (bytes.length > KEY_BYTES_MAX || !isUtf8(bytes)) throw new Malformed("text");
  return bytes.toString("utf8");
}
