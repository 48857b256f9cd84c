/** The part of the `RecordStore` contract that lists keys in their order. */

import { expect, it } from "@jest/globals";
import type { Key, ListedKey, PackedRecord } from "@ringkv/core";
import type { RecordStore } from "@ringkv/engine";
import { HOSTILE_KEYS, record, versionOf } from "./hostile-data.js";

export interface KeyListingStore {
  readonly store: RecordStore;
  readonly damage: (key: Key, bytes: Buffer | null) => Promise<unknown>;
}

const NOW_MS = 1_700_000_000_000;

/** What a range of a sorted set may take for something else, and the edges of UTF-8. */
const KEYS: readonly string[] = [
  ...HOSTILE_KEYS,
  "[",
  "[a",
  "(",
  "(a",
  "+",
  "+a",
  "-a",
  "a",
  "aa",
  "a:",
  "\u007f",
  "\u0080",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "a\uffff",
  "🔑",
  "🔑a",
  "\u{10ffff}",
  "\u{10ffff}\u{10ffff}",
];

function inOrder(keys: readonly string[]): string[] {
  return keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Part of `describeRecordStore`. */
export function keyListingTests(subject: () => KeyListingStore): void {
  orderTests(subject);
  pageTests(subject);
  damageTests(subject);
}

const whole = { prefix: "", after: null, limit: 1_024, nowMs: NOW_MS };

async function listAll(
  store: RecordStore,
  { prefix, limit }: { readonly prefix: string; readonly limit: number },
): Promise<ListedKey[]> {
  const listed: ListedKey[] = [];
  let after: Key | null = null;
  do {
    const page = await store.list({ prefix, after, limit, nowMs: NOW_MS });
    expect(page.keys.length).toBeLessThanOrEqual(limit);
    listed.push(...page.keys);
    after = page.upTo;
  } while (after !== null);
  return listed;
}

function orderTests(subject: () => KeyListingStore): void {
  it("lists no keys where there are none", async () => {
    expect(await subject().store.list(whole)).toEqual({ keys: [], upTo: null });
  });

  it("lists keys with a value in the order of their bytes, for any prefix", async () => {
    const { store } = subject();
    await store.apply(
      KEYS.map((key) => record(key, 7, "v")),
      NOW_MS,
    );
    const firsts = KEYS.map((key) => String.fromCodePoint(key.codePointAt(0) ?? 0));
    for (const prefix of new Set(["", "absent", "\u{10fffe}", ...firsts, ...KEYS])) {
      const expected = inOrder(KEYS.filter((key) => key.startsWith(prefix)));
      const { keys } = await store.list({ ...whole, prefix });
      expect([prefix, keys.map(({ key }) => key)]).toEqual([prefix, expected]);
    }
  });

  it("tells the version and size of the newest record, and no keys without a value", async () => {
    const { store } = subject();
    const expiring = (key: string, ms: number) => record(key, 1, "v", { expiresAtMs: NOW_MS + ms });
    const written = [
      [record("deleted", 1, "v"), record("replaced", 1, "v"), record("back", 1, null)],
      [record("deleted", 2, null), record("replaced", 2, "longer"), record("back", 2, "v")],
      [expiring("expired", 0), expiring("expires", 1)],
    ];
    for (const batch of written) await store.apply(batch, NOW_MS);
    const listedAs = ({ key, version, bytes }: PackedRecord) => {
      return { key, version, bytes: bytes.length };
    };
    const { keys } = await store.list(whole);
    expect(keys).toEqual(
      [record("back", 2, "v"), expiring("expires", 1), record("replaced", 2, "longer")].map(
        listedAs,
      ),
    );
  });
}

function pageTests(subject: () => KeyListingStore): void {
  it.each([1, 2, 3, 7, KEYS.length - 1, KEYS.length])(
    "lists each key once in pages of %i, deleted and expired ones between them or not",
    async (limit) => {
      const { store } = subject();
      const absent = KEYS.flatMap((key) => [
        record(`${key} deleted`, 1, "v"),
        record(`${key} expired`, 1, "v", { expiresAtMs: NOW_MS }),
      ]);
      const short = absent.filter(({ key }) => Buffer.byteLength(key) <= 1_024);
      await store.apply([...KEYS.map((key) => record(key, 7, "v")), ...short], NOW_MS);
      const deleted = short.filter(({ key }) => key.endsWith(" deleted"));
      await store.apply(
        deleted.map(({ key }) => record(key, 2, null)),
        NOW_MS,
      );
      const listed = await listAll(store, { prefix: "", limit });
      expect(listed.map(({ key }) => key)).toEqual(inOrder(KEYS));
      expect(new Set(listed.map(({ version }) => version))).toEqual(new Set([versionOf(7)]));
    },
  );

  it("goes on after a key that is gone, and begins at the prefix at the earliest", async () => {
    const { store } = subject();
    await store.apply(
      ["a", "b1", "b3", "c"].map((key) => record(key, 1, "v")),
      NOW_MS,
    );
    const after = async (key: string) => {
      const page = await store.list({ ...whole, prefix: "b", after: key as Key });
      return page.keys.map((listed) => listed.key);
    };
    expect(await after("b2")).toEqual(["b3"]);
    expect(await after("a")).toEqual(["b1", "b3"]);
    expect(await after("b3")).toEqual([]);
    expect(await after("c")).toEqual([]);
  });

  it("bounds a page by the sizes of its records too, and comes to the end", async () => {
    const { store } = subject();
    const keys = Array.from(
      { length: 24 },
      (_, index) => `large ${String(index).padStart(2, "0")}`,
    );
    for (const key of keys) await store.apply([record(key, 1, Buffer.alloc(1_048_576))], NOW_MS);
    const listed = await listAll(store, { prefix: "large", limit: 1_000 });
    expect(listed.map(({ key }) => key)).toEqual(keys);
    expect(listed.every(({ bytes }) => bytes > 1_048_576)).toBe(true);
  });
}

function damageTests(subject: () => KeyListingStore): void {
  it.each([
    { what: "nothing at all", bytes: null },
    { what: "an empty string", bytes: Buffer.alloc(0) },
    { what: "a word", bytes: Buffer.from("garbage") },
    { what: "a long text", bytes: Buffer.alloc(300, "z") },
    { what: "a tombstone that nobody wrote", bytes: record("b", 2, null).bytes },
  ])("never tells a version of $what, and lists what stands around it", async ({ bytes }) => {
    const { store, damage } = subject();
    const sound = [record("a", 1, "v"), record("c", 1, "v")];
    await store.apply([...sound, record("b", 1, "v")], NOW_MS);
    await damage("b" as Key, bytes);
    for (const limit of [1, 2, 1_000]) {
      const listed = await listAll(store, { prefix: "", limit });
      const others = listed.filter(({ key }) => key !== "b");
      expect(others.map(({ key, version }) => [key, version])).toEqual(
        sound.map(({ key, version }) => [key, version]),
      );
      const odd = listed.filter(({ key }) => key === "b");
      expect(odd.filter(({ version }) => version !== null)).toEqual([]);
    }
  });
}
