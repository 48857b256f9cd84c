/**
 * The part of the `RecordStore` contract about what is not what was stored: bytes that have changed
 * under the store's hands, by a fault or by somebody at its console. None of it is ever given out
 * as a record, nothing of it stops the store, and it is mended only as it was found.
 */

import { expect, it } from "@jest/globals";
import { allPartitions, digestOf, type Key, type PackedRecord, partitionOf } from "@ringkv/core";
import type { DamagedRecord, RecordStore } from "@ringkv/engine";
import { keysOfOnePartition, record, versionOf } from "./hostile-data.js";

export interface DamageableStore {
  readonly store: RecordStore;
  readonly damage: (key: Key, bytes: Buffer | null) => Promise<unknown>;
}

const KEY = "key 0" as Key;
const PARTITION = partitionOf(KEY);
const NOW_MS = 1_700_000_000_000;
const STORED = record(KEY, 5, "value");
const NEWER = record(KEY, 6, "newer");

function changedAt(at: number, byte: number): Buffer {
  const bytes = Buffer.from(STORED.bytes);
  bytes[at < 0 ? bytes.length + at : at] = byte;
  return bytes;
}

const WAYS: readonly { readonly what: string; readonly bytes: Buffer }[] = [
  { what: "an empty string", bytes: Buffer.alloc(0) },
  { what: "a word", bytes: Buffer.from("garbage") },
  { what: "a long text that sorts behind every version", bytes: Buffer.alloc(300, "z") },
  { what: "zero bytes", bytes: Buffer.alloc(300) },
  { what: "a record without its last byte", bytes: STORED.bytes.subarray(0, -1) },
  { what: "a record with a byte too many", bytes: Buffer.concat([STORED.bytes, Buffer.alloc(1)]) },
  { what: "half a record", bytes: STORED.bytes.subarray(0, 24) },
  { what: "a record of 39 bytes", bytes: STORED.bytes.subarray(0, 39) },
  { what: "a changed value", bytes: changedAt(-5, 0x21) },
  { what: "a changed lane of the digest", bytes: changedAt(21, 0x21) },
  { what: "changed flags", bytes: changedAt(28, 3) },
  { what: "a content type that is too long", bytes: changedAt(35, 255) },
  { what: "an older version", bytes: changedAt(11, 0x30) },
  { what: "no version", bytes: changedAt(3, 0x47) },
  { what: "another key's record", bytes: record("key 1", 5, "value").bytes },
];

/** Part of `describeRecordStore`. */
export function damageTests(subject: () => DamageableStore): void {
  meetingTests(subject);
  mendingTests(subject);
  absenceTests(subject);
}

const read = async (store: RecordStore) => (await store.read([KEY]))[0];

function meetingTests(subject: () => DamageableStore): void {
  const store = () => subject().store;

  it.each(WAYS)("takes $what for damage, wherever it looks", async ({ bytes }) => {
    const [, [, other = KEY]] = keysOfOnePartition(2);
    const sound = record(other, 1, "sound");
    await store().apply([STORED, sound], NOW_MS);
    await subject().damage(KEY, bytes);
    expect(await store().read([KEY, other, "absent" as Key])).toEqual(["damaged", sound, null]);
    expect(await read(store())).toBe("damaged");
    const page = await store().page(PARTITION, null);
    expect(page.records).toEqual([sound]);
    expect(page.damaged).toEqual([{ key: KEY, field: Buffer.from(KEY), bytes }]);
    const { records } = await store().versions(PARTITION, null);
    expect(records).toContainEqual({ ...sound, bytes: sound.bytes.length });
    await store().rebuildDigest(PARTITION);
    expect((await store().partitions()).get(PARTITION)?.records).toBe(2);
  });

  it.each(WAYS)(
    "stores a newer record over $what, and the rest of its batch",
    async ({ bytes }) => {
      await store().apply([STORED], NOW_MS);
      await subject().damage(KEY, bytes);
      const batch = [record("before", 1, "v"), NEWER, record("after", 1, "v")];
      const outcomes = await store().apply(batch, NOW_MS);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(["stored", "stored", "stored"]);
      expect(await store().read(batch.map(({ key }) => key))).toEqual(batch);
      await store().rebuildDigest(PARTITION);
      expect((await store().partitions()).get(PARTITION)).toEqual(digestOf([NEWER]));
    },
  );
}

function mendingTests(subject: () => DamageableStore): void {
  const store = () => subject().store;
  const found = async () => (await store().page(PARTITION, null)).damaged;

  it.each(WAYS)("puts a copy in the place of $what, or nothing", async ({ bytes }) => {
    for (const copy of [STORED, null]) {
      await store().apply([STORED], NOW_MS);
      await subject().damage(KEY, bytes);
      const [damaged, ...others] = await found();
      expect(others).toEqual([]);
      expect(await store().mend(PARTITION, damaged as DamagedRecord, copy)).toBe(true);
      expect(await read(store())).toEqual(copy);
      await store().rebuildDigest(PARTITION);
      const expected = copy === null ? undefined : digestOf([copy]);
      expect((await store().partitions()).get(PARTITION)).toEqual(expected);
    }
  });

  it.each([
    { meanwhile: "a newer record", held: NEWER.bytes, copy: STORED, left: NEWER },
    { meanwhile: "other damage", held: Buffer.from("worse"), copy: null, left: "damaged" },
    { meanwhile: "nothing", held: null, copy: STORED, left: null },
  ])("leaves $meanwhile alone that came meanwhile", async ({ held, copy, left }) => {
    await store().apply([STORED], NOW_MS);
    await subject().damage(KEY, changedAt(-5, 0x21));
    const [damaged] = await found();
    await subject().damage(KEY, held);
    expect(await store().mend(PARTITION, damaged as DamagedRecord, copy)).toBe(false);
    expect(await read(store())).toEqual(left);
  });

  it.each([
    { digests: "that lack a record", before: [] as PackedRecord[], lost: false },
    { digests: "that have a record too many", before: [STORED], lost: true },
  ])("rebuilds digests $digests", async ({ before, lost }) => {
    await store().apply(before, NOW_MS);
    await subject().damage(KEY, lost ? null : STORED.bytes);
    expect(await store().rebuildDigest(PARTITION)).toBe(true);
    const expected = lost ? undefined : digestOf([STORED]);
    expect((await store().partitions()).get(PARTITION)).toEqual(expected);
    expect(await store().rebuildDigest(PARTITION)).toBe(false);
  });

  it.each(WAYS)("releases nothing in the place of which there is $what", async ({ bytes }) => {
    await store().apply([STORED], NOW_MS);
    await subject().damage(KEY, bytes);
    await store().release([{ key: KEY, version: versionOf(4) }]);
    expect(await read(store())).toBe("damaged");
  });
}

/** What stands for absence, by its key and since when. */
async function absent(store: RecordStore): Promise<string[]> {
  const partitions = new Set(allPartitions());
  const { records } = await store.purgeable({ partitions, cutoffMs: NOW_MS, skip: 0 });
  return records.map(({ key, absentFromMs }) => `${key} ${absentFromMs}`);
}

function absenceTests(subject: () => DamageableStore): void {
  const store = () => subject().store;
  const deleted = record(KEY, 5, null);
  const expired = record(KEY, 5, "value", { expiresAtMs: 7 });

  it.each(WAYS)("goes on listing and purging beside $what", async ({ bytes }) => {
    const other = record("other", 4, null);
    for (const before of [deleted, expired, STORED]) {
      await store().apply([before, other], NOW_MS);
      await subject().damage(KEY, bytes);
      expect(await absent(store())).toContain("other 4");
      const answers = await store().purge([before, other], NOW_MS);
      expect([answers.length, answers[1]]).toEqual([2, true]);
      await subject().damage(KEY, null);
    }
  });

  it.each(WAYS)("knows what is absent when $what has been mended", async ({ bytes }) => {
    const copies = [
      { copy: deleted, expected: [`${KEY} 5`] },
      { copy: expired, expected: [`${KEY} 7`] },
      { copy: STORED, expected: [] },
      { copy: null, expected: [] },
    ];
    for (const before of [deleted, expired, STORED]) {
      for (const { copy, expected } of copies) {
        await store().apply([before], NOW_MS);
        await subject().damage(KEY, bytes);
        const [damaged] = (await store().page(PARTITION, null)).damaged;
        expect(await store().mend(PARTITION, damaged as DamagedRecord, copy)).toBe(true);
        expect(await absent(store())).toEqual(expected);
        await subject().damage(KEY, null);
      }
    }
  });

  it.each(WAYS)("knows what is absent when $what is overwritten", async ({ bytes }) => {
    for (const before of [deleted, expired, STORED]) {
      for (const [newer, expected] of [
        [NEWER, []],
        [record(KEY, 6, null), [`${KEY} 6`]],
        [record(KEY, 6, "v", { expiresAtMs: 9 }), [`${KEY} 9`]],
      ] as const) {
        await store().apply([before], NOW_MS);
        await subject().damage(KEY, bytes);
        expect(await store().apply([newer], NOW_MS)).toMatchObject([{ outcome: "stored" }]);
        expect(await absent(store())).toEqual(expected);
        await subject().damage(KEY, null);
      }
    }
  });
}
