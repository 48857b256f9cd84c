/**
 * The bulk strings of a purge: which versions of which keys, and for each whether it is forgotten.
 *
 * | payload       | per item                                       |
 * |---------------|------------------------------------------------|
 * | held-versions | key length (2 bytes, big-endian), version, key |
 * | forgotten     | `1` or `0`                                     |
 *
 * Decoding throws nothing but `Malformed`.
 */

import { isVersion, VERSION_LENGTH } from "@ringkv/core";
import type { HeldVersion } from "@ringkv/engine";
import { expectBytes, keyBytes, readKey } from "./payload.js";
import { Malformed } from "./wire.js";

const KEY_LENGTH_BYTES = 2;
const ZERO = 0x30;
const ONE = 0x31;
const HEADER_BYTES = KEY_LENGTH_BYTES + VERSION_LENGTH;

/** At least what the version takes in a payload. */
export function heldBytes({ key }: HeldVersion): number {
  return keyBytes(key) + VERSION_LENGTH;
}

export function encodeHeld(records: readonly HeldVersion[]): Buffer {
  let size = 0;
  for (const record of records) size += heldBytes(record);
  const payload = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { key, version } of records) {
    const length = payload.write(key, at + HEADER_BYTES, "utf8");
    payload.writeUInt16BE(length, at);
    payload.write(version, at + KEY_LENGTH_BYTES, "latin1");
    at += HEADER_BYTES + length;
  }
  return payload.subarray(0, at);
}

export function decodeHeld(payload: Buffer): HeldVersion[] {
  const records: HeldVersion[] = [];
  let at = 0;
  while (at < payload.length) {
    expectBytes(payload, at, HEADER_BYTES);
    const length = payload.readUInt16BE(at);
    const version: string = payload.toString("latin1", at + KEY_LENGTH_BYTES, at + HEADER_BYTES);
    if (!isVersion(version)) throw new Malformed("version");
    at += HEADER_BYTES;
    expectBytes(payload, at, length);
    records.push({ key: readKey(payload, at, length), version });
    at += length;
  }
  return records;
}

export function encodeForgotten(forgotten: readonly boolean[]): string {
  return forgotten.map((is) => (is ? "1" : "0")).join("");
}

/** The answers to exactly `count` records. */
export function decodeForgotten(payload: Buffer, count: number): boolean[] {
  if (payload.length !== count) throw new Malformed("forgotten");
  return Array.from(payload, (digit) => {
    if (digit !== ZERO && digit !== ONE) throw new Malformed("forgotten");
    return digit === ONE;
  });
}
