/** What every `MetaStore` must do. An adapter's test calls it with a way to open an empty store. */

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { NodeId } from "@ringkv/core";
import { ForeignStore, type Identity, type MetaStore } from "@ringkv/engine";
import fc from "fast-check";

const NODE_1: Identity = { clusterId: "ringkv", node: "node1" as NodeId };

export interface MetaStoreUnderTest {
  readonly store: MetaStore;
  readonly close?: () => Promise<void>;
}

/** `open` gives a store that belongs to nobody; it is called once per test. */
export function describeMetaStore(name: string, open: () => Promise<MetaStoreUnderTest>): void {
  describe(`MetaStore contract: ${name}`, () => {
    let subject: MetaStoreUnderTest;
    const current = () => subject.store;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject.close?.();
    });

    claimTests(current);
    clockTests(current);

    it("takes the states of members, again and again", async () => {
      const states = new Map([
        ["node1" as NodeId, "up" as const],
        ["node:2 🔑" as NodeId, "down" as const],
      ]);
      await current().recordMembers(states);
      await current().recordMembers(states);
      await current().recordMembers(new Map());
    });

    it("says what it knows of its durability", async () => {
      expect(["always", "everysec", "none"]).toContain(await current().probe());
    });
  });
}

function claimTests(store: () => MetaStore): void {
  it("counts the starts", async () => {
    const incarnations: number[] = [];
    for (let start = 0; start < 12; start++) {
      incarnations.push((await store().claim(NODE_1)).incarnation);
    }
    expect(incarnations).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("gives each of many concurrent starts a number of its own", async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, () => store().claim(NODE_1)));
    expect(new Set(claims.map(({ incarnation }) => incarnation)).size).toBe(20);
  });

  it.each([
    { clusterId: "other", node: "node1", why: "another cluster's" },
    { clusterId: "ringkv", node: "node2", why: "another node's" },
    { clusterId: "ringkv ", node: "node1", why: "the name differs by a space" },
    { clusterId: "RINGKV", node: "node1", why: "the name differs in case" },
  ])("refuses a store that is $why, and changes nothing", async ({ clusterId, node }) => {
    await store().claim(NODE_1);
    await store().reserveClock(77);
    await expect(store().claim({ clusterId, node: node as NodeId })).rejects.toThrow(ForeignStore);
    expect(await store().claim(NODE_1)).toEqual({ incarnation: 2, reservedUntilMs: 77 });
  });
}

function clockTests(store: () => MetaStore): void {
  it("has reserved nothing for the clock at first", async () => {
    expect((await store().claim(NODE_1)).reservedUntilMs).toBe(0);
  });

  it.each([
    { marks: [5, 3], expected: 5, why: "the mark is never lowered" },
    { marks: [9, 10], expected: 10, why: "marks are numbers, not texts" },
    {
      marks: [1_700_000_000_000, 1_700_000_000_001],
      expected: 1_700_000_000_001,
      why: "no digit is lost",
    },
    { marks: [2 ** 48 - 1], expected: 2 ** 48 - 1, why: "the last version there is" },
  ])("$why: reserving $marks", async ({ marks, expected }) => {
    for (const mark of marks) await store().reserveClock(mark);
    expect((await store().claim(NODE_1)).reservedUntilMs).toBe(expected);
  });

  it("keeps the highest of any concurrent marks", async () => {
    let highest = 0;
    const marks = fc.array(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(marks, async (untilMs) => {
        highest = Math.max(highest, ...untilMs);
        await Promise.all(untilMs.map((mark) => store().reserveClock(mark)));
        expect((await store().claim(NODE_1)).reservedUntilMs).toBe(highest);
      }),
      { numRuns: 30 },
    );
  });
}
