/**
 * The bytes of a record, the same in Redis and between nodes.
 *
 * | offset | size | what                                                               |
 * |--------|------|--------------------------------------------------------------------|
 * | 0      | 20   | version, ASCII: scripts compare it without unpacking               |
 * | 20     | 8    | digest contribution, two 32-bit lanes, big-endian                  |
 * | 28     | 1    | flags: 1 tombstone, 2 expires                                      |
 * | 29     | 6    | expiry, ms since the epoch, big-endian; 0 when it does not expire  |
 * | 35     | 1    | length of the content type                                         |
 * | 36     |      | content type (Latin-1), then the value                             |
 * | last   | 4    | checksum of the key and of all bytes before it, big-endian         |
 *
 * The checksum is XXH32 (checksum.ts), seeded with the key's hash, so that a record in the place of
 * another one is noticed like a record whose bytes have changed.
 *
 * The contribution is stored so that the apply script can take a replaced record out of the digest
 * without hashing. Expiry has a fixed place for the same reason.
 */

import { checksumOf } from "./checksum.js";
import { contributionOf } from "./digest.js";
import { hash32 } from "./hash.js";
import type { Key, KvRecord, PackedRecord } from "./types.js";
import { isVersion, msOf, VERSION_LENGTH } from "./version.js";

const DIGEST_AT = VERSION_LENGTH;
const FLAGS_AT = 28;
const EXPIRY_AT = 29;
const EXPIRY_BYTES = 6;
const CONTENT_TYPE_AT = 35;
const HEADER_BYTES = 36;
const CHECKSUM_BYTES = 4;

/** Whatever is shorter is no record. */
export const RECORD_BYTES_MIN = HEADER_BYTES + CHECKSUM_BYTES;

const TOMBSTONE = 1;
const EXPIRES = 2;

export function packRecord(record: KvRecord): PackedRecord {
  const { key, version, value, contentType, expiresAtMs } = record;
  const valueLength = value?.length ?? 0;
  const checksumAt = HEADER_BYTES + contentType.length + valueLength;
  const bytes = Buffer.allocUnsafe(checksumAt + CHECKSUM_BYTES);
  const [high, low] = contributionOf(key, version);
  bytes.write(version, 0, "latin1");
  bytes.writeUInt32BE(high, DIGEST_AT);
  bytes.writeUInt32BE(low, DIGEST_AT + 4);
  bytes[FLAGS_AT] = (value === null ? TOMBSTONE : 0) | (expiresAtMs === null ? 0 : EXPIRES);
  bytes.writeUIntBE(expiresAtMs ?? 0, EXPIRY_AT, EXPIRY_BYTES);
  bytes[CONTENT_TYPE_AT] = contentType.length;
  bytes.write(contentType, HEADER_BYTES, "latin1");
  if (value !== null) bytes.set(value, HEADER_BYTES + contentType.length);
  bytes.writeUInt32BE(checksumOf(bytes, checksumAt, hash32(key)), checksumAt);
  return { key, version, bytes };
}

/** The value is a view of `packed.bytes`, not a copy. */
export function unpackRecord({ key, version, bytes }: PackedRecord): KvRecord {
  const flags = bytes[FLAGS_AT] ?? 0;
  const valueAt = HEADER_BYTES + (bytes[CONTENT_TYPE_AT] ?? 0);
  return {
    key,
    version,
    value: flags & TOMBSTONE ? null : bytes.subarray(valueAt, bytes.length - CHECKSUM_BYTES),
    contentType: bytes.toString("latin1", HEADER_BYTES, valueAt),
    expiresAtMs: flags & EXPIRES ? bytes.readUIntBE(EXPIRY_AT, EXPIRY_BYTES) : null,
  };
}

/**
 * A record as it came from a peer, which has checked it. Throws a RangeError when the bytes cannot
 * be one: storing it would only move the surprise to whoever reads it.
 */
export function recordFromBytes(key: Key, bytes: Buffer): PackedRecord {
  const version = bytes.toString("latin1", 0, VERSION_LENGTH);
  const shortest = RECORD_BYTES_MIN + (bytes[CONTENT_TYPE_AT] ?? 0);
  if (bytes.length < shortest || !isVersion(version)) {
    throw new RangeError(`not a record: ${bytes.length} bytes`);
  }
  return { key, version, bytes };
}

/** A record as it was found in a store; null when these are not the bytes that were packed. */
export function intactRecord(key: Key, bytes: Buffer): PackedRecord | null {
  const version = bytes.toString("latin1", 0, VERSION_LENGTH);
  const checksumAt = bytes.length - CHECKSUM_BYTES;
  if (bytes.length < RECORD_BYTES_MIN || !isVersion(version)) return null;
  const isIntact = checksumOf(bytes, checksumAt, hash32(key)) === checksumIn(bytes);
  return isIntact ? { key, version, bytes } : null;
}

/** The checksum that a record carries: intact records of one key that share it are equal. */
export function checksumIn(bytes: Buffer): number {
  return bytes.readUInt32BE(bytes.length - CHECKSUM_BYTES);
}

/** The two lanes that a record carries for its partition's digest; none where it has no room. */
export function contributionIn(bytes: Buffer): readonly [high: number, low: number] {
  if (bytes.length < RECORD_BYTES_MIN) return [0, 0];
  return [bytes.readUInt32BE(DIGEST_AT), bytes.readUInt32BE(DIGEST_AT + 4)];
}

/**
 * Milliseconds since the epoch from which the record stands for absence: a tombstone from its
 * version on, a value from its expiry on. Null: it never expires.
 */
export function absentFromMs({ version, bytes }: PackedRecord): number | null {
  const flags = bytes[FLAGS_AT] ?? 0;
  if (flags & TOMBSTONE) return msOf(version);
  if (!(flags & EXPIRES)) return null;
  return Math.max(msOf(version), bytes.readUIntBE(EXPIRY_AT, EXPIRY_BYTES));
}

/** Whether the record says that the key has a value at `nowMs`. */
export function hasValue({ bytes }: PackedRecord, nowMs: number): boolean {
  const flags = bytes[FLAGS_AT] ?? 0;
  if (flags & TOMBSTONE) return false;
  return !(flags & EXPIRES) || bytes.readUIntBE(EXPIRY_AT, EXPIRY_BYTES) > nowMs;
}
