/** The part of the `RecordStore` contract that lets nodes compare what they hold. */

import { expect, it } from "@jest/globals";
import { digestOf, type Key, type PackedRecord, type Partition, partitionOf } from "@ringkv/core";
import { CURSOR_BYTES_MAX, type RecordStore } from "@ringkv/engine";
import { everyRecord, HOSTILE_KEYS, keysOfOnePartition, record } from "./hostile-data.js";

/** Part of `describeRecordStore`: what a store says of what it holds, without the values. */
export function listingTests(store: () => RecordStore, nowMs: number): void {
  it("lists nothing of a partition that holds nothing", async () => {
    expect(await store().versions(5 as Partition, null)).toEqual({ records: [], cursor: null });
  });

  it("lists keys, versions and sizes of a partition's records, and of no other's", async () => {
    const written = HOSTILE_KEYS.map((key, at) => record(key, at, at % 3 === 0 ? null : "v"));
    await store().apply(written, nowMs);
    for (const one of written) {
      const expected = written
        .filter(({ key }) => partitionOf(key) === partitionOf(one.key))
        .map(({ key, version, bytes }) => ({ key, version, bytes: bytes.length }));
      const { records, cursor } = await store().versions(partitionOf(one.key), null);
      expect(cursor).toBeNull();
      expect(records).toHaveLength(expected.length);
      expect(records).toEqual(expect.arrayContaining(expected));
    }
  });

  it("lists a large partition in bounded pages, whatever is written meanwhile", async () => {
    const [partition, keys] = keysOfOnePartition(3_000);
    for (let from = 0; from < keys.length; from += 1_000) {
      await store().apply(
        keys.slice(from, from + 1_000).map((key) => record(key, 1, "v")),
        nowMs,
      );
    }
    const seen = new Set<Key>();
    let [cursor, pages]: [string | null, number] = [null, 0];
    do {
      const page = await store().versions(partition, cursor);
      expect(page.records.length).toBeLessThan(2_048);
      for (const { key } of page.records) seen.add(key);
      if (pages++ === 0) await store().apply([record(keys[1] ?? "", 2, "changed")], nowMs);
      cursor = page.cursor;
      expect(Buffer.byteLength(cursor ?? "")).toBeLessThanOrEqual(CURSOR_BYTES_MAX);
    } while (cursor !== null);
    expect(pages).toBeGreaterThan(1);
    expect(keys.filter((key) => !seen.has(key))).toEqual([]);
  });

  it("begins at the beginning when a cursor is none of its own", async () => {
    await store().apply([record("k", 1, "v")], nowMs);
    const { records } = await store().versions(partitionOf("k" as Key), "\u0001:no cursor");
    expect(records.map(({ key }) => key)).toEqual(["k"]);
  });

  it("computes a true digest anew, of records and of nothing", async () => {
    await store().apply([record("a", 1, "v"), record("b", 2, null)], nowMs);
    for (const partition of [partitionOf("a" as Key), 5 as Partition]) {
      expect(await store().rebuildDigest(partition)).toBe(false);
    }
    await expectTrueDigests(store());
  });
}

/** The running sums equal those computed from the records themselves. */
export async function expectTrueDigests(store: RecordStore): Promise<void> {
  const records = await everyRecord(store);
  const inside = new Map<Partition, PackedRecord[]>();
  for (const one of records) {
    const partition = partitionOf(one.key);
    inside.set(partition, [...(inside.get(partition) ?? []), one]);
  }
  const expected = new Map([...inside].map(([partition, held]) => [partition, digestOf(held)]));
  expect(await store.partitions()).toEqual(expected);
}

/** All that a store holds, and what it says of it. */
export async function stateOf(store: RecordStore) {
  const records = await everyRecord(store);
  const partitions = [...(await store.partitions())].toSorted(([a], [b]) => a - b);
  return {
    records: records
      .map(({ key, bytes }) => `${key}=${bytes.toString("hex")}`)
      .toSorted((a, b) => (a < b ? -1 : 1)),
    partitions,
  };
}
