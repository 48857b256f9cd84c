/**
 * What nodes tell the leader so that it can tell people: notices of writes, and alerts.
 *
 * | payload | per item                                                                   |
 * |---------|----------------------------------------------------------------------------|
 * | notices | length (4 bytes, big-endian), the notice's bytes (core/notice)             |
 * | settled | `1` or `0`                                                                 |
 * | alert   | one JSON object with id, kind, node, detail and atMs                       |
 *
 * Decoding throws nothing but `Malformed`.
 */

import {
  KEY_BYTES_MAX,
  NOTED_RECORD_BYTES_MAX,
  type NodeId,
  noticeBytes,
  unpackNotice,
  type WriteNotice,
} from "@ringkv/core";
import { ALERT_DETAIL_MAX, ALERT_KINDS, type Alert } from "@ringkv/engine";
import { expectBytes } from "./payload.js";
import { expectCount, Malformed } from "./wire.js";

const LENGTH_BYTES = 4;
const HEADER_BYTES = 23;
/** No honest notice is longer. */
const NOTICE_BYTES_MAX = HEADER_BYTES + KEY_BYTES_MAX + NOTED_RECORD_BYTES_MAX;
/** A detail may be all quotes and control characters. */
const ALERT_BYTES_MAX = 8 * ALERT_DETAIL_MAX;
const ALERT_ID_MAX = 100;

/** At least what the notice takes in a payload. */
export function noticeSize({ key, value }: WriteNotice): number {
  const told = value === null ? 0 : 1 + value.contentType.length + value.bytes.length;
  return LENGTH_BYTES + HEADER_BYTES + 3 * key.length + told;
}

export function encodeNotices(notices: readonly WriteNotice[]): Buffer {
  return Buffer.concat(
    notices.flatMap((notice) => {
      const bytes = noticeBytes(notice);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

export function decodeNotices(args: readonly Buffer[]): WriteNotice[] {
  expectCount(args, 1);
  const [payload = Buffer.alloc(0)] = args;
  const notices: WriteNotice[] = [];
  let at = 0;
  while (at < payload.length) {
    expectBytes(payload, at, LENGTH_BYTES);
    const length = payload.readUInt32BE(at);
    at += LENGTH_BYTES;
    if (length > NOTICE_BYTES_MAX) throw new Malformed("notice");
    expectBytes(payload, at, length);
    // A copy: it is kept for longer than the message that it came in.
    const notice = unpackNotice(Buffer.from(payload.subarray(at, at + length)));
    if (notice === null) throw new Malformed("notice");
    notices.push(notice);
    at += length;
  }
  if (notices.length === 0) throw new Malformed("empty batch");
  return notices;
}

export function encodeAlert({ id, kind, node, detail, atMs }: Alert): string {
  return JSON.stringify({ id, kind, node, detail, atMs });
}

export function decodeAlert(args: readonly Buffer[]): Alert {
  expectCount(args, 1);
  const [bytes = Buffer.alloc(0)] = args;
  if (bytes.length > ALERT_BYTES_MAX) throw new Malformed("alert");
  const { id, kind, node, detail, atMs } = objectIn(bytes);
  const known = ALERT_KINDS.find((it) => it === kind);
  if (known === undefined || !isText(id, ALERT_ID_MAX) || !isText(detail, ALERT_DETAIL_MAX)) {
    throw new Malformed("alert");
  }
  if (typeof node !== "string" || !/^[a-z0-9][a-z0-9-]{0,31}$/.test(node)) {
    throw new Malformed("alert");
  }
  if (!Number.isSafeInteger(atMs)) throw new Malformed("alert");
  return { id, kind: known, node: node as NodeId, detail, atMs: atMs as number };
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === "string" && value.length <= lengthMax;
}

function objectIn(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch {
    // Refused below, like anything else that is no alert.
  }
  throw new Malformed("alert");
}
