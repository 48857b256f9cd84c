/**
 * The bulk strings that carry records, keys and their answers. A batch is one bulk string, because
 * each argument of its own costs the parsers on both sides more than a record does.
 *
 * | payload  | per item                                                                         |
 * |----------|----------------------------------------------------------------------------------|
 * | records  | key length (2 bytes), record length (4), key, record                             |
 * | keys     | key length (2), key                                                              |
 * | outcomes | `s` stored, `S` stored over a value, `r` repeated, `x` and the version held;     |
 * |          | of a client's record also `u`: stored, and not vouched for                       |
 * | found    | record length (4; all ones: none; one less: damaged), record                     |
 *
 * Lengths are big-endian. Decoding throws nothing but `Malformed`; records are views of the
 * payload, not copies.
 */

import { isUtf8 } from "node:buffer";
import {
  isVersion,
  KEY_BYTES_MAX,
  type Key,
  type PackedRecord,
  recordFromBytes,
  unitAt,
  VERSION_LENGTH,
} from "@ringkv/core";
import type { ApplyAnswer, ApplyOutcome, HeldCopy, Unvouched } from "@ringkv/engine";
import { Malformed } from "./wire.js";

const KEY_HEADER_BYTES = 2;
const RECORD_HEADER_BYTES = 6;
const FOUND_HEADER_BYTES = 4;
const NONE = 0xffff_ffff;
const DAMAGED = 0xffff_fffe;

/** A character of UTF-16 is at most three bytes of UTF-8. */
const UTF8_BYTES_MAX = 3;

/** At least what the record takes in a payload. */
export function recordBytes({ key, bytes }: PackedRecord): number {
  return RECORD_HEADER_BYTES + UTF8_BYTES_MAX * key.length + bytes.length;
}

export function keyBytes(key: Key): number {
  return KEY_HEADER_BYTES + UTF8_BYTES_MAX * key.length;
}

export function encodeRecords(records: readonly PackedRecord[]): Buffer {
  let size = 0;
  for (const record of records) size += recordBytes(record);
  const payload = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { key, bytes } of records) {
    const keyLength = writeKey(payload, at + RECORD_HEADER_BYTES, key);
    payload.writeUInt16BE(keyLength, at);
    payload.writeUInt32BE(bytes.length, at + KEY_HEADER_BYTES);
    at += RECORD_HEADER_BYTES + keyLength;
    payload.set(bytes, at);
    at += bytes.length;
  }
  return payload.subarray(0, at);
}

export function decodeRecords(payload: Buffer): PackedRecord[] {
  const records: PackedRecord[] = [];
  let at = 0;
  while (at < payload.length) {
    expectBytes(payload, at, RECORD_HEADER_BYTES);
    const keyLength = payload.readUInt16BE(at);
    const recordLength = payload.readUInt32BE(at + KEY_HEADER_BYTES);
    at += RECORD_HEADER_BYTES;
    expectBytes(payload, at, keyLength + recordLength);
    const key = readKey(payload, at, keyLength);
    at += keyLength;
    records.push(recordOf(key, payload.subarray(at, at + recordLength)));
    at += recordLength;
  }
  return records;
}

export function encodeKeys(keys: readonly Key[]): Buffer {
  let size = 0;
  for (const key of keys) size += keyBytes(key);
  const payload = Buffer.allocUnsafe(size);
  let at = 0;
  for (const key of keys) {
    const length = writeKey(payload, at + KEY_HEADER_BYTES, key);
    payload.writeUInt16BE(length, at);
    at += KEY_HEADER_BYTES + length;
  }
  return payload.subarray(0, at);
}

export function decodeKeys(payload: Buffer): Key[] {
  const keys: Key[] = [];
  let at = 0;
  while (at < payload.length) {
    expectBytes(payload, at, KEY_HEADER_BYTES);
    const length = payload.readUInt16BE(at);
    at += KEY_HEADER_BYTES;
    expectBytes(payload, at, length);
    keys.push(readKey(payload, at, length));
    at += length;
  }
  return keys;
}

export function encodeOutcomes(outcomes: readonly ApplyAnswer[]): string {
  let text = "";
  for (const outcome of outcomes) {
    if (outcome.outcome === "stored") text += outcome.hadValue ? "S" : "s";
    else if (outcome.outcome === "unvouched") text += "u";
    else text += outcome.outcome === "repeated" ? "r" : `x${outcome.held}`;
  }
  return text;
}

// One object for all: most outcomes are the same, and nobody may change them.
const STORED: ApplyOutcome = Object.freeze({ outcome: "stored", hadValue: false });
const STORED_OVER: ApplyOutcome = Object.freeze({ outcome: "stored", hadValue: true });
const REPEATED: ApplyOutcome = Object.freeze({ outcome: "repeated" });
const UNVOUCHED: Unvouched = Object.freeze({ outcome: "unvouched" });

/** The outcomes of exactly `count` records that were accepted elsewhere before. */
export function decodeOutcomes(payload: Buffer, count: number): ApplyOutcome[] {
  return decodeAnswers(payload, count).map((answer) => {
    if (answer.outcome === "unvouched") throw new Malformed("outcome of a transfer");
    return answer;
  });
}

/** The answers to exactly `count` records of clients. */
export function decodeAnswers(payload: Buffer, count: number): ApplyAnswer[] {
  const outcomes: ApplyAnswer[] = [];
  let at = 0;
  while (at < payload.length && outcomes.length < count) {
    const letter = payload[at++];
    if (letter === 0x73) outcomes.push(STORED);
    else if (letter === 0x53) outcomes.push(STORED_OVER);
    else if (letter === 0x72) outcomes.push(REPEATED);
    else if (letter === 0x75) outcomes.push(UNVOUCHED);
    else if (letter === 0x78) {
      const held: string = payload.toString("latin1", at, at + VERSION_LENGTH);
      if (!isVersion(held)) throw new Malformed("version held");
      outcomes.push({ outcome: "stale", held });
      at += VERSION_LENGTH;
    } else throw new Malformed("outcome");
  }
  if (outcomes.length !== count || at !== payload.length) throw new Malformed("outcomes");
  return outcomes;
}

/** As many of `found` as fit into `bytesMax`, from the first on, and at least that one. */
export function encodeFound(found: readonly HeldCopy[], bytesMax: number): Buffer {
  let size = 0;
  let count = 0;
  for (const copy of found) {
    const bytes = FOUND_HEADER_BYTES + (bytesOf(copy)?.length ?? 0);
    if (count > 0 && size + bytes > bytesMax) break;
    size += bytes;
    count++;
  }
  const payload = Buffer.allocUnsafe(size);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const copy = found[index] ?? null;
    const bytes = bytesOf(copy);
    const mark = copy === "damaged" ? DAMAGED : NONE;
    payload.writeUInt32BE(bytes === null ? mark : bytes.length, at);
    at += FOUND_HEADER_BYTES;
    if (bytes !== null) payload.set(bytes, at);
    at += bytes?.length ?? 0;
  }
  return payload;
}

function bytesOf(copy: HeldCopy): Buffer | null {
  return copy === null || copy === "damaged" ? null : copy.bytes;
}

/** What was found for the first of `keys`: at least one, at most all. */
export function decodeFound(payload: Buffer, keys: readonly Key[]): HeldCopy[] {
  const found: HeldCopy[] = [];
  let at = 0;
  while (at < payload.length) {
    const key = keys[found.length];
    if (key === undefined) throw new Malformed("more found than asked for");
    expectBytes(payload, at, FOUND_HEADER_BYTES);
    const length = payload.readUInt32BE(at);
    at += FOUND_HEADER_BYTES;
    if (length === NONE || length === DAMAGED) {
      found.push(length === NONE ? null : "damaged");
      continue;
    }
    expectBytes(payload, at, length);
    found.push(recordOf(key, payload.subarray(at, at + length)));
    at += length;
  }
  if (found.length === 0 && keys.length > 0) throw new Malformed("nothing found nor missing");
  return found;
}

/** Writes the key's UTF-8 and returns its length. ASCII, the usual case, needs no native call. */
function writeKey(payload: Buffer, at: number, key: Key): number {
  for (let index = 0; index < key.length; index++) {
    const unit = unitAt(key, index);
    if (unit > 0x7f) return payload.write(key, at, "utf8");
    payload[at + index] = unit;
  }
  return key.length;
}

export function readKey(payload: Buffer, at: number, length: number): Key {
  if (length < 1 || length > KEY_BYTES_MAX) throw new Malformed("key length");
  const key = payload.toString("utf8", at, at + length);
  // Bytes that are no UTF-8 have become U+FFFD; so has a U+FFFD that was sent.
  if (key.includes("\ufffd") && !isUtf8(payload.subarray(at, at + length))) {
    throw new Malformed("key is not UTF-8");
  }
  return key as Key;
}

function recordOf(key: Key, bytes: Buffer): PackedRecord {
  try {
    return recordFromBytes(key, bytes);
  } catch (cause) {
    throw new Malformed("record", { cause });
  }
}

export function expectBytes(payload: Buffer, at: number, count: number): void {
  if (at + count > payload.length) throw new Malformed("cut short");
}
