/** The part of the `RecordStore` contract that is about forgetting what stands for absence. */

import { expect, it } from "@jest/globals";
import { allPartitions, type Key, type PackedRecord, partitionOf } from "@ringkv/core";
import type { PurgeableAsk, PurgeableRecord, RecordStore } from "@ringkv/engine";
import fc from "fast-check";
import { everyRecord, HOSTILE_KEYS, record, versionOf } from "./hostile-data.js";
import { expectTrueDigests } from "./listing-contract.js";

const EVERYWHERE = new Set(allPartitions());
const LATEST_MS = 2 ** 48 - 1;
const RUNS = 40;

/** All pages. `between` happens after each, and says how many of the listed were forgotten. */
async function listed(
  store: RecordStore,
  ask: Partial<PurgeableAsk> = {},
  between: (page: readonly PurgeableRecord[]) => Promise<number> = async () => 0,
): Promise<PurgeableRecord[]> {
  const all: PurgeableRecord[] = [];
  let skip: number | null = 0;
  while (skip !== null) {
    const whole = { partitions: EVERYWHERE, cutoffMs: LATEST_MS, skip, ...ask };
    const page = await store.purgeable(whole);
    all.push(...page.records);
    const forgotten = await between(page.records);
    skip = page.next === null ? null : page.next - forgotten;
  }
  return all;
}

const namesOf = (records: readonly { readonly key: Key }[]) => records.map(({ key }) => key);

export function purgeTests(store: () => RecordStore, nowMs: number): void {
  listTests(store, nowMs);
  changeTests(store, nowMs);
  forgetTests(store, nowMs);
  historyTests(store, nowMs);
}

function listTests(store: () => RecordStore, nowMs: number): void {
  it("lists tombstones and what expires, with when they are absent, the oldest first", async () => {
    const written = [
      record("value", 1, "v"),
      record("deleted", 30, null),
      record("expiring", 1, "v", { expiresAtMs: 20 }),
      record("written after its expiry", 40, "v", { expiresAtMs: 5 }),
      record("far", 1, "v", { expiresAtMs: LATEST_MS }),
      record("old", 10, null, { expiresAtMs: 99 }),
    ];
    await store().apply(written, nowMs);
    const all = await listed(store());
    expect(all.map(({ key, absentFromMs }) => `${key} ${absentFromMs}`)).toEqual([
      "old 10",
      "expiring 20",
      "deleted 30",
      "written after its expiry 40",
      `far ${LATEST_MS}`,
    ]);
    for (const { key, version, bytes } of all) {
      const whole = written.find((one) => one.key === key) as PackedRecord;
      expect([version, bytes]).toEqual([whole.version, whole.bytes.length]);
    }
  });

  it.each([
    { cutoffMs: 9, expected: [], why: "all are younger" },
    { cutoffMs: 10, expected: ["a"], why: "the cutoff itself counts" },
    { cutoffMs: 29, expected: ["a", "b"], why: "the third is younger" },
    { cutoffMs: -1, expected: [], why: "nothing is as old as that" },
  ])("lists nothing younger than $cutoffMs: $why", async ({ cutoffMs, expected }) => {
    const written = [record("a", 10, null), record("b", 20, null), record("c", 30, null)];
    await store().apply(written, nowMs);
    expect(namesOf(await listed(store(), { cutoffMs }))).toEqual(expected);
  });

  it("lists what lies in the partitions asked for", async () => {
    const keys = Array.from({ length: 300 }, (_, index) => `key ${index}` as Key);
    const written = keys.map((key, index) => record(key, 1_000 + index, null));
    await store().apply(written, nowMs);
    const partitions = new Set(keys.slice(0, 40).map((key) => partitionOf(key)));
    expect(namesOf(await listed(store(), { partitions }))).toEqual(
      keys.filter((key) => partitions.has(partitionOf(key))),
    );
    expect(await listed(store(), { partitions: new Set() })).toEqual([]);
  });
}

function changeTests(store: () => RecordStore, nowMs: number): void {
  it.each([
    { next: [record("k", 2, "v")], expected: [], why: "a value has taken its place" },
    { next: [record("k", 0, "v")], expected: [1], why: "an older value has not" },
    { next: [record("k", 2, null)], expected: [2], why: "it was deleted once more" },
    { next: [record("k", 2, "v", { expiresAtMs: 7 })], expected: [7], why: "it expires now" },
    { next: [record("k", 2, "v"), record("k", 3, null)], expected: [3], why: "it is gone again" },
  ])("lists a key that was deleted, and then written, by what it is now: $why", async (row) => {
    await store().apply([record("k", 1, null)], nowMs);
    await store().apply(row.next, nowMs);
    expect((await listed(store())).map((one) => one.absentFromMs)).toEqual(row.expected);
    await store().release(await everyRecord(store()));
    expect(await listed(store())).toEqual([]);
  });

  it("passes over nothing while pages are purged, though some records stay", async () => {
    const keys = Array.from({ length: 1_500 }, (_, index) => `key ${index}` as Key);
    const written = keys.map((key, index) => record(key, 1 + (index % 7), null));
    await store().apply(written, nowMs);
    const isStuck = (key: Key) => keys.indexOf(key) % 3 === 0;
    const seen = await listed(store(), {}, async (page) => {
      const due = page.filter(({ key }) => !isStuck(key));
      return (await store().purge(due, LATEST_MS)).filter(Boolean).length;
    });
    expect(new Set(namesOf(seen)).size).toBe(keys.length);
    expect(new Set(namesOf(await everyRecord(store())))).toEqual(new Set(keys.filter(isStuck)));
    await expectTrueDigests(store());
  });
}

function forgetTests(store: () => RecordStore, nowMs: number): void {
  it.each([
    { held: record("k", 5, null), version: 5, cutoffMs: 5, gone: true, why: "it is old enough" },
    { held: record("k", 5, null), version: 5, cutoffMs: 4, gone: false, why: "it is too young" },
    { held: record("k", 5, null), version: 4, cutoffMs: 9, gone: false, why: "it has changed" },
    { held: record("k", 5, "v"), version: 5, cutoffMs: LATEST_MS, gone: false, why: "it lives" },
    {
      held: record("k", 5, "v", { expiresAtMs: 8 }),
      version: 5,
      cutoffMs: 7,
      gone: false,
      why: "it lived until a moment ago",
    },
    {
      held: record("k", 5, "v", { expiresAtMs: 8 }),
      version: 5,
      cutoffMs: 8,
      gone: true,
      why: "it has expired",
    },
    {
      held: record("k", 9, "v", { expiresAtMs: 5 }),
      version: 9,
      cutoffMs: 8,
      gone: false,
      why: "it was written after that, though it had expired before",
    },
  ])("purges a record, or not ($gone): $why", async ({ held, version, cutoffMs, gone }) => {
    await store().apply([held], nowMs);
    const asked = { key: held.key, version: versionOf(version) };
    expect(await store().purge([asked], cutoffMs)).toEqual([gone]);
    expect(await store().read([held.key])).toEqual([gone ? null : held]);
    await expectTrueDigests(store());
  });

  it("says of each record whether it is gone, and counts it once", async () => {
    const [a, b, c] = [record("a", 1, null), record("b", 1, "v"), record("c", 1, null)];
    await store().apply([a, b, c], nowMs);
    expect(await store().purge([c, b, a, c, record("none", 1, null)], 9)).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(await store().purge([], 9)).toEqual([]);
    expect(await everyRecord(store())).toEqual([b]);
    expect(await listed(store())).toEqual([]);
  });

  it("lists and purges hostile keys like others", async () => {
    const written = HOSTILE_KEYS.map((key, index) => record(key, 1 + index, null));
    await store().apply([...written, record("value", 1, "v")], nowMs);
    const all = await listed(store());
    expect(namesOf(all)).toEqual(HOSTILE_KEYS);
    expect(await store().purge(all, LATEST_MS)).toEqual(HOSTILE_KEYS.map(() => true));
    expect(namesOf(await everyRecord(store()))).toEqual(["value"]);
    await expectTrueDigests(store());
  });

  it("takes a record that was purged as new", async () => {
    await store().apply([record("k", 2, null)], nowMs);
    await store().purge([record("k", 2, null)], 2);
    expect(await store().apply([record("k", 1, "v")], nowMs)).toEqual([
      { outcome: "stored", hadValue: false },
    ]);
  });
}

/** Four kinds of records; what a version holds is a function of it. */
const anyRecord = fc
  .tuple(fc.constantFrom("a", "b", "__proto__", "naïve 🔑"), fc.integer({ min: 1, max: 8 }))
  .map(([key, ms]) => {
    if (ms % 4 === 0) return record(key, ms, null);
    return record(key, ms, "v", { expiresAtMs: ms % 4 === 1 ? 3 * ms : null });
  });
const someRecords = fc.array(anyRecord, { maxLength: 6 });

function historyTests(store: () => RecordStore, nowMs: number): void {
  it("lists exactly what is or will be absent, after any history", async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ apply: someRecords }) },
      { weight: 1, arbitrary: fc.record({ release: someRecords }) },
      { weight: 1, arbitrary: fc.record({ purge: someRecords, cutoffMs: fc.nat(30) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const one of steps) {
          if ("apply" in one) await store().apply(one.apply, nowMs);
          else if ("release" in one) await store().release(one.release);
          else await store().purge(one.purge, one.cutoffMs);
        }
        const held = await everyRecord(store());
        const expected = held.filter(({ bytes }) => (bytes[28] ?? 0) !== 0);
        const found = await listed(store());
        expect(namesOf(found).toSorted()).toEqual(namesOf(expected).toSorted());
        await expectTrueDigests(store());
        await store().release(held);
      }),
      { numRuns: RUNS },
    );
  });
}
