/**
 * What every `RecordStore` must do, with hostile data. An adapter's test calls it with a way to
 * open an empty store; how a store fails (time-outs, full memory, crashes) is the adapter's own
 * test, because each fails in its own way.
 */

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  allPartitions,
  type Key,
  type PackedRecord,
  type Partition,
  partitionOf,
  unpackRecord,
} from "@ringkv/core";
import type { RecordStore } from "@ringkv/engine";
import fc from "fast-check";
import { damageTests } from "./damage-contract.js";
import {
  everyRecord,
  HOSTILE_KEYS,
  HOSTILE_VALUES,
  keysOfOnePartition,
  record,
  versionOf,
} from "./hostile-data.js";
import { keyListingTests } from "./key-listing-contract.js";
import { expectTrueDigests, listingTests, stateOf } from "./listing-contract.js";
import { purgeTests } from "./purge-contract.js";

/** Expiries in these tests are compared with this wall time. */
const NOW_MS = 1_700_000_000_000;
const RUNS = 60;
/** What a page may hold at most: one is held in memory, and sent. */
const PAGE_BYTES_MAX = 16 * 1_048_576;

export interface RecordStoreUnderTest {
  readonly store: RecordStore;
  readonly close?: () => Promise<void>;
  /** Goes around the store: puts other bytes in the place of a record, or nothing for null. */
  readonly damage: (key: Key, bytes: Buffer | null) => Promise<unknown>;
}

/** Where a store is known to fall short of the contract. Only for what nobody trusts with data. */
export interface KnownShortcomings {
  /** Records that are released while a partition is paged through hide others from later pages. */
  readonly releasesShiftPages?: boolean;
}

/** `open` gives a store that holds nothing; it is called once per test. */
export function describeRecordStore(
  name: string,
  open: () => Promise<RecordStoreUnderTest>,
  shortcomings: KnownShortcomings = {},
): void {
  describe(`RecordStore contract: ${name}`, () => {
    let subject: RecordStoreUnderTest;
    const current = () => subject.store;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject.close?.();
    });

    versionTests(current);
    batchTests(current);
    hostileTests(current);
    hadValueTests(current);
    pageTests(current, shortcomings);
    listingTests(current, NOW_MS);
    keyListingTests(() => subject);
    damageTests(() => subject);
    releaseTests(current);
    purgeTests(current, NOW_MS);
    propertyTests(current);
  });
}

function versionTests(store: () => RecordStore): void {
  it("reads null for a key that was never written", async () => {
    expect(await store().read(["absent" as Key])).toEqual([null]);
  });

  it("answers nothing to nothing", async () => {
    expect(await store().apply([], NOW_MS)).toEqual([]);
    expect(await store().read([])).toEqual([]);
    expect(await store().release([])).toBe(0);
    expect(await store().partitions()).toEqual(new Map());
  });

  it.each([
    { first: 1, next: 2, outcome: "stored", kept: 2, why: "a greater version replaces" },
    { first: 2, next: 1, outcome: "stale", kept: 2, why: "a smaller version loses" },
    { first: 1, next: 1, outcome: "repeated", kept: 1, why: "the same version is idempotent" },
    {
      first: 9,
      next: 10,
      outcome: "stored",
      kept: 10,
      why: "versions are compared as hex, not as decimals",
    },
    { first: 15, next: 16, outcome: "stored", kept: 16, why: "f comes before 10" },
  ])("$why: $first, then $next", async ({ first, next, outcome, kept }) => {
    await store().apply([record("k", first, `value ${first}`)], NOW_MS);
    const [answer] = await store().apply([record("k", next, `value ${next}`)], NOW_MS);
    expect(answer).toMatchObject({ outcome });
    const held = answer?.outcome === "stale" ? answer.held : versionOf(kept);
    expect(held).toBe(versionOf(kept));
    expect(await store().read(["k" as Key])).toEqual([record("k", kept, `value ${kept}`)]);
  });

  it("keeps a tombstone, so that an older write cannot resurrect the key", async () => {
    await store().apply([record("k", 2, null)], NOW_MS);
    expect(await store().apply([record("k", 1, "old")], NOW_MS)).toEqual([
      { outcome: "stale", held: versionOf(2) },
    ]);
    expect(await store().read(["k" as Key])).toEqual([record("k", 2, null)]);
  });
}

function batchTests(store: () => RecordStore): void {
  it("takes the records of one call in their order", async () => {
    const versions = [1, 3, 2, 3, 4];
    const answers = await store().apply(
      versions.map((version) => record("k", version, version === 4 ? null : "v")),
      NOW_MS,
    );
    expect(answers).toEqual([
      { outcome: "stored", hadValue: false },
      { outcome: "stored", hadValue: true },
      { outcome: "stale", held: versionOf(3) },
      { outcome: "repeated" },
      { outcome: "stored", hadValue: true },
    ]);
    expect(await store().read(["k" as Key])).toEqual([record("k", 4, null)]);
    await expectTrueDigests(store());
  });

  it("lets exactly one of many concurrent writers be the last", async () => {
    const versions = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(
      versions.toReversed().map((n) => store().apply([record("k", n, `${n}`)], NOW_MS)),
    );
    expect(await store().read(["k" as Key])).toEqual([record("k", 50, "50")]);
  });

  it("answers concurrent calls each with its own results", async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `key ${index}` as Key);
    await store().apply([record("key 7", 9, "newer")], NOW_MS);
    const answers = await Promise.all(
      keys.map((key) => store().apply([record(key, 1, key)], NOW_MS)),
    );
    answers.forEach((answer, index) => {
      const stale = { outcome: "stale", held: versionOf(9) };
      expect(answer).toEqual([index === 7 ? stale : { outcome: "stored", hadValue: false }]);
    });
    const held = await Promise.all(keys.map((key) => store().read([key, "absent" as Key])));
    held.forEach(([found, absent], index) => {
      expect(found).toMatchObject({ key: keys[index] });
      expect(absent).toBeNull();
    });
  });
}

function hostileTests(store: () => RecordStore): void {
  it.each(HOSTILE_KEYS)("keeps keys apart and intact: %j", async (key) => {
    const written = [record(key, 1, `value of ${key}`), record(`${key}x`, 1, "neighbour")];
    await store().apply(written, NOW_MS);
    expect(await store().read([`${key}x` as Key, key as Key])).toEqual(written.toReversed());
    expect((await everyRecord(store())).map((held) => held.key).toSorted()).toEqual(
      [key, `${key}x`].toSorted(),
    );
    await expectTrueDigests(store());
  });

  it("keeps all hostile keys in one call", async () => {
    const written = HOSTILE_KEYS.map((key, index) => record(key, 1, `${index}`));
    await store().apply(written, NOW_MS);
    expect(await store().read(HOSTILE_KEYS as Key[])).toEqual(written);
  });

  it.each(HOSTILE_VALUES)("keeps the bytes of $what", async ({ value }) => {
    const written = record("k", 1, value, { contentType: "application/x; a=\u00ff" });
    await store().apply([written], NOW_MS);
    const [held] = await store().read(["k" as Key]);
    expect((held as PackedRecord).bytes.equals(written.bytes)).toBe(true);
  });

  it("reads many large values at once", async () => {
    const keys = Array.from({ length: 12 }, (_, index) => `large ${index}` as Key);
    const written = keys.map((key, index) => record(key, 1, Buffer.alloc(1_048_576, index)));
    await Promise.all(written.map((one) => store().apply([one], NOW_MS)));
    const held = await store().read([...keys, "absent" as Key]);
    const firstBytes = held.map((one) => {
      return one === null ? null : unpackRecord(one as PackedRecord).value?.[0];
    });
    expect(firstBytes).toEqual([...keys.keys(), null]);
  });
}

function hadValueTests(store: () => RecordStore): void {
  it.each([
    { held: "nothing", expiresAtMs: null, hadValue: false, why: "there was no record" },
    { held: "value", expiresAtMs: null, hadValue: true, why: "it never expires" },
    { held: "value", expiresAtMs: NOW_MS + 1, hadValue: true, why: "it has not expired yet" },
    { held: "value", expiresAtMs: NOW_MS, hadValue: false, why: "it has just expired" },
    { held: "value", expiresAtMs: 1, hadValue: false, why: "it expired long ago" },
    {
      held: "value",
      expiresAtMs: 2 ** 48 - 1,
      hadValue: true,
      why: "it uses all six bytes of the expiry",
    },
    { held: "empty", expiresAtMs: null, hadValue: true, why: "an empty value is a value" },
    { held: "deleted", expiresAtMs: null, hadValue: false, why: "a tombstone is no value" },
  ])("$why: $hadValue", async ({ held, expiresAtMs, hadValue }) => {
    const before = new Map([
      ["value", "v"],
      ["empty", ""],
      ["deleted", null],
    ]).get(held);
    if (before !== undefined) {
      await store().apply([record("k", 1, before, { expiresAtMs })], NOW_MS);
    }
    const replacements = [record("k", 2, null), record("other", 1, "v")];
    expect(await store().apply(replacements, NOW_MS)).toEqual([
      { outcome: "stored", hadValue },
      { outcome: "stored", hadValue: false },
    ]);
  });

  it("judges an expiry by the time of each call", async () => {
    const keys = ["a", "b"];
    await store().apply(
      keys.map((key) => record(key, 1, "v", { expiresAtMs: NOW_MS })),
      NOW_MS,
    );
    const answers = await Promise.all([
      store().apply([record("a", 2, "v")], NOW_MS - 1),
      store().apply([record("b", 2, "v")], NOW_MS + 1),
    ]);
    expect(answers.flat().map((answer) => "hadValue" in answer && answer.hadValue)).toEqual([
      true,
      false,
    ]);
  });
}

function pageTests(store: () => RecordStore, { releasesShiftPages }: KnownShortcomings): void {
  it("has no page of a partition that holds nothing", async () => {
    expect(await store().page(5 as Partition, null)).toEqual({
      records: [],
      damaged: [],
      cursor: null,
    });
  });

  it("pages through a large partition, whatever is written and released meanwhile", async () => {
    const [partition, keys] = keysOfOnePartition(200);
    const value = Buffer.alloc(10_000);
    const written = keys.map((key, index) => record(key, 1, index % 5 === 0 ? null : value));
    await store().apply(written, NOW_MS);
    const released = releasesShiftPages ? [] : written.slice(0, 60);
    const gone = new Set(released.map(({ key }) => key));
    const seen = new Map<Key, string>();
    let [cursor, pages]: [string | null, number] = [null, 0];
    do {
      const page = await store().page(partition, cursor);
      for (const { key, version } of page.records) seen.set(key, version);
      if (pages++ === 0) {
        await store().release(released);
        await store().apply([record(written[100]?.key ?? "", 2, "changed")], NOW_MS);
      }
      cursor = page.cursor;
    } while (cursor !== null);
    expect(pages).toBeGreaterThan(1);
    expect(keys.filter((key) => !gone.has(key) && !seen.has(key))).toEqual([]);
    expect([...seen.keys()].filter((key) => partitionOf(key) !== partition)).toEqual([]);
  });

  it("keeps pages of large values bounded", async () => {
    const [partition, keys] = keysOfOnePartition(24);
    for (const key of keys) {
      await store().apply([record(key, 1, Buffer.alloc(1_048_576))], NOW_MS);
    }
    let [cursor, records]: [string | null, number] = [null, 0];
    do {
      const page = await store().page(partition, cursor);
      const bytes = page.records.reduce((sum, one) => sum + one.bytes.length, 0);
      expect(bytes).toBeLessThan(PAGE_BYTES_MAX);
      records += page.records.length;
      cursor = page.cursor;
    } while (cursor !== null);
    expect(records).toBeGreaterThanOrEqual(24);
  });

  it("tells which partitions hold records, with true digests", async () => {
    const written = Array.from({ length: 300 }, (_, index) => record(`key ${index}`, index, "v"));
    await store().apply(written, NOW_MS);
    const digests = await store().partitions();
    for (const partition of allPartitions()) {
      expect(await store().digest(partition)).toEqual(digests.get(partition) ?? null);
    }
    const expected = new Set(written.map(({ key }) => partitionOf(key)));
    expect(new Set((await store().partitions()).keys())).toEqual(expected);
    await expectTrueDigests(store());
  });
}

function releaseTests(store: () => RecordStore): void {
  it.each([
    { held: 1, released: 1, gone: true, why: "the version is the one given" },
    { held: 2, released: 1, gone: false, why: "the record has changed since" },
    { held: 1, released: 2, gone: false, why: "another version is meant" },
  ])("forgets a record only if $why", async ({ held, released, gone }) => {
    await store().apply([record("k", held, "v")], NOW_MS);
    const one = { key: "k" as Key, version: versionOf(released) };
    expect(await store().release([one])).toBe(gone ? 1 : 0);
    expect(await store().read(["k" as Key])).toEqual([gone ? null : record("k", held, "v")]);
    await expectTrueDigests(store());
  });

  it("forgets tombstones too, and counts a record once", async () => {
    const held = record("k", 1, null);
    await store().apply([held], NOW_MS);
    expect(await store().release([held, held, record("absent", 1, "v")])).toBe(1);
    expect(await store().partitions()).toEqual(new Map());
  });

  it("takes a record that was released as new", async () => {
    await store().apply([record("k", 2, "v")], NOW_MS);
    await store().release([record("k", 2, "v")]);
    expect(await store().apply([record("k", 1, "v")], NOW_MS)).toEqual([
      { outcome: "stored", hadValue: false },
    ]);
  });

  it("releases a thousand records in one call", async () => {
    const written = Array.from({ length: 1_000 }, (_, index) => record(`key ${index}`, 1, "v"));
    await store().apply(written, NOW_MS);
    expect(await store().release(written)).toBe(1_000);
    expect(await store().partitions()).toEqual(new Map());
  });
}

const KEYS = ["a", "b", "__proto__", "p:17", "naïve 🔑"];

const anyRecord = fc
  .tuple(fc.constantFrom(...KEYS), fc.integer({ min: 1, max: 6 }))
  // What a version holds is a function of it: two different writes never share one.
  .map(([key, version]) => record(key, version, version % 3 === 0 ? null : `v${version}`));

function propertyTests(store: () => RecordStore): void {
  it("ends in the same state whatever the order, the repetition and the grouping", async () => {
    const run = fc
      .array(anyRecord, { maxLength: 20 })
      .chain((records) =>
        fc.tuple(
          fc.constant(records),
          fc.shuffledSubarray(records, { minLength: records.length }),
          fc.subarray(records),
        ),
      );
    await fc.assert(
      fc.asyncProperty(run, async ([records, shuffled, again]) => {
        await store().apply(records, NOW_MS);
        const expected = await stateOf(store());
        await store().release(await everyRecord(store()));
        expect(await store().partitions()).toEqual(new Map());
        await Promise.all([...shuffled, ...again].map((one) => store().apply([one], NOW_MS)));
        expect(await stateOf(store())).toEqual(expected);
        await store().release(await everyRecord(store()));
      }),
      { numRuns: RUNS },
    );
  });

  it("keeps digests true through any history of applies and releases", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ apply: fc.array(anyRecord, { maxLength: 6 }) }) },
      { weight: 1, arbitrary: fc.record({ release: fc.array(anyRecord, { maxLength: 6 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const one of steps) {
          if ("apply" in one) await store().apply(one.apply, NOW_MS);
          else await store().release(one.release);
        }
        await expectTrueDigests(store());
        await store().release(await everyRecord(store()));
      }),
      { numRuns: RUNS },
    );
  });
}
