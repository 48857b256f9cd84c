/**
 * What the scripts are told and what they answer, as bytes. The layouts are in the scripts'
 * headers.
 *
 * A batch is one argument and not three per record: that halves what a record costs this process,
 * and costs Redis about the same.
 */

import {
  type Key,
  type ListedRecord,
  PARTITION_COUNT,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  partitionOf,
  sumText,
  VERSION_LENGTH,
  type Version,
} from "@ringkv/core";
import type { ApplyOutcome, HeldVersion, PurgeableRecord } from "@ringkv/engine";

/** A UTF-16 unit is never more than three bytes of UTF-8. */
const BYTES_PER_UNIT = 3;
/** The partition's number, in decimal and with its length, and the length of the key. */
const KEY_HEADER_BYTES_MAX = 7;
const ZERO = 0x30;
const EXPIRY_BYTES = 6;

/** What a record replaced, where only the caller can tell whether that still had a value. */
export interface ReplacedExpiring {
  readonly outcome: "replaced";
  readonly expiresAtMs: number;
}

export type ApplyAnswer = ApplyOutcome | ReplacedExpiring;

const STORED_OVER_VALUE: ApplyOutcome = { outcome: "stored", hadValue: true };
const STORED: ApplyOutcome = { outcome: "stored", hadValue: false };
const REPEATED: ApplyOutcome = { outcome: "repeated" };

export function packRecords(records: readonly PackedRecord[]): Buffer {
  let sizeMax = 0;
  for (const { key, bytes } of records) sizeMax += keySizeMax(key) + 4 + bytes.length;
  const batch = Buffer.allocUnsafe(sizeMax);
  let at = 0;
  for (const { key, bytes } of records) {
    at = writeKey(batch, key, at);
    at = batch.writeUInt32BE(bytes.length, at);
    at += bytes.copy(batch, at);
  }
  return batch.subarray(0, at);
}

/** A digit for each record, as the apply script is told; null: nothing is to be noted of any. */
export function notesOf(records: readonly PackedRecord[]): string | null {
  if (records.every(({ note }) => note === undefined)) return null;
  return records
    .map(({ note }) => (note === undefined ? "0" : note === "key" ? "1" : "2"))
    .join("");
}

export function packKeys(keys: readonly Key[]): Buffer {
  let sizeMax = 0;
  for (const key of keys) sizeMax += keySizeMax(key);
  const batch = Buffer.allocUnsafe(sizeMax);
  let at = 0;
  for (const key of keys) at = writeKey(batch, key, at);
  return batch.subarray(0, at);
}

export function packVersions(records: readonly HeldVersion[]): Buffer {
  let sizeMax = 0;
  for (const { key } of records) sizeMax += keySizeMax(key) + VERSION_LENGTH;
  const batch = Buffer.allocUnsafe(sizeMax);
  let at = 0;
  for (const { key, version } of records) {
    at = writeKey(batch, key, at);
    at += batch.write(version, at, "latin1");
  }
  return batch.subarray(0, at);
}

/** What the apply script answered to a batch. */
export function parseAnswers(reply: Buffer): ApplyAnswer[] {
  const answers: ApplyAnswer[] = [];
  let at = 0;
  while (at < reply.length) {
    const code = reply[at];
    if (code === CODE.noValue) answers.push(STORED);
    else if (code === CODE.value) answers.push(STORED_OVER_VALUE);
    else if (code === CODE.repeated) answers.push(REPEATED);
    else if (code === CODE.expiring) {
      answers.push({ outcome: "replaced", expiresAtMs: reply.readUIntBE(at + 1, EXPIRY_BYTES) });
      at += EXPIRY_BYTES;
    } else {
      const held = reply.toString("latin1", at, at + VERSION_LENGTH) as HeldVersion["version"];
      answers.push({ outcome: "stale", held });
      at += VERSION_LENGTH - 1;
    }
    at++;
  }
  return answers;
}

const CODE = { noValue: 0x6e, value: 0x76, repeated: 0x72, expiring: 0x78 } as const;

export function outcomeOf(answer: ApplyAnswer, nowMs: number): ApplyOutcome {
  if (answer.outcome !== "replaced") return answer;
  return answer.expiresAtMs > nowMs ? STORED_OVER_VALUE : STORED;
}

/** A name in the `digest` hash; null: it names no partition. */
export function parsePartition(name: string): Partition | null {
  const isNumber = /^(0|[1-9]\d{0,3})$/.test(name) && Number(name) < PARTITION_COUNT;
  return isNumber ? (Number(name) as Partition) : null;
}

const DIGEST_BYTES = 12;

/**
 * A field of the `digest` hash: two lanes and the number of records, four bytes each. Anything else
 * is the digest of no records at all, and so a wrong one: who compares will find it.
 */
export function parseDigest(bytes: Buffer): PartitionDigest {
  if (bytes.length !== DIGEST_BYTES) return { records: 0, sum: sumText(0, 0) };
  const sum = sumText(bytes.readUInt32BE(0), bytes.readUInt32BE(4));
  return { records: bytes.readUInt32BE(8), sum };
}

const LISTED_HEADER_BYTES = 26;

/**
 * What the versions script lists: length of the key, size of the record, version, key. What `keyOf`
 * knows no key for is left out.
 */
export function parseListed(listed: Buffer, keyOf: (field: Buffer) => Key | null): ListedRecord[] {
  const records: ListedRecord[] = [];
  let at = 0;
  while (at < listed.length) {
    const end = at + LISTED_HEADER_BYTES + listed.readUInt16BE(at);
    const key = keyOf(listed.subarray(at + LISTED_HEADER_BYTES, end));
    const version = listed.toString("latin1", at + 6, at + LISTED_HEADER_BYTES) as Version;
    if (key !== null) records.push({ key, version, bytes: listed.readUInt32BE(at + 2) });
    at = end;
  }
  return records;
}

const PURGEABLE_HEADER_BYTES = 32;

/**
 * What the purgeable script lists: length of the key, size, absent from, version, key. What `keyOf`
 * knows no key for is left out.
 */
export function parsePurgeable(
  listed: Buffer,
  keyOf: (field: Buffer) => Key | null,
): PurgeableRecord[] {
  const records: PurgeableRecord[] = [];
  let at = 0;
  while (at < listed.length) {
    const end = at + PURGEABLE_HEADER_BYTES + listed.readUInt16BE(at);
    const key = keyOf(listed.subarray(at + PURGEABLE_HEADER_BYTES, end));
    const version = listed.toString("latin1", at + 12, at + PURGEABLE_HEADER_BYTES) as Version;
    const [bytes, absentFromMs] = [
      listed.readUInt32BE(at + 2),
      listed.readUIntBE(at + 6, EXPIRY_BYTES),
    ];
    if (key !== null) records.push({ key, version, bytes, absentFromMs });
    at = end;
  }
  return records;
}

/** A bit for each partition, the first one's the highest of the first byte. */
export function packPartitions(partitions: ReadonlySet<Partition>): Buffer {
  const bits = Buffer.alloc(PARTITION_COUNT / 8);
  for (const partition of partitions) {
    const byte = Math.floor(partition / 8);
    bits[byte] = (bits[byte] ?? 0) | (0x80 >> (partition % 8));
  }
  return bits;
}

function keySizeMax(key: Key): number {
  return KEY_HEADER_BYTES_MAX + key.length * BYTES_PER_UNIT;
}

/** Partition, length and the key itself. Returns where it ends. */
function writeKey(batch: Buffer, key: Key, at: number): number {
  const lengthAt = writePartition(batch, partitionOf(key), at);
  const keyAt = lengthAt + 2;
  const length = batch.write(key, keyAt, "utf8");
  batch.writeUInt16BE(length, lengthAt);
  return keyAt + length;
}

/** As text: Redis's Lua takes twice as long to write a number as to take it as it comes. */
function writePartition(batch: Buffer, partition: Partition, at: number): number {
  const digits = partition < 10 ? 1 : partition < 100 ? 2 : partition < 1_000 ? 3 : 4;
  batch[at] = digits;
  let rest: number = partition;
  for (let digitAt = at + digits; digitAt > at; digitAt--) {
    batch[digitAt] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits + 1;
}
