/** What every `MetaStore` must do. An adapter's test calls it with a way to open an empty store. */

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Ballot, laterBallot, NO_BALLOT, type NodeId, TERM_MAX } from "@ringkv/core";
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
    voteTests(current);

    it("takes the states of members, again and again", async () => {
      const states = new Map([
        ["node1" as NodeId, "up" as const],
        ["node:2 🔑" as NodeId, "down" as const],
      ]);
      await current().recordMembers(states);
      await current().recordMembers(states);
      await current().recordMembers(new Map());
    });

    it("says what it knows of its durability, and how often it has been claimed", async () => {
      const { durability, incarnation } = await current().probe();
      expect(["always", "everysec", "none"]).toContain(durability);
      expect(incarnation).toBe(0);
      await current().claim(NODE_1);
      await current().claim(NODE_1);
      expect((await current().probe()).incarnation).toBe(2);
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
    const ballot = await store().recordVote({ term: 3, votedFor: NODE_1.node });
    await expect(store().claim({ clusterId, node: node as NodeId })).rejects.toThrow(ForeignStore);
    expect(await store().claim(NODE_1)).toEqual({
      incarnation: 2,
      reservedUntilMs: 77,
      ballot,
    });
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

/** Term and name. */
type Vote = readonly [number, string | null];

const VOTES: readonly { votes: readonly Vote[]; held: Vote; why: string }[] = [
  { votes: [[1, "a"]], held: [1, "a"], why: "a vote is kept" },
  { votes: [[1, null]], held: [1, null], why: "a term without a vote is kept" },
  {
    votes: [
      [4, null],
      [4, "a"],
    ],
    held: [4, "a"],
    why: "a term's first vote counts",
  },
  {
    votes: [
      [4, "a"],
      [4, "b"],
    ],
    held: [4, "a"],
    why: "and no second one",
  },
  {
    votes: [
      [4, "a"],
      [4, null],
    ],
    held: [4, "a"],
    why: "it is not taken back",
  },
  {
    votes: [
      [4, "a"],
      [5, null],
    ],
    held: [5, null],
    why: "in a new term nobody has it",
  },
  {
    votes: [
      [9, "a"],
      [10, "b"],
    ],
    held: [10, "b"],
    why: "terms are numbers, not texts",
  },
  {
    votes: [
      [5, "a"],
      [4, "b"],
    ],
    held: [5, "a"],
    why: "what comes late changes nothing",
  },
  { votes: [[TERM_MAX, "a"]], held: [TERM_MAX, "a"], why: "the last term there is" },
];

function voteTests(store: () => MetaStore): void {
  const vote = (term: number, name: string | null) =>
    store().recordVote({ term, votedFor: name as NodeId | null });

  it("has voted for nobody at first", async () => {
    expect((await store().claim(NODE_1)).ballot).toEqual(NO_BALLOT);
  });

  it.each(VOTES)("remembers over restarts: $why", async ({ votes, held: [term, votedFor] }) => {
    await store().claim(NODE_1);
    let answer: Ballot = NO_BALLOT;
    for (const [votedTerm, name] of votes) answer = await vote(votedTerm, name);
    expect(answer).toEqual({ term, votedFor });
    expect((await store().claim(NODE_1)).ballot).toEqual({ term, votedFor });
  });

  it("gives one vote per term, however many ask for it at once", async () => {
    const ballot = fc.record({
      term: fc.integer({ min: 0, max: 5 }),
      votedFor: fc.constantFrom("a", "b", null) as fc.Arbitrary<NodeId | null>,
    });
    let last = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(ballot, { minLength: 1, maxLength: 8 }), async (ballots) => {
        const raised = ballots.map(({ term, votedFor }) => ({ term: last + term, votedFor }));
        const answers = await Promise.all(raised.map((next) => store().recordVote(next)));
        const held = (await store().claim(NODE_1)).ballot;
        const votes = new Map<number, NodeId>();
        for (const { term, votedFor } of [...answers, held]) {
          if (votedFor === null) continue;
          expect(votes.get(term) ?? votedFor).toBe(votedFor);
          votes.set(term, votedFor);
        }
        for (const answer of answers) expect(laterBallot(held, answer)).toEqual(held);
        last = held.term + 1;
      }),
      { numRuns: 30 },
    );
  });
}
