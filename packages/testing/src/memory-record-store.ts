/**
 * A `RecordStore` in memory: the dumb twin that store-redis is compared with, and the disk of a
 * simulated node. It never fails and never waits; whoever simulates a bad disk wraps it.
 *
 * Nothing outlives the object, so that a simulated crash keeps the store and drops the node.
 */

import {
  absentFromMs,
  chunksOf,
  contributionIn,
  hasValue,
  intactRecord,
  isVersion,
  type Key,
  type KeyPage,
  type ListedKey,
  msOf,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  partitionOf,
  RECORD_BYTES_MIN,
  sumText,
  VERSION_LENGTH,
  type Version,
} from "@ringkv/core";
import type {
  ApplyOutcome,
  DamagedRecord,
  HeldCopy,
  HeldVersion,
  ListAsk,
  PurgeableAsk,
  PurgeablePage,
  PurgeableRecord,
  RecordPage,
  RecordStore,
  VersionPage,
} from "@ringkv/engine";
import { MemoryOutbox } from "./memory-outbox.js";

const PAGE_RECORDS = 64;
const PAGE_BYTES = 1_048_576;

const STORED_OVER_VALUE: ApplyOutcome = { outcome: "stored", hadValue: true };
const STORED: ApplyOutcome = { outcome: "stored", hadValue: false };
const REPEATED: ApplyOutcome = { outcome: "repeated" };

interface Held {
  /** Those that are damaged have the version that their bytes begin with. */
  readonly records: Map<Key, PackedRecord>;
  high: number;
  low: number;
  /** As the running digest has it. */
  count: number;
}

const OUTBOX_MAX = 50_000;

export class MemoryRecordStore implements RecordStore {
  readonly outbox: MemoryOutbox;
  readonly #partitions = new Map<Partition, Held>();

  constructor(outboxMax = OUTBOX_MAX) {
    this.outbox = new MemoryOutbox(outboxMax);
  }

  async apply(records: readonly PackedRecord[], nowMs: number): Promise<readonly ApplyOutcome[]> {
    return records.map((record) => {
      const old = this.#partitions.get(partitionOf(record.key))?.records.get(record.key);
      const isNew = old === undefined || !hasValue(old, msOf(record.version));
      const outcome = this.#applyOne(record, nowMs);
      if (outcome.outcome === "repeated") this.outbox.note(record, "written");
      if (outcome.outcome === "stored") this.outbox.note(record, isNew ? "created" : "replaced");
      return outcome;
    });
  }

  async read(keys: readonly Key[]): Promise<readonly HeldCopy[]> {
    return keys.map((key) => {
      const held = this.#partitions.get(partitionOf(key))?.records.get(key);
      return held === undefined ? null : (intactRecord(key, held.bytes) ?? "damaged");
    });
  }

  async partitions(): Promise<ReadonlyMap<Partition, PartitionDigest>> {
    const digests = new Map<Partition, PartitionDigest>();
    for (const [partition, { high, low, count }] of this.#partitions) {
      digests.set(partition, { records: count, sum: sumText(high, low) });
    }
    return digests;
  }

  async digest(partition: Partition): Promise<PartitionDigest | null> {
    return (await this.partitions()).get(partition) ?? null;
  }

  /** The cursor is the last key of the page before, so that releases do not shift the rest. */
  async page(partition: Partition, cursor: string | null): Promise<RecordPage> {
    const page = this.#page(partition, cursor);
    const records: PackedRecord[] = [];
    const damaged: DamagedRecord[] = [];
    for (const { key, bytes } of page.records) {
      const record = intactRecord(key, bytes);
      if (record === null) damaged.push({ key, field: Buffer.from(key), bytes });
      else records.push(record);
    }
    return { records, damaged, cursor: page.cursor };
  }

  #page(partition: Partition, cursor: string | null) {
    const held = this.#partitions.get(partition)?.records;
    if (held === undefined) return { records: [], cursor: null };
    const left = [...held.values()]
      .filter(({ key }) => cursor === null || key > cursor)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const [records = []] = chunksOf(left, { recordsMax: PAGE_RECORDS, bytesMax: PAGE_BYTES });
    return { records, cursor: left.length > records.length ? (records.at(-1)?.key ?? null) : null };
  }

  async versions(partition: Partition, cursor: string | null): Promise<VersionPage> {
    const page = this.#page(partition, cursor);
    const listed = page.records
      .filter(hasVersion)
      .map(({ key, version, bytes }) => ({ key, version, bytes: bytes.length }));
    return { records: listed, cursor: page.cursor };
  }

  /** Sorted anew for each page, by the bytes themselves. */
  async list({ prefix, after, limit, nowMs }: ListAsk): Promise<KeyPage> {
    const least = Buffer.from(after ?? "");
    const left = [...this.records()]
      .filter(({ key }) => key.startsWith(prefix))
      .map((held) => ({ listed: listedKeyOf(held, nowMs), name: Buffer.from(held.key) }))
      .filter(({ name }) => after === null || name.compare(least) > 0)
      .toSorted((a, b) => a.name.compare(b.name))
      .map(({ listed }) => listed)
      .filter((listed) => listed !== null);
    const keys = left.slice(0, limit);
    return { keys, upTo: keys.length < left.length ? (keys.at(-1)?.key ?? null) : null };
  }

  async rebuildDigest(partition: Partition): Promise<boolean> {
    const held = this.#partitions.get(partition);
    if (held === undefined) return false;
    const { high, low, count } = held;
    Object.assign(held, { high: 0, low: 0, count: 0 });
    for (const record of held.records.values()) add(held, record, 1);
    if (held.count === 0) this.#partitions.delete(partition);
    return held.high !== high || held.low !== low || held.count !== count;
  }

  async mend(
    partition: Partition,
    { key, bytes }: DamagedRecord,
    copy: PackedRecord | null,
  ): Promise<boolean> {
    const records = this.#partitions.get(partition)?.records;
    if (key === null || records?.get(key)?.bytes.equals(bytes) !== true) return false;
    if (copy === null) records.delete(key);
    else records.set(key, copy);
    return true;
  }

  /** What no node does: puts other bytes in the place of a record, or nothing for null. */
  damage(key: Key, bytes: Buffer | null): void {
    const { records } = this.#heldIn(partitionOf(key));
    if (bytes === null) records.delete(key);
    else records.set(key, asHeld(key, bytes));
  }

  /** What no node does: makes a running sum wrong. For tests of who notices. */
  corruptDigest(partition: Partition): void {
    const held = this.#partitions.get(partition);
    if (held !== undefined) held.low = (held.low + 1) >>> 0;
  }

  async release(records: readonly HeldVersion[]): Promise<number> {
    return records.filter((record) => this.#forget(record, () => true)).length;
  }

  /** From a list made anew for each page: no index could be more right than that. */
  async purgeable({ partitions, cutoffMs, skip }: PurgeableAsk): Promise<PurgeablePage> {
    const due = [...partitions]
      .flatMap((partition) => [...(this.#partitions.get(partition)?.records.values() ?? [])])
      .map((held) => purgeableOf(held))
      .filter((it) => it !== null)
      .filter(({ absentFromMs: fromMs }) => fromMs <= cutoffMs)
      .toSorted((a, b) => a.absentFromMs - b.absentFromMs || (a.key < b.key ? -1 : 1));
    const end = skip + PAGE_RECORDS;
    return { records: due.slice(skip, end), next: end < due.length ? end : null };
  }

  async purge(records: readonly HeldVersion[], cutoffMs: number): Promise<readonly boolean[]> {
    const isDue = (held: PackedRecord) =>
      (absentFromMs(held) ?? Number.POSITIVE_INFINITY) <= cutoffMs;
    return records.map((record) => this.#forget(record, isDue));
  }

  /** Everything held, in no particular order. For checkers; a node pages. */
  *records(): Generator<PackedRecord> {
    for (const { records } of this.#partitions.values()) yield* records.values();
  }

  #forget({ key, version }: HeldVersion, isMeant: (held: PackedRecord) => boolean): boolean {
    const partition = partitionOf(key);
    const held = this.#partitions.get(partition);
    const record = held?.records.get(key);
    if (held === undefined || record?.version !== version || !hasVersion(record)) return false;
    if (!isMeant(record)) return false;
    held.records.delete(key);
    add(held, record, -1);
    if (held.records.size === 0) this.#partitions.delete(partition);
    return true;
  }

  #applyOne(record: PackedRecord, nowMs: number): ApplyOutcome {
    const held = this.#heldIn(partitionOf(record.key));
    const old = held.records.get(record.key);
    if (old !== undefined) {
      if (hasVersion(old) && old.version === record.version) return REPEATED;
      if (hasVersion(old) && old.version > record.version) {
        return { outcome: "stale", held: old.version };
      }
      add(held, old, -1);
    }
    add(held, record, 1);
    held.records.set(record.key, record);
    return old !== undefined && hasValue(old, nowMs) ? STORED_OVER_VALUE : STORED;
  }

  #heldIn(partition: Partition): Held {
    let held = this.#partitions.get(partition);
    if (held === undefined) {
      held = { records: new Map(), high: 0, low: 0, count: 0 };
      this.#partitions.set(partition, held);
    }
    return held;
  }
}

function asHeld(key: Key, bytes: Buffer): PackedRecord {
  return { key, version: bytes.toString("latin1", 0, VERSION_LENGTH) as Version, bytes };
}

/** Whether it may be compared, listed and released; the rest is replaced by anything. */
function hasVersion({ version, bytes }: PackedRecord): boolean {
  return bytes.length >= RECORD_BYTES_MIN && isVersion(version);
}

/** Null: it has no value; its version is null where there is something without one. */
function listedKeyOf(held: PackedRecord, nowMs: number): ListedKey | null {
  const { key, version, bytes } = held;
  if (!hasVersion(held)) return { key, version: null, bytes: bytes.length };
  return hasValue(held, nowMs) ? { key, version, bytes: bytes.length } : null;
}

/** Null: it never stands for absence, or is damaged and so stands for nothing. */
function purgeableOf({ key, version, bytes }: PackedRecord): PurgeableRecord | null {
  const record = intactRecord(key, bytes);
  const fromMs = record === null ? null : absentFromMs(record);
  return fromMs === null ? null : { key, version, bytes: bytes.length, absentFromMs: fromMs };
}

/** What a record says that it adds; a damaged one may say anything. */
function add(held: Held, { bytes }: PackedRecord, sign: 1 | -1): void {
  const [high, low] = contributionIn(bytes);
  held.count += sign;
  held.high = (held.high + sign * high) >>> 0;
  held.low = (held.low + sign * low) >>> 0;
}
