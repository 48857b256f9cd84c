import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  type PackedRecord,
  partitionOf,
  TooLarge,
  type Version,
  versionAt,
  walkOf,
} from "@ringkv/core";
import { HeldPeers, LogBook, record, version } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Batch, type BatchCommand, type BatchOperation, type BatchResult } from "./batch.js";
import { Counters } from "./counters.js";
import { Debts } from "./debts.js";
import { Failed, type Reading } from "./read-many.js";
import { ReadPath } from "./read-path.js";
import { WalkOrders } from "./walk-orders.js";
import { WritePath, type WriteReceipt } from "./write-path.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);

/** Keys whose nodes are asked in this order, found by trying. */
function keysWithWalk(order: string, count: number): Key[] {
  const keys: Key[] = [];
  for (let index = 0; keys.length < count; index++) {
    const key = `key-${index}` as Key;
    if (walkOf(ring, partitionOf(key)).join(" ") === order) keys.push(key);
  }
  return keys;
}

const [A, B, C] = ["node1", "node2", "node3"] as [NodeId, NodeId, NodeId];
const [FIRST, SECOND] = keysWithWalk("node1 node2 node3", 2) as [Key, Key];
const [OTHER] = keysWithWalk("node2 node3 node1", 1) as [Key];

function openBatch(quorums: Partial<typeof QUORUMS> = {}) {
  const clock = new ManualClock();
  const peers = new HeldPeers();
  const states = new Map<NodeId, MemberState>();
  const debts = new Debts(A);
  const failures: NodeId[] = [];
  let stamped = 0;
  const stamp = (above: Version | null = null) => {
    stamped = Math.max(stamped, above === null ? 0 : Number.parseInt(above.slice(0, 12), 16)) + 1;
    return versionAt({ ms: stamped, counter: 0 }, 1);
  };
  const deps = {
    self: A,
    ring,
    clock,
    random: { unit: () => 0.5 },
    peers,
    log: new LogBook(),
    versions: {
      isBeyond: () => false,
      next: async (above: Version | null = null) => stamp(above),
      nextMany: async (count: number) => Array.from({ length: count }, () => stamp()),
    },
    stateOf: (node: NodeId) => states.get(node) ?? ("up" as const),
    debtorsTo: debts.debtorsTo.bind(debts),
    owe: debts.owe.bind(debts),
    onFailure: (node: NodeId) => void failures.push(node),
    counters: new Counters(),
    options: { ...QUORUMS, ...quorums, requestTimeoutMs: 2_000, peerTimeoutMs: 400 },
  };
  const [reads, writes] = [new ReadPath(deps), new WritePath(deps)];
  const batch = new Batch({ ...deps, reads, writes, orders: new WalkOrders(ring) });
  return { clock, peers, states, debts, failures, batch };
}

const QUORUMS = { replicaCount: 2, writeQuorum: 2, readQuorum: 1 };

const get = (key: Key): BatchOperation => ({ kind: "read", key });
const put = (key: Key, value: string | null = "v"): BatchOperation => ({
  kind: "write",
  command: {
    key,
    value: value === null ? null : Buffer.from(value),
    contentType: "",
    expiresAtMs: null,
    w: null,
    timeoutMs: null,
  },
});

/** Begins a batch; its results come in an object, because a bare promise would be awaited here. */
async function begun(
  { batch }: ReturnType<typeof openBatch>,
  operations: readonly BatchOperation[],
  change: Partial<BatchCommand> = {},
) {
  const all = { w: null, r: null, timeoutMs: null, readBytesMax: 1_000_000 };
  const state: { results: readonly BatchResult[] | null } = { results: null };
  void batch.run({ operations, ...all, ...change }).then((results) => {
    state.results = results;
  });
  await settle();
  return state;
}

const stored = { outcome: "stored", hadValue: false };
const stale = (ms: number) => ({ outcome: "stale", held: version(ms) });
const receiptOf = (result: BatchResult | undefined) => result as WriteReceipt;
const failedOf = (result: BatchResult | undefined) => result as Failed;
const readingOf = (result: BatchResult | undefined) => result as Reading;
const keysIn = (payload: readonly unknown[]) =>
  payload.map((it) => (typeof it === "string" ? it : (it as PackedRecord).key)).join(" ");
const sent = ({ peers }: ReturnType<typeof openBatch>) =>
  peers.calls.map(({ method, node, payload }) => `${method} ${node} ${keysIn(payload)}`);

describe("a batch", () => {
  it("sends one message to each node for what is read and one for what is written", async () => {
    const open = openBatch();
    const [third, fourth] = keysWithWalk("node1 node2 node3", 4).slice(2) as [Key, Key];
    const state = await begun(open, [get(FIRST), put(SECOND), get(OTHER), put(third), get(fourth)]);
    expect(sent(open).toSorted()).toEqual([
      `apply node1 ${SECOND} ${third}`,
      `apply node2 ${SECOND} ${third}`,
      `read node1 ${FIRST} ${fourth}`,
      `read node2 ${OTHER}`,
    ]);
    await open.peers.answer(A, record(FIRST, 5), null);
    await open.peers.answer(B, record(OTHER, 7, { value: null }));
    await open.peers.answer(A, stored, { outcome: "stored", hadValue: true });
    expect(state.results).toBeNull();
    await open.peers.answer(B, stored, { outcome: "repeated" });
    expect(state.results).toMatchObject([
      { key: FIRST, version: version(5), record: { key: FIRST } },
      { key: SECOND, stored: [A, B], standIns: [], w: 2, hadValue: false, primary: A },
      { key: OTHER, version: version(7), record: null },
      { key: third, hadValue: true },
      { key: fourth, version: null, record: null },
    ]);
    const versions = [receiptOf(state.results?.[1]).version, receiptOf(state.results?.[3]).version];
    expect(versions).toEqual(versions.toSorted());
    expect(new Set(versions).size).toBe(2);
  });

  it("asks one of two nodes that are as good for all that is not here", async () => {
    const open = openBatch();
    const [late] = keysWithWalk("node3 node2 node1", 1) as [Key];
    await begun(open, [get(OTHER), get(FIRST), get(late)]);
    expect(sent(open).toSorted()).toEqual([`read node1 ${FIRST}`, `read node2 ${OTHER} ${late}`]);
    open.states.set(B, "suspect");
    await begun(open, [get(OTHER), get(late)]);
    expect(sent(open).slice(2)).toEqual([`read node3 ${OTHER} ${late}`]);
  });

  it("does operations on one key in their order, and all others side by side", async () => {
    const open = openBatch();
    const state = await begun(open, [put(FIRST, "1"), get(FIRST), put(FIRST, "2"), put(SECOND)]);
    expect(sent(open)).toEqual([
      `apply node1 ${FIRST} ${SECOND}`,
      `apply node2 ${FIRST} ${SECOND}`,
    ]);
    await open.peers.answer(A, stored, stored);
    await open.peers.answer(B, stored, stored);
    expect(sent(open).slice(2)).toEqual([`read node1 ${FIRST}`]);
    await open.peers.answer(A, open.peers.calls[0]?.payload[0]);
    expect(sent(open).slice(3)).toEqual([`apply node1 ${FIRST}`, `apply node2 ${FIRST}`]);
    await open.peers.answer(A, stored);
    await open.peers.answer(B, stored);
    const [first, read, second] = state.results ?? [];
    expect(Buffer.from(readingOf(read).record?.value ?? "").toString()).toBe("1");
    expect(receiptOf(second).version > receiptOf(first).version).toBe(true);
  });

  it("of nothing has no results", async () => {
    expect((await begun(openBatch(), [])).results).toEqual([]);
  });
});

describe("a write of a batch", () => {
  it("is stamped again above what a node holds, and the others wait for nothing", async () => {
    const open = openBatch();
    const state = await begun(open, [put(FIRST), put(SECOND)]);
    await open.peers.answer(A, stored, stored);
    await open.peers.answer(B, stale(900), stored);
    expect(sent(open).slice(2)).toEqual([`apply node1 ${FIRST}`, `apply node2 ${FIRST}`]);
    const again = open.peers.calls[2]?.payload[0] as PackedRecord;
    expect(again.version > version(900)).toBe(true);
    await open.peers.answer(A, stored);
    await open.peers.answer(B, stored);
    expect(receiptOf(state.results?.[0]).version).toBe(again.version);
    expect(receiptOf(state.results?.[1]).stored).toEqual([A, B]);
  });

  it("waits for its turn when its key is raced for, and the others wait for nothing", async () => {
    const open = openBatch();
    await begun(open, [put(FIRST)]);
    await open.peers.answer(A, stale(900));
    await open.peers.answer(B, stale(900));
    const state = await begun(open, [put(FIRST), put(SECOND)]);
    expect(sent(open).slice(4)).toEqual([`apply node1 ${SECOND}`, `apply node2 ${SECOND}`]);
    for (const node of [A, B]) await open.peers.answer(node, stored); // The racer's second try.
    for (const node of [A, B]) await open.peers.answer(node, stored);
    expect(sent(open).slice(6)).toEqual([`apply node1 ${FIRST}`, `apply node2 ${FIRST}`]);
    for (const node of [A, B]) await open.peers.answer(node, stored);
    expect(state.results).toMatchObject([{ stored: [A, B] }, { stored: [A, B] }]);
  });

  it.each([
    { answer: { outcome: "unvouched" }, why: "does not vouch for it" },
    { answer: null, why: "fails" },
  ])("goes to a stand-in, with its version, when a target $why", async ({ answer }) => {
    const open = openBatch();
    const state = await begun(open, [put(FIRST), put(SECOND)]);
    await open.peers.answer(A, stored, stored);
    if (answer === null) await open.peers.fail(B, "timed-out");
    else await open.peers.answer(B, answer, answer);
    expect(sent(open).slice(2)).toEqual([`apply node3 ${FIRST}`, `apply node3 ${SECOND}`]);
    const versionsOf = (at: number) => {
      const payload = open.peers.calls[at]?.payload as readonly PackedRecord[];
      return payload.map((it) => it.version);
    };
    expect([...versionsOf(2), ...versionsOf(3)]).toEqual(versionsOf(0));
    await open.peers.answer(C, stored);
    await open.peers.answer(C, stored);
    expect(state.results).toMatchObject([
      { stored: [A, C], standIns: [C] },
      { stored: [A, C], standIns: [C] },
    ]);
  });

  it("is unknown where something may have been stored, not applied where nothing was", async () => {
    const open = openBatch();
    const state = await begun(open, [put(FIRST)]);
    await open.peers.answer(A, stored);
    await open.peers.fail(B, "timed-out");
    await open.peers.fail(C, "timed-out");
    const [failed] = state.results ?? [];
    expect(failedOf(failed).thrown).toMatchObject({ outcome: "unknown", answered: [A] });

    const other = openBatch();
    other.states.set(C, "down");
    const none = await begun(other, [put(FIRST)]);
    await other.peers.fail(A, "refused", false);
    await other.peers.fail(B, "refused", false);
    expect(failedOf(none.results?.[0]).thrown).toMatchObject({ outcome: "not-applied" });
  });

  it("is refused before anything is sent when too few nodes are there", async () => {
    const open = openBatch();
    open.states.set(B, "down");
    open.states.set(C, "down");
    const state = await begun(open, [put(FIRST), put(OTHER)]);
    expect(sent(open)).toEqual([]);
    expect(state.results?.map((result) => result instanceof Failed)).toEqual([true, true]);
    expect(failedOf(state.results?.[0]).thrown).toMatchObject({ outcome: "not-applied" });
  });

  it("is acknowledged by W, and completed by a stand-in in its own version", async () => {
    const open = openBatch({ writeQuorum: 1 });
    const state = await begun(open, [put(FIRST)]);
    await open.peers.answer(A, stored);
    expect(receiptOf(state.results?.[0])).toMatchObject({ stored: [A], w: 1 });
    await open.peers.fail(B, "timed-out");
    expect(sent(open).slice(2)).toEqual([`apply node3 ${FIRST}`]);
    const [first, , third] = open.peers.calls.map(({ payload }) => payload[0] as PackedRecord);
    expect(third?.version).toBe(first?.version);
    // Nobody stood in after all: this node owes it.
    await open.peers.fail(C, "timed-out");
    expect(open.debts.own()).toEqual(new Map([[B, new Set([partitionOf(FIRST)])]]));
  });

  it("that was acknowledged is not stored once more where somebody has newer", async () => {
    const open = openBatch({ writeQuorum: 1 });
    const state = await begun(open, [put(FIRST)]);
    await open.peers.answer(A, stored);
    await open.peers.answer(B, stale(900));
    expect(receiptOf(state.results?.[0]).stored).toEqual([A]);
    expect(sent(open)).toHaveLength(2);
  });
});

describe("a read of a batch", () => {
  it.each([
    { answers: ["damaged"], why: "a copy is damaged" },
    { answers: [], why: "the node does not answer" },
  ])("is read alone when $why", async ({ answers }) => {
    const open = openBatch();
    const state = await begun(open, [get(FIRST)]);
    if (answers.length > 0) await open.peers.answer(A, ...answers);
    else await open.peers.fail(A, "refused");
    expect(sent(open).slice(1)).toEqual([`read node1 ${FIRST}`]);
    await open.peers.fail(A, "refused");
    await open.peers.answer(B, record(FIRST, 5));
    expect(readingOf(state.results?.[0]).version).toBe(version(5));
  });

  it("is read alone when an owner is known to lack something", async () => {
    const open = openBatch();
    open.debts.told(C, new Map([[A, new Set([partitionOf(FIRST)])]]));
    const state = await begun(open, [get(FIRST), get(SECOND)]);
    expect(sent(open)).toEqual([`read node1 ${SECOND}`]);
    await open.peers.answer(A, null);
    expect(sent(open).slice(1)).toEqual([`read node2 ${FIRST}`]);
    await open.peers.answer(B, record(FIRST, 5));
    expect(state.results).toMatchObject([{ version: version(5) }, { version: null }]);
  });

  it("at r=2 asks both owners, and is read alone where they differ", async () => {
    const open = openBatch();
    const state = await begun(open, [get(FIRST), get(SECOND)], { r: 2 });
    expect(sent(open)).toEqual([`read node1 ${FIRST} ${SECOND}`, `read node2 ${FIRST} ${SECOND}`]);
    await open.peers.answer(A, record(FIRST, 5), record(SECOND, 5));
    await open.peers.answer(B, record(FIRST, 5), record(SECOND, 6));
    expect(sent(open).slice(2)).toEqual([`read node1 ${SECOND}`, `read node2 ${SECOND}`]);
    await open.peers.answer(A, record(SECOND, 5));
    await open.peers.answer(B, record(SECOND, 6));
    expect(state.results).toMatchObject([{ version: version(5) }, { version: version(6) }]);
  });

  it("fails when the values before it have filled the answer", async () => {
    const open = openBatch();
    const value = Buffer.alloc(600);
    const state = await begun(open, [get(FIRST), get(SECOND)], { readBytesMax: 1_000 });
    await open.peers.answer(A, record(FIRST, 5, { value }), record(SECOND, 5, { value }));
    const [first, second] = state.results ?? [];
    expect(readingOf(first).record?.value).toHaveLength(600);
    expect(failedOf(second).thrown).toBeInstanceOf(TooLarge);
  });

  it("of one value larger than the answer is given all the same", async () => {
    const open = openBatch();
    const value = Buffer.alloc(2_000);
    const state = await begun(open, [get(FIRST)], { readBytesMax: 1_000 });
    await open.peers.answer(A, record(FIRST, 5, { value }));
    expect(readingOf(state.results?.[0]).record?.value).toHaveLength(2_000);
  });
});
