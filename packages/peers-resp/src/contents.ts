/**
 * What a node found when it read and checked a page of a partition: names and checksums, no values.
 *
 * | payload  | layout                                                                             |
 * |----------|------------------------------------------------------------------------------------|
 * | contents | how many are damaged (4 bytes), length of the next cursor (2; 0: the last page),   |
 * |          | the cursor, then per intact record: key length (2), version (20 hex digits),       |
 * |          | checksum (4), key                                                                  |
 *
 * Numbers are big-endian. Decoding throws nothing but `Malformed`.
 */

import { isVersion, PARTITION_COUNT, type Partition, VERSION_LENGTH } from "@ringkv/core";
import type { ContentsPage, ListedContent } from "@ringkv/engine";
import { cursorOf } from "./inventory.js";
import { expectBytes, readKey } from "./payload.js";
import { expectCount, Malformed, wholeOf } from "./wire.js";

const PAGE_HEADER_BYTES = 6;
const KEY_LENGTH_BYTES = 2;
const CHECKSUM_AT = KEY_LENGTH_BYTES + VERSION_LENGTH;
const RECORD_HEADER_BYTES = CHECKSUM_AT + 4;

export function encodeContents({ records, damaged, cursor }: ContentsPage): Buffer {
  const next = Buffer.from(cursor ?? "", "utf8");
  const header = Buffer.allocUnsafe(PAGE_HEADER_BYTES);
  header.writeUInt32BE(damaged, 0);
  header.writeUInt16BE(next.length, 4);
  const listed = records.map(({ key, version, checksum }) => {
    const name = Buffer.from(key, "utf8");
    const bytes = Buffer.allocUnsafe(RECORD_HEADER_BYTES + name.length);
    bytes.writeUInt16BE(name.length, 0);
    bytes.write(version, KEY_LENGTH_BYTES, "latin1");
    bytes.writeUInt32BE(checksum, CHECKSUM_AT);
    bytes.set(name, RECORD_HEADER_BYTES);
    return bytes;
  });
  return Buffer.concat([header, next, ...listed]);
}

export function decodeContents(payload: Buffer): ContentsPage {
  expectBytes(payload, 0, PAGE_HEADER_BYTES);
  let at = PAGE_HEADER_BYTES + payload.readUInt16BE(4);
  expectBytes(payload, 0, at);
  const cursor = cursorOf(payload.subarray(PAGE_HEADER_BYTES, at));
  const records: ListedContent[] = [];
  while (at < payload.length) {
    expectBytes(payload, at, RECORD_HEADER_BYTES);
    const keyAt = at + RECORD_HEADER_BYTES;
    const keyLength = payload.readUInt16BE(at);
    expectBytes(payload, keyAt, keyLength);
    const version: string = payload.toString("latin1", at + KEY_LENGTH_BYTES, at + CHECKSUM_AT);
    if (!isVersion(version)) throw new Malformed("version");
    const checksum = payload.readUInt32BE(at + CHECKSUM_AT);
    records.push({ key: readKey(payload, keyAt, keyLength), version, checksum });
    at = keyAt + keyLength;
  }
  return { records, damaged: payload.readUInt32BE(0), cursor };
}

export function decodePartition(args: readonly Buffer[]): Partition {
  expectCount(args, 1);
  const partition = wholeOf(args[0]);
  if (partition >= PARTITION_COUNT) throw new Malformed("partition");
  return partition as Partition;
}
