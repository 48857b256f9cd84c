/**
 * What a node says of what it holds: the digests of its partitions; the keys and versions of one of
 * them, page by page; or its records, page by page.
 *
 * | payload  | layout                                                                             |
 * |----------|------------------------------------------------------------------------------------|
 * | digests  | per partition, ascending: partition (2 bytes), records (4), sum (8)                |
 * | versions | length of the next cursor (2; 0: the last page), the cursor, then per record: key  |
 * |          | length (2), size of the record (4), version (20 hex digits), key                   |
 * | page     | the next cursor as above, then records as in payload.ts                            |
 *
 * Numbers are big-endian. A cursor is UTF-8 whose meaning only the callee knows; empty asks for the
 * first page. Decoding throws nothing but `Malformed`.
 */

import { isUtf8 } from "node:buffer";
import {
  isVersion,
  type ListedRecord,
  PARTITION_COUNT,
  type Partition,
  type PartitionDigest,
  VERSION_LENGTH,
} from "@ringkv/core";
import {
  CURSOR_BYTES_MAX,
  type Digests,
  type PageAsk,
  type RecordPage,
  type VersionPage,
} from "@ringkv/engine";
import { decodeRecords, encodeRecords, expectBytes, readKey } from "./payload.js";
import { expectCount, Malformed, wholeOf } from "./wire.js";

const DIGEST_BYTES = 14;
const CURSOR_HEADER_BYTES = 2;
const LISTED_HEADER_BYTES = 6 + VERSION_LENGTH;

export function encodeDigests(digests: Digests): Buffer {
  const payload = Buffer.allocUnsafe(digests.size * DIGEST_BYTES);
  let at = 0;
  for (const [partition, { records, sum }] of [...digests].toSorted(([a], [b]) => a - b)) {
    payload.writeUInt16BE(partition, at);
    payload.writeUInt32BE(records, at + 2);
    payload.write(sum, at + 6, "hex");
    at += DIGEST_BYTES;
  }
  return payload;
}

export function decodeDigests(payload: Buffer): Digests {
  if (payload.length % DIGEST_BYTES !== 0) throw new Malformed("digests");
  const digests = new Map<Partition, PartitionDigest>();
  let last = -1;
  for (let at = 0; at < payload.length; at += DIGEST_BYTES) {
    const partition = payload.readUInt16BE(at);
    // Ascending: so none comes twice, and there are no more than there are partitions.
    if (partition <= last || partition >= PARTITION_COUNT) throw new Malformed("partition");
    last = partition;
    const sum = payload.toString("hex", at + 6, at + DIGEST_BYTES);
    digests.set(partition as Partition, { records: payload.readUInt32BE(at + 2), sum });
  }
  return digests;
}

export function encodePageAsk({ partition, cursor }: PageAsk): (string | Buffer)[] {
  return [`${partition}`, Buffer.from(cursor ?? "", "utf8")];
}

export function decodePageAsk(args: readonly Buffer[]): PageAsk {
  expectCount(args, 2);
  const partition = wholeOf(args[0]);
  if (partition >= PARTITION_COUNT) throw new Malformed("partition");
  return { partition: partition as Partition, cursor: cursorOf(args[1] as Buffer) };
}

export function encodeVersions({ records, cursor }: VersionPage): Buffer {
  const next = Buffer.from(cursor ?? "", "utf8");
  const keys = records.map(({ key }) => Buffer.from(key, "utf8"));
  const size = keys.reduce((sum, key) => sum + LISTED_HEADER_BYTES + key.length, 0);
  const payload = Buffer.allocUnsafe(CURSOR_HEADER_BYTES + next.length + size);
  payload.writeUInt16BE(next.length, 0);
  payload.set(next, CURSOR_HEADER_BYTES);
  let at = CURSOR_HEADER_BYTES + next.length;
  for (const [index, { version, bytes }] of records.entries()) {
    const key = keys[index] as Buffer;
    payload.writeUInt16BE(key.length, at);
    payload.writeUInt32BE(bytes, at + 2);
    payload.write(version, at + 6, "latin1");
    payload.set(key, at + LISTED_HEADER_BYTES);
    at += LISTED_HEADER_BYTES + key.length;
  }
  return payload;
}

export function encodePage({ records, cursor }: RecordPage): Buffer {
  const next = Buffer.from(cursor ?? "", "utf8");
  const head = Buffer.allocUnsafe(CURSOR_HEADER_BYTES);
  head.writeUInt16BE(next.length, 0);
  return Buffer.concat([head, next, encodeRecords(records)]);
}

export function decodePage(payload: Buffer): RecordPage {
  const [cursor, at] = readCursor(payload);
  // What is damaged stays where it is; see the port.
  return { records: decodeRecords(payload.subarray(at)), damaged: [], cursor };
}

export function decodeVersions(payload: Buffer): VersionPage {
  const [cursor, start] = readCursor(payload);
  let at = start;
  const records: ListedRecord[] = [];
  while (at < payload.length) {
    expectBytes(payload, at, LISTED_HEADER_BYTES);
    const keyAt = at + LISTED_HEADER_BYTES;
    const keyLength = payload.readUInt16BE(at);
    expectBytes(payload, keyAt, keyLength);
    const version: string = payload.toString("latin1", at + 6, keyAt);
    if (!isVersion(version)) throw new Malformed("version");
    const bytes = payload.readUInt32BE(at + 2);
    records.push({ key: readKey(payload, keyAt, keyLength), version, bytes });
    at = keyAt + keyLength;
  }
  return { records, cursor };
}

/** The cursor that a page begins with, and where it ends. */
function readCursor(payload: Buffer): [cursor: string | null, end: number] {
  expectBytes(payload, 0, CURSOR_HEADER_BYTES);
  const end = CURSOR_HEADER_BYTES + payload.readUInt16BE(0);
  expectBytes(payload, 0, end);
  return [cursorOf(payload.subarray(CURSOR_HEADER_BYTES, end)), end];
}

export function cursorOf(bytes: Buffer): string | null {
  if (bytes.length > CURSOR_BYTES_MAX || !isUtf8(bytes)) throw new Malformed("cursor");
  return bytes.length === 0 ? null : bytes.toString("utf8");
}
