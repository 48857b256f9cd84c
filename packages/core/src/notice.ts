/**
 * The bytes of a notice: what the outbox keeps of a write that somebody wants to hear of, the same
 * in Redis and between nodes.
 *
 * | offset | size | what                                                              |
 * |--------|------|-------------------------------------------------------------------|
 * | 0      | 20   | version: the notice's id, and its place in the order of all       |
 * | 20     | 1    | `c` created, `r` replaced, `d` deleted, `w` written, not known which |
 * | 21     | 2    | length of the key, big-endian                                     |
 * | 23     |      | key                                                               |
 * |        |      | only where values are told: content type with its length, value   |
 *
 * Whether a notice is due, and to whom it goes, is not decided here.
 */

import { CONTENT_TYPE_BYTES_MAX, KEY_BYTES_MAX } from "./limits.js";
import { RECORD_BYTES_MIN } from "./record-codec.js";
import type { Key, PackedRecord, Version } from "./types.js";
import { isVersion, VERSION_LENGTH } from "./version.js";

export type NoticeKind = "created" | "replaced" | "deleted" | "written";

export interface WriteNotice {
  readonly version: Version;
  readonly key: Key;
  readonly kind: NoticeKind;
  /** Null: not to be told, too long for it, or a deletion. */
  readonly value: NoticeValue | null;
}

export interface NoticeValue {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Longer values are not put into a notice: an outbox is not a second store. */
export const NOTICE_VALUE_BYTES_MAX = 4_096;

/** A record above this is noted without its value; the apply script is told the same number. */
export const NOTED_RECORD_BYTES_MAX =
  RECORD_BYTES_MIN + CONTENT_TYPE_BYTES_MAX + NOTICE_VALUE_BYTES_MAX;

const KIND_AT = VERSION_LENGTH;
const KEY_LENGTH_AT = KIND_AT + 1;
const KEY_AT = KEY_LENGTH_AT + 2;
/** Where a record's content type begins, with its length, and what follows its value. */
const TOLD_AT = 35;
const CHECKSUM_BYTES = 4;

const KINDS: Readonly<Record<string, NoticeKind>> = {
  c: "created",
  r: "replaced",
  d: "deleted",
  w: "written",
};

/** The notice of a record that asks for one. `kind` of a tombstone is always `deleted`. */
export function packNotice(record: PackedRecord, kind: NoticeKind): Buffer {
  const { key, version, bytes, note } = record;
  const isDeletion = ((bytes[28] ?? 0) & 1) === 1;
  const isTold = note === "value" && !isDeletion && bytes.length <= NOTED_RECORD_BYTES_MAX;
  const told = isTold ? bytes.subarray(TOLD_AT, bytes.length - CHECKSUM_BYTES) : NOTHING;
  return layOut({ key, version, kind: isDeletion ? "deleted" : kind }, told);
}

/** The same bytes again, of a notice that was taken out of an outbox. */
export function noticeBytes(notice: WriteNotice): Buffer {
  const { value } = notice;
  if (value === null) return layOut(notice, NOTHING);
  const type = Buffer.from(value.contentType, "latin1");
  return layOut(notice, Buffer.concat([Buffer.from([type.length]), type, value.bytes]));
}

const NOTHING = Buffer.alloc(0);

function layOut({ key, version, kind }: Omit<WriteNotice, "value">, told: Buffer): Buffer {
  const name = Buffer.from(key, "utf8");
  const header = Buffer.alloc(KEY_AT);
  header.write(version, 0, "latin1");
  header.write(kind.slice(0, 1), KIND_AT, "latin1");
  header.writeUInt16BE(name.length, KEY_LENGTH_AT);
  return Buffer.concat([header, name, told]);
}

/** What the bytes say; null: they are no notice. */
export function unpackNotice(bytes: Buffer): WriteNotice | null {
  const version: string = bytes.toString("latin1", 0, KIND_AT);
  const kind = KINDS[bytes.toString("latin1", KIND_AT, KEY_LENGTH_AT)];
  if (bytes.length < KEY_AT || !isVersion(version) || kind === undefined) return null;
  const keyEnd = KEY_AT + bytes.readUInt16BE(KEY_LENGTH_AT);
  const name = bytes.subarray(KEY_AT, keyEnd);
  if (name.length === 0 || name.length > KEY_BYTES_MAX || bytes.length < keyEnd) return null;
  const value = valueIn(bytes.subarray(keyEnd));
  return value === undefined ? null : { version, kind, key: name.toString("utf8") as Key, value };
}

/** Undefined: what follows the key is no value. */
function valueIn(told: Buffer): NoticeValue | null | undefined {
  if (told.length === 0) return null;
  const valueAt = 1 + (told[0] ?? 0);
  if (told.length < valueAt) return undefined;
  return { contentType: told.toString("latin1", 1, valueAt), bytes: told.subarray(valueAt) };
}
