/**
 * What every `Outbox` must do, together with the `RecordStore` that fills it. An adapter's test
 * calls it with a way to open both, empty.
 */

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Key, Note, PackedRecord, Version } from "@ringkv/core";
import type { Outbox, RecordStore } from "@ringkv/engine";
import fc from "fast-check";
import { HOSTILE_KEYS, record, versionOf } from "./hostile-data.js";

const RUNS = 30;
const NOW_MS = 1_700_000_000_000;
const MAX = 1_000;

export interface OutboxUnderTest {
  readonly records: Pick<RecordStore, "apply">;
  readonly outbox: Outbox;
  readonly close?: () => Promise<void>;
}

/** `open` gives an outbox that is empty and keeps so many notices. */
export function describeOutbox(
  name: string,
  open: (outboxMax: number) => Promise<OutboxUnderTest>,
): void {
  describe(`Outbox contract: ${name}`, () => {
    let subject: OutboxUnderTest;
    beforeEach(async () => {
      subject = await open(MAX);
    });
    afterEach(async () => {
      await subject.close?.();
    });

    addingTests(() => subject);
    readingTests(() => subject);
    boundTests(open);
  });
}

function noted(one: PackedRecord, note: Note = "key"): PackedRecord {
  return { ...one, note };
}

async function told({ outbox }: OutboxUnderTest): Promise<string[]> {
  const notices = await outbox.page(null, MAX);
  return notices.map(({ key, kind, value }) => {
    return `${key} ${kind}${value === null ? "" : ` ${value.bytes.toString()}`}`;
  });
}

const HISTORIES = [
  { history: [record("k", 1, "v")], expected: [], why: "nobody asked to be told" },
  { history: [noted(record("k", 1, "v"))], expected: ["k created"], why: "it was new" },
  { history: [noted(record("k", 1, null))], expected: ["k deleted"], why: "it is gone" },
  {
    history: [record("k", 1, "u"), noted(record("k", 2, "v"))],
    expected: ["k replaced"],
    why: "there was a value",
  },
  {
    history: [record("k", 1, null), noted(record("k", 2, "v"))],
    expected: ["k created"],
    why: "it had been deleted",
  },
  {
    history: [record("k", 1, "u", { expiresAtMs: 9 }), noted(record("k", 8, "v"))],
    expected: ["k replaced"],
    why: "it had not expired when this was stamped",
  },
  {
    history: [record("k", 1, "u", { expiresAtMs: 9 }), noted(record("k", 9, "v"))],
    expected: ["k created"],
    why: "it had expired",
  },
  {
    history: [noted(record("k", 2, "v")), noted(record("k", 1, "u"))],
    expected: ["k created"],
    why: "what is older than what is held is not stored",
  },
  {
    history: [noted(record("k", 1, "v")), noted(record("k", 1, "v"))],
    expected: ["k created"],
    why: "a repetition is no second write",
  },
  {
    history: [record("k", 1, "v"), noted(record("k", 1, "v"))],
    expected: ["k written"],
    why: "a copy came first by a way that notes nothing",
  },
  {
    history: [noted(record("k", 1, "v"), "value")],
    expected: ["k created v"],
    why: "the value is to be told too",
  },
  {
    history: [noted(record("k", 1, null), "value")],
    expected: ["k deleted"],
    why: "a deletion has none",
  },
  {
    history: [noted(record("k", 1, "x".repeat(9_000)), "value")],
    expected: ["k created"],
    why: "it is too long to be told",
  },
];

function addingTests(current: () => OutboxUnderTest): void {
  it.each(HISTORIES)("keeps $expected: $why", async ({ history, expected }) => {
    for (const one of history) await current().records.apply([one], NOW_MS);
    expect(await told(current())).toEqual(expected);
  });

  it("keeps what is noted of a batch, and of nothing else in it", async () => {
    const batch = [record("a", 1, "v"), noted(record("b", 2, "v")), record("c", 3, "v")];
    await current().records.apply([...batch, noted(record("d", 4, "v"), "value")], NOW_MS);
    expect(await told(current())).toEqual(["b created", "d created v"]);
  });

  it("keeps hostile keys as they are", async () => {
    const keys = HOSTILE_KEYS;
    const batch = keys.map((key, index) => noted(record(key, index + 1, "v"), "value"));
    await current().records.apply(batch, NOW_MS);
    expect((await current().outbox.page(null, MAX)).map(({ key }) => key)).toEqual(keys);
  });
}

function readingTests(current: () => OutboxUnderTest): void {
  it("lists in the order of versions, page by page, whatever the order of arrival", async () => {
    for (const ms of [5, 1, 4, 2, 3]) {
      await current().records.apply([noted(record(`k${ms}`, ms, "v"))], NOW_MS);
    }
    const { outbox } = current();
    const first = await outbox.page(null, 2);
    expect(first.map(({ key }) => key)).toEqual(["k1", "k2"]);
    const rest = await outbox.page(first.at(-1)?.version as Version, 9);
    expect(rest.map(({ key }) => key)).toEqual(["k3", "k4", "k5"]);
    expect(await outbox.page(versionOf(5), 9)).toEqual([]);
  });

  it("forgets what it is told to, and nothing else", async () => {
    const every = [1, 2, 3, 4].map((ms) => noted(record(`k${ms}`, ms, "v")));
    await current().records.apply(every, NOW_MS);
    const { outbox } = current();
    await outbox.drop([versionOf(2), versionOf(4), versionOf(9)]);
    await outbox.drop([versionOf(2)]);
    await outbox.drop([]);
    expect((await outbox.page(null, 9)).map(({ key }) => key)).toEqual(["k1", "k3"]);
    expect(await outbox.size()).toEqual({ waiting: 2, dropped: 0 });
  });

  it("holds what was noted and not dropped, whatever came in between", async () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 30 }), isDrop: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { records, outbox } = current();
        const before = await outbox.page(null, MAX);
        await outbox.drop(before.map(({ version }) => version));
        const expected = new Set<string>();
        for (const { ms, isDrop } of steps) {
          const key = `k${ms}` as Key;
          if (isDrop) await outbox.drop([versionOf(ms)]);
          else await records.apply([noted(record(key, ms, "v"))], NOW_MS);
          if (isDrop) expected.delete(key);
          else expected.add(key);
        }
        const held = await outbox.page(null, MAX);
        expect(new Set(held.map(({ key }) => key))).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });
}

function boundTests(open: (outboxMax: number) => Promise<OutboxUnderTest>): void {
  it("drops the oldest beyond its limit, counts them, and stores every record", async () => {
    const small = await open(3);
    const every = [1, 2, 3, 4, 5].map((ms) => noted(record(`k${ms}`, ms, "v")));
    const outcomes = await small.records.apply(every, NOW_MS);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(every.map(() => "stored"));
    await small.records.apply([noted(record("k6", 6, "v"))], NOW_MS);
    expect(await told(small)).toEqual(["k4 created", "k5 created", "k6 created"]);
    expect(await small.outbox.size()).toEqual({ waiting: 3, dropped: 3 });
    await small.close?.();
  });
}
