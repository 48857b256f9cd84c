/**
 * What a hash's field turns out to be: a record of its partition, or something that is none. It is
 * the only place where bytes from Redis become records.
 */

import { isUtf8 } from "node:buffer";
import {
  intactRecord,
  KEY_BYTES_MAX,
  type Key,
  type PackedRecord,
  type Partition,
  partitionOf,
} from "@ringkv/core";
import type { DamagedRecord, HeldCopy, RecordPage } from "@ringkv/engine";

/** What is held of a key. */
export function copyOf(key: Key, bytes: Buffer | null): HeldCopy {
  return bytes === null ? null : (intactRecord(key, bytes) ?? "damaged");
}

/** @param fields field, bytes, field, bytes, ... as HSCAN answers them. */
export function pageOf(
  partition: Partition,
  fields: readonly Buffer[],
): Pick<RecordPage, "records" | "damaged"> {
  const records: PackedRecord[] = [];
  const damaged: DamagedRecord[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [field, bytes] = [fields[at], fields[at + 1]] as [Buffer, Buffer];
    const key = keyOf(field, partition);
    const record = key === null ? null : intactRecord(key, bytes);
    if (record === null) damaged.push({ key, field, bytes });
    else records.push(record);
  }
  return { records, damaged };
}

/** Null: no key that this partition could hold. */
export function keyOf(field: Buffer, partition: Partition): Key | null {
  const key = keyFrom(field);
  return key !== null && partitionOf(key) === partition ? key : null;
}

/** Null: no key that one of these partitions could hold. */
export function keyIn(field: Buffer, partitions: ReadonlySet<Partition>): Key | null {
  const key = keyFrom(field);
  return key !== null && partitions.has(partitionOf(key)) ? key : null;
}

/** Null: no key at all. */
export function keyFrom(field: Buffer): Key | null {
  if (field.length < 1 || field.length > KEY_BYTES_MAX || !isUtf8(field)) return null;
  return field.toString("utf8") as Key;
}
