import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  partitionOf,
  QuorumUnreachable,
  walkOf,
} from "@ringkv/core";
import { HeldPeers, LogBook, record, version } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Debts } from "./debts.js";
import { type ReadCommand, ReadPath } from "./read-path.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const KEY = "user:1" as Key;
const [A, B, C] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId, NodeId];

function openPath(self: NodeId = A, members = ring) {
  const clock = new ManualClock();
  const peers = new HeldPeers();
  const log = new LogBook();
  const states = new Map<NodeId, MemberState>();
  const failures: NodeId[] = [];
  const debts = new Debts(self);
  const path = new ReadPath({
    self,
    ring: members,
    clock,
    peers,
    log,
    stateOf: (node) => states.get(node) ?? "up",
    debtorsTo: (node, partition) => debts.debtorsTo(node, partition),
    onFailure: (node) => void failures.push(node),
    options: { replicaCount: 2, readQuorum: 1, requestTimeoutMs: 2_000, peerTimeoutMs: 400 },
  });
  return { clock, peers, log, states, failures, debts, path };
}

/** Begins a read. Its promise comes in an object, because a bare one would be awaited here. */
async function opened(open: ReturnType<typeof openPath>, change: Partial<ReadCommand> = {}) {
  const ended = open.path.read({ key: KEY, r: null, timeoutMs: null, ...change });
  ended.catch(() => {}); // Looked at later by the test.
  await settle();
  return { ended };
}

const at = (ms: number) => record(KEY, ms);
const tombstone = (ms: number) => record(KEY, ms, { value: null });

describe("a read", () => {
  it("takes a damaged copy for no answer, asks the next node, and accuses nobody", async () => {
    const open = openPath(A);
    const { ended } = await opened(open);
    await open.peers.answer(A, "damaged");
    await open.peers.answer(B, at(5));
    const { record: found, answers } = await ended;
    expect(found?.version).toBe(version(5));
    expect(answers.map(({ answer }) => answer)).toEqual(["damaged", "found"]);
    expect(open.failures).toEqual([]);
    expect(open.peers.asked("transfer")).toBe("");
  });

  it("never takes a damaged copy for an absence", async () => {
    const open = openPath(A);
    const { ended } = await opened(open);
    await open.peers.answer(A, "damaged");
    await open.peers.answer(B, "damaged");
    await open.peers.answer(C, null);
    await expect(ended).rejects.toThrow(QuorumUnreachable);
  });

  it("is answered by this node alone when it is an owner", async () => {
    const open = openPath(B);
    const { ended } = await opened(open);
    await open.clock.advance(3);
    await open.peers.answer(B, at(5));
    const { record: found, ...rest } = await ended;
    expect(found).toMatchObject({
      key: KEY,
      version: version(5),
      value: Buffer.from("user:1 at 5"),
    });
    expect(rest).toEqual({
      key: KEY,
      partition: partitionOf(KEY),
      walk: [A, B, C],
      answers: [{ node: B, answer: "found", version: version(5), afterMs: 3 }],
    });
    expect(open.peers.asked("read")).toBe(B);
  });

  it.each([
    { copies: [at(5), at(7)], found: version(7), why: "the newest wins" },
    { copies: [at(7), at(5)], found: version(7), why: "whoever has it" },
    { copies: [null, at(5)], found: version(5), why: "anything is newer than nothing" },
    { copies: [null, null], found: null, why: "nobody has it" },
    { copies: [at(5), tombstone(7)], found: null, why: "it was deleted after" },
    { copies: [tombstone(5), at(7)], found: version(7), why: "it was written after" },
  ])("of two copies finds $found: $why", async ({ copies: [first, second], found }) => {
    const open = openPath();
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, first);
    await open.peers.answer(B, second);
    expect((await ended).record?.version ?? null).toBe(found);
  });

  it.each([
    { leftMs: 1, isFound: true, why: "a millisecond is left" },
    { leftMs: 0, isFound: false, why: "its time has come" },
  ])("of a record that expires in $leftMs ms finds a value: $isFound", async (row) => {
    const open = openPath();
    const { ended } = await opened(open);
    const expiresAtMs = open.clock.wallMs() + row.leftMs;
    await open.peers.answer(A, record(KEY, 5, { expiresAtMs }));
    expect((await ended).record !== null).toBe(row.isFound);
  });
});

describe("a node that does not answer", () => {
  it("is replaced by the next one, and reported", async () => {
    const open = openPath();
    const { ended } = await opened(open);
    await open.peers.fail(A, "timed-out");
    await open.peers.answer(B, at(5));
    expect((await ended).answers.map(({ node, answer }) => `${node} ${answer}`)).toEqual([
      `${A} failed`,
      `${B} found`,
    ]);
    expect(open.failures).toEqual([A]);
  });

  it("is replaced alone: what was answered is not asked again", async () => {
    const open = openPath();
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, at(5));
    await open.peers.fail(B, "refused");
    expect(open.peers.asked("read")).toBe(`${A} ${B} ${C}`);
    await open.peers.answer(C, at(7));
    expect((await ended).record?.version).toBe(version(7));
  });

  it("costs one more question, not as many as were asked at first", async () => {
    const five = buildRing(["node1", "node2", "node3", "node4", "node5"] as NodeId[]);
    const [first, second, third] = walkOf(five, partitionOf(KEY)) as [NodeId, NodeId, NodeId];
    const open = openPath(first, five);
    await opened(open, { r: 2 });
    await open.peers.answer(first, at(5));
    await open.peers.fail(second, "refused");
    expect(open.peers.asked("read")).toBe(`${first} ${second} ${third}`);
  });

  it("is not asked at all when it is down or recovering", async () => {
    const open = openPath();
    open.states.set(A, "recovering").set(B, "down");
    const { ended } = await opened(open);
    await open.peers.answer(C, at(5));
    expect((await ended).record?.version).toBe(version(5));
    expect(open.peers.asked("read")).toBe(C);
  });

  it("cannot be replaced by a stand-in that has nothing: that is no answer", async () => {
    const open = openPath();
    open.states.set(A, "down");
    const { ended } = await opened(open);
    await open.peers.fail(B, "timed-out");
    await open.peers.answer(C, null);
    await expect(ended).rejects.toThrow(QuorumUnreachable);
  });
});

describe("a read that too few can answer", () => {
  it("is refused without asking when it cannot succeed", async () => {
    const open = openPath();
    open.states.set(A, "down").set(B, "down");
    const { ended } = await opened(open, { r: 2 });
    await expect(ended).rejects.toMatchObject({
      code: "quorum_unreachable",
      outcome: "not-applied",
      needed: 2,
      answered: [],
    });
    expect(open.peers.calls).toEqual([]);
  });

  it("says who answered and who did not", async () => {
    const open = openPath();
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, at(5));
    await open.peers.fail(B, "refused");
    await open.peers.fail(C, "refused");
    await expect(ended).rejects.toMatchObject({ answered: [A], failed: [B, C] });
  });

  it("ends at the deadline: nobody is asked after it or given time beyond it", async () => {
    const open = openPath();
    const { ended } = await opened(open, { timeoutMs: 500 });
    await open.clock.advance(300);
    await open.peers.fail(A, "timed-out");
    expect(open.peers.calls.map(({ budgetMs }) => budgetMs)).toEqual([400, 200]);
    await open.clock.advance(200);
    await open.peers.fail(B, "timed-out");
    await expect(ended).rejects.toThrow(QuorumUnreachable);
    expect(open.peers.asked("read")).toBe(`${A} ${B}`);
  });
});

describe("repair", () => {
  it.each([
    { copies: [at(5), at(7)], repaired: A, why: "the owner that is behind" },
    { copies: [at(7), null], repaired: B, why: "the owner that has nothing" },
    { copies: [at(5), tombstone(7)], repaired: A, why: "a deletion is brought, too" },
    { copies: [at(7), at(7)], repaired: "", why: "nobody is behind" },
    { copies: [null, null], repaired: "", why: "there is nothing to bring" },
  ])("goes to $repaired: $why", async ({ copies: [first, second], repaired }) => {
    const open = openPath();
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, first);
    await open.peers.answer(B, second);
    await ended;
    expect(open.peers.asked("transfer")).toBe(repaired);
  });

  it("does not bring a stand-in what it need not have", async () => {
    const open = openPath();
    open.states.set(B, "down");
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, at(7));
    await open.peers.answer(C, at(5));
    await ended;
    expect(open.peers.asked("transfer")).toBe("");
  });

  it("that fails is logged; the reader has long been answered", async () => {
    const open = openPath();
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, at(5));
    await open.peers.answer(B, at(7));
    expect((await ended).record?.version).toBe(version(7));
    await open.peers.fail(A, "refused");
    expect(open.failures).toEqual([A]);
    expect(open.log.lines).toEqual(["info read repair failed; the next read tries again"]);
  });
});

describe("a read of what an owner is known to lack", () => {
  const partition = partitionOf(KEY);
  const owes = (node: NodeId) => new Map([[node, new Set([partition])]]);

  it("goes to the owner that lacks nothing, even when the other one is here", async () => {
    const open = openPath(A);
    open.debts.told(C, owes(A));
    const { ended } = await opened(open);
    expect(open.peers.asked("read")).toBe(B);
    await open.peers.answer(B, at(5));
    expect((await ended).record?.version).toBe(version(5));
  });

  it.each([
    { owner: at(3), witness: at(5), expected: 5, why: "the stand-in has what the owner lacks" },
    { owner: at(5), witness: at(3), expected: 5, why: "the owner was written to since" },
    { owner: at(5), witness: null, expected: 5, why: "the stand-in's silence says nothing" },
    { owner: null, witness: at(5), expected: 5, why: "the owner has never had the key" },
  ])("asks the debtor too when no other owner is left: $why", async (row) => {
    const open = openPath(A);
    open.states.set(B, "down");
    open.debts.told(C, owes(A));
    const { ended } = await opened(open);
    expect(open.peers.asked("read")).toBe(`${C} ${A}`);
    await open.peers.answer(A, row.owner);
    await open.peers.answer(C, row.witness);
    const result = await ended;
    expect(result.record?.version).toBe(version(row.expected));
    expect(result.answers.map(({ node }) => node)).toEqual([A, C]);
  });

  it("does without the debtor when it does not answer, and notes that", async () => {
    const open = openPath(A);
    open.states.set(B, "down");
    open.debts.told(C, owes(A));
    const { ended } = await opened(open);
    await open.peers.fail(C, "timed-out");
    await open.peers.answer(A, at(3));
    expect((await ended).record?.version).toBe(version(3));
    expect(open.failures).toEqual([C]);
  });

  it("is no vote: two owners are still needed for r=2", async () => {
    const open = openPath(A);
    open.states.set(B, "down");
    open.debts.told(C, owes(A));
    const { ended } = await opened(open, { r: 2 });
    await open.peers.answer(A, at(3));
    await open.peers.answer(C, null);
    await expect(ended).rejects.toThrow(QuorumUnreachable);
  });

  it("asks itself when it is this node that owes", async () => {
    const open = openPath(C);
    open.states.set(B, "down");
    open.debts.owe(partition, [A]);
    const { ended } = await opened(open);
    expect(open.peers.asked("read")).toBe(`${C} ${A}`);
    await open.peers.answer(A, at(3));
    await open.peers.answer(C, at(7));
    expect((await ended).record?.version).toBe(version(7));
  });
});
