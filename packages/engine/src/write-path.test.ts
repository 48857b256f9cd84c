import {
  buildRing,
  type Key,
  type KvError,
  type MemberState,
  type NodeId,
  type PackedRecord,
  partitionOf,
  RESTAMPS_MAX,
  readingOf,
  StoreFull,
  StoreUnavailable,
  unpackRecord,
  type Version,
  walkOf,
} from "@ringkv/core";
import { HeldPeers, version } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Counters } from "./counters.js";
import { type WriteCommand, WritePath, type WriteReceipt } from "./write-path.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const KEY = "user:1" as Key;
const [A, B, C] = walkOf(ring, partitionOf(KEY)) as [NodeId, NodeId, NodeId];

const command: WriteCommand = {
  key: KEY,
  value: Buffer.from("hello"),
  contentType: "text/plain",
  expiresAtMs: null,
  w: null,
  timeoutMs: null,
};
const stored = { outcome: "stored", hadValue: false };
const staleAt = (ms: number) => ({ outcome: "stale", held: version(ms) });

function openPath() {
  const clock = new ManualClock();
  const peers = new HeldPeers();
  const states = new Map<NodeId, MemberState>();
  const stamps = { lastMs: 0, isAway: false, beyondMs: Number.POSITIVE_INFINITY };
  const failures: NodeId[] = [];
  const owed: string[] = [];
  const path = new WritePath({
    counters: new Counters(),
    self: A,
    ring,
    clock,
    random: { unit: () => 0.5 },
    peers,
    versions: {
      isBeyond: (ms: number) => ms > stamps.beyondMs,
      async next(above: Version | null = null) {
        if (stamps.isAway) throw new StoreUnavailable("away");
        stamps.lastMs = Math.max(stamps.lastMs, above === null ? 0 : readingOf(above).ms) + 1;
        return version(stamps.lastMs);
      },
    },
    stateOf: (node) => states.get(node) ?? "up",
    owe: (partition, creditors) => void owed.push(`${creditors.join(" ")}: ${partition}`),
    onFailure: (node) => void failures.push(node),
    options: { replicaCount: 2, writeQuorum: 2, requestTimeoutMs: 2_000, peerTimeoutMs: 400 },
  });
  const write = async (change: Partial<WriteCommand> = {}) => {
    const ended = path.write({ ...command, ...change });
    ended.catch(() => {}); // Looked at later by the test.
    await settle();
    return { ended, failure: () => ended.then(shouldHaveFailed, (it: unknown) => it as KvError) };
  };
  return { clock, peers, path, states, stamps, failures, owed, write };
}

function shouldHaveFailed(receipt: WriteReceipt): never {
  throw new Error(`acknowledged by ${receipt.stored.join(", ")}`);
}

describe("a write", () => {
  it("is acknowledged with a receipt when both owners have it on disk", async () => {
    const { peers, write } = openPath();
    const { ended } = await write({ expiresAtMs: 99 });
    await peers.answer(B, { outcome: "stored", hadValue: true });
    await peers.answer(A, stored);
    expect(await ended).toEqual({
      key: KEY,
      version: version(1),
      partition: partitionOf(KEY),
      primary: A,
      stored: [B, A],
      standIns: [],
      w: 2,
      hadValue: true,
      expiresAtMs: 99,
      walk: [A, B, C],
      answers: [
        { node: B, answer: "stored", version: version(1), afterMs: 0 },
        { node: A, answer: "stored", version: version(1), afterMs: 0 },
      ],
    });
  });

  it.each([
    { change: {}, expected: { value: "hello", contentType: "text/plain" }, why: "a value" },
    { change: { value: null }, expected: { value: null }, why: "a tombstone" },
    { change: { expiresAtMs: 5 }, expected: { expiresAtMs: 5 }, why: "an expiry" },
  ])("sends what the client asked for: $why", async ({ change, expected }) => {
    const { peers, write } = openPath();
    await write(change);
    const sent = unpackRecord(peers.calls[0]?.payload[0] as PackedRecord);
    const value = sent.value === null ? null : Buffer.from(sent.value).toString();
    expect({ ...sent, value }).toMatchObject({ key: KEY, version: version(1), ...expected });
  });

  it("names the stand-in that took the place of an owner that is down", async () => {
    const { peers, states, write } = openPath();
    states.set(A, "down");
    const { ended } = await write();
    expect(peers.asked("apply")).toBe(`${B} ${C}`);
    await peers.answer(B, stored);
    await peers.answer(C, stored);
    expect(await ended).toMatchObject({ stored: [B, C], standIns: [C], primary: A });
  });

  it("names the stand-in that took the place of an owner that failed", async () => {
    const { peers, failures, write } = openPath();
    const { ended } = await write();
    await peers.fail(A, "timed-out");
    await peers.answer(B, stored);
    await peers.answer(C, stored);
    expect(await ended).toMatchObject({ stored: [B, C], standIns: [C] });
    expect(failures).toEqual([A]);
  });

  it.each([
    { w: 1, answering: [B], why: "one copy is enough for this client" },
    { w: 2, answering: [B, A], why: "both owners" },
    { w: 3, answering: [A, C, B], why: "more than there are owners takes a stand-in, too" },
  ])("waits for W=$w of the request: $why", async ({ w, answering }) => {
    const { peers, write } = openPath();
    const { ended } = await write({ w });
    for (const node of answering) await peers.answer(node, stored);
    expect(await ended).toMatchObject({ w, stored: answering });
  });
});

describe("an owner that missed a write", () => {
  const debt = (...nodes: NodeId[]) => [`${nodes.join(" ")}: ${partitionOf(KEY)}`];

  it("is owed it by this node, an owner too, when nobody was left to stand in", async () => {
    const { peers, write, owed, states } = openPath();
    states.set(C, "down");
    const { ended } = await write({ w: 1 });
    await peers.answer(A, stored);
    expect((await ended).stored).toEqual([A]); // The client does not wait for the other one.
    expect(owed).toEqual([]);
    await peers.fail(B, "timed-out");
    expect(owed).toEqual(debt(B));
  });

  it("is owed nothing by this node when a stand-in has taken it", async () => {
    const { peers, write, owed } = openPath();
    const { ended } = await write({ w: 1 });
    await peers.answer(A, stored);
    await peers.fail(B, "timed-out");
    await peers.answer(C, stored);
    await ended;
    expect(owed).toEqual([]);
  });

  it("is owed nothing by this node when it has no copy itself", async () => {
    const { peers, write, owed, states } = openPath();
    states.set(C, "down");
    const { ended } = await write({ w: 1 });
    await peers.fail(A, "unavailable");
    await peers.answer(B, stored);
    await ended;
    expect(owed).toEqual([]);
  });
});

describe("a node that holds something newer", () => {
  it("makes the write stamped anew, above it", async () => {
    const { peers, write } = openPath();
    const { ended } = await write();
    await peers.answer(A, stored);
    await peers.answer(B, staleAt(70));
    expect(peers.asked("apply")).toBe(`${A} ${B} ${A} ${B}`);
    await peers.answer(A, stored);
    await peers.answer(B, stored);
    expect((await ended).version).toBe(version(71));
  });

  it("is not followed where its version was stamped by a clock gone wrong", async () => {
    const { peers, stamps, write } = openPath();
    stamps.beyondMs = 1_000;
    const { failure } = await write();
    await peers.answer(B, staleAt(3_600_000));
    await peers.answer(A, stored);
    expect(await failure()).toMatchObject({ code: "quorum_unreachable", outcome: "unknown" });
    expect(peers.calls).toHaveLength(2);
    expect(stamps.lastMs).toBeLessThan(1_000);
  });

  it("makes later writes of that key wait for who has lost, and then go together", async () => {
    const { peers, path, write } = openPath();
    const first = await write();
    await peers.answer(A, staleAt(70));
    await peers.answer(B, staleAt(70));
    expect(path.isHot(KEY)).toBe(true);
    const [second, third] = [await write(), await write()];
    expect(peers.calls).toHaveLength(4);
    await peers.answer(A, stored);
    await peers.answer(B, stored);
    expect((await first.ended).version).toBe(version(71));
    // One message to each node with both: neither can overtake the other.
    expect(peers.asked("apply")).toBe(`${A} ${B} ${A} ${B} ${A} ${B}`);
    await peers.answer(A, stored, stored);
    await peers.answer(B, stored, stored);
    expect((await second.ended).version).toBe(version(72));
    expect((await third.ended).version).toBe(version(73));
    expect(path.isHot(KEY)).toBe(false);
  });

  it("makes nobody wait for a turn that ends without a version", async () => {
    const { peers, path, stamps, write } = openPath();
    const { failure } = await write();
    stamps.isAway = true;
    await peers.answer(B, staleAt(70));
    await failure();
    expect(path.isHot(KEY)).toBe(false);
  });

  it("is given in to after thirty-two attempts", async () => {
    const { clock, peers, write } = openPath();
    const { failure } = await write();
    for (let attempt = 1; attempt <= RESTAMPS_MAX; attempt++) {
      await peers.answer(B, staleAt(100 * attempt));
      await peers.answer(A, staleAt(100 * attempt));
      await clock.advance(50); // Longer than it pauses before a turn.
    }
    expect(peers.calls).toHaveLength(2 * RESTAMPS_MAX);
    expect(await failure()).toMatchObject({ code: "quorum_unreachable", outcome: "unknown" });
  });
});

describe("a write that is refused", () => {
  it("before anything was sent is not-applied", async () => {
    const { peers, states, write } = openPath();
    states.set(A, "down").set(B, "down");
    const { failure } = await write();
    expect(await failure()).toMatchObject({
      code: "quorum_unreachable",
      outcome: "not-applied",
      needed: 2,
      answered: [],
      failed: [A, B],
    });
    expect(peers.calls).toEqual([]);
  });

  it.each([
    { sent: true, outcome: "unknown", why: "it may have arrived" },
    { sent: false, outcome: "not-applied", why: "it never left" },
  ])("after all failed is $outcome when sent is $sent: $why", async ({ sent, outcome }) => {
    const { peers, write } = openPath();
    const { failure } = await write({ w: 1 });
    for (const node of [A, B, C]) await peers.fail(node, "refused", sent);
    expect(await failure()).toMatchObject({ outcome, answered: [], failed: [A, B, C] });
  });

  it("says who has it, when one does and two were needed", async () => {
    const { peers, write } = openPath();
    const { failure } = await write();
    await peers.answer(A, stored);
    await peers.fail(B, "refused", false);
    await peers.fail(C, "refused", false);
    expect(await failure()).toMatchObject({ outcome: "unknown", answered: [A], failed: [B, C] });
  });

  it("does not blame who has not had the time to answer", async () => {
    const { peers, write } = openPath();
    const { failure } = await write();
    await peers.fail(B, "refused", false);
    await peers.fail(C, "refused", false);
    expect(await failure()).toMatchObject({ outcome: "unknown", answered: [], failed: [B, C] });
  });

  it("for want of room says so", async () => {
    const { peers, write } = openPath();
    const { failure } = await write({ w: 1 });
    await peers.fail(A, "refused", false);
    await peers.fail(B, "full");
    await peers.fail(C, "refused", false);
    const error = await failure();
    expect(error).toBeInstanceOf(StoreFull);
    expect(error.outcome).toBe("unknown");
  });

  it("because no version could be stamped is not-applied", async () => {
    const { peers, stamps, write } = openPath();
    stamps.isAway = true;
    const { failure } = await write();
    const error = await failure();
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(error.outcome).toBe("not-applied");
    expect(peers.calls).toEqual([]);
  });

  it("because no second version could be stamped is unknown: the first is on a disk", async () => {
    const { peers, stamps, write } = openPath();
    const { failure } = await write();
    stamps.isAway = true;
    await peers.answer(A, stored);
    await peers.answer(B, staleAt(70));
    expect((await failure()).outcome).toBe("unknown");
  });

  it("by the deadline asks nobody again", async () => {
    const { clock, peers, write } = openPath();
    const { failure } = await write({ timeoutMs: 300 });
    await clock.advance(300);
    await peers.answer(A, stored);
    await peers.answer(B, staleAt(70));
    expect((await failure()).outcome).toBe("unknown");
    expect(peers.calls).toHaveLength(2);
  });
});
