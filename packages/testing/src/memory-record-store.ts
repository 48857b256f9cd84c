/**
 * A `RecordStore` in memory: the dumb twin that store-redis is compared with, and the disk of a
 * simulated node. It never fails and never waits; whoever simulates a bad disk wraps it.
 *
 * Nothing outlives the object, so that a simulated crash keeps the store and drops the node.
 */

import {
  absentFromMs,
  chunksOf,
  contributionOf,
  hasValue,
  type Key,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  partitionOf,
  sumText,
} from "@ringkv/core";
import type {
  ApplyOutcome,
  HeldVersion,
  PurgeableAsk,
  PurgeablePage,
  PurgeableRecord,
  RecordPage,
  RecordStore,
  VersionPage,
} from "@ringkv/engine";

const PAGE_RECORDS = 64;
const PAGE_BYTES = 1_048_576;

const STORED_OVER_VALUE: ApplyOutcome = { outcome: "stored", hadValue: true };
const STORED: ApplyOutcome = { outcome: "stored", hadValue: false };
const REPEATED: ApplyOutcome = { outcome: "repeated" };

interface Held {
  readonly records: Map<Key, PackedRecord>;
  high: number;
  low: number;
}

export class MemoryRecordStore implements RecordStore {
  readonly #partitions = new Map<Partition, Held>();

  async apply(records: readonly PackedRecord[], nowMs: number): Promise<readonly ApplyOutcome[]> {
    return records.map((record) => this.#applyOne(record, nowMs));
  }

  async read(keys: readonly Key[]): Promise<readonly (PackedRecord | null)[]> {
    return keys.map((key) => this.#partitions.get(partitionOf(key))?.records.get(key) ?? null);
  }

  async partitions(): Promise<ReadonlyMap<Partition, PartitionDigest>> {
    const digests = new Map<Partition, PartitionDigest>();
    for (const [partition, { records, high, low }] of this.#partitions) {
      digests.set(partition, { records: records.size, sum: sumText(high, low) });
    }
    return digests;
  }

  /** The cursor is the last key of the page before, so that releases do not shift the rest. */
  async page(partition: Partition, cursor: string | null): Promise<RecordPage> {
    const held = this.#partitions.get(partition)?.records;
    if (held === undefined) return { records: [], cursor: null };
    const left = [...held.values()]
      .filter(({ key }) => cursor === null || key > cursor)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const [records = []] = chunksOf(left, { recordsMax: PAGE_RECORDS, bytesMax: PAGE_BYTES });
    return { records, cursor: left.length > records.length ? (records.at(-1)?.key ?? null) : null };
  }

  async versions(partition: Partition, cursor: string | null): Promise<VersionPage> {
    const page = await this.page(partition, cursor);
    const listed = page.records.map(({ key, version, bytes }) => {
      return { key, version, bytes: bytes.length };
    });
    return { records: listed, cursor: page.cursor };
  }

  async rebuildDigest(partition: Partition): Promise<boolean> {
    const held = this.#partitions.get(partition);
    if (held === undefined) return false;
    const { high, low } = held;
    held.high = 0;
    held.low = 0;
    for (const record of held.records.values()) count(held, record, 1);
    return held.high !== high || held.low !== low;
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
      .map((record) => purgeableOf(record))
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
    if (held === undefined || record?.version !== version || !isMeant(record)) return false;
    held.records.delete(key);
    count(held, record, -1);
    if (held.records.size === 0) this.#partitions.delete(partition);
    return true;
  }

  #applyOne(record: PackedRecord, nowMs: number): ApplyOutcome {
    const held = this.#heldIn(partitionOf(record.key));
    const old = held.records.get(record.key);
    if (old !== undefined) {
      if (old.version === record.version) return REPEATED;
      if (old.version > record.version) return { outcome: "stale", held: old.version };
      count(held, old, -1);
    }
    count(held, record, 1);
    held.records.set(record.key, record);
    return old !== undefined && hasValue(old, nowMs) ? STORED_OVER_VALUE : STORED;
  }

  #heldIn(partition: Partition): Held {
    let held = this.#partitions.get(partition);
    if (held === undefined) {
      held = { records: new Map(), high: 0, low: 0 };
      this.#partitions.set(partition, held);
    }
    return held;
  }
}

function purgeableOf(record: PackedRecord): PurgeableRecord | null {
  const { key, version, bytes } = record;
  const fromMs = absentFromMs(record);
  return fromMs === null ? null : { key, version, bytes: bytes.length, absentFromMs: fromMs };
}

function count(held: Held, { key, version }: PackedRecord, sign: 1 | -1): void {
  const [high, low] = contributionOf(key, version);
  held.high = (held.high + sign * high) >>> 0;
  held.low = (held.low + sign * low) >>> 0;
}
