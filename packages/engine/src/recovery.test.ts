import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  type Partition,
  partitionOf,
  StoreFull,
  walkOf,
} from "@ringkv/core";
import { LogBook, MapStore, record } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { PeerFailure } from "./ports/peers.js";
import { Recovery } from "./recovery.js";
import type { PullOrder } from "./repair.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const [SELF, B, C] = ring.members as [NodeId, NodeId, NodeId];
const PATIENCE_MS = 10_000;

/** A key of a partition whose walk begins so. */
function keyWith(...first: NodeId[]): Key {
  for (let index = 0; ; index++) {
    const key = `key:${index}` as Key;
    if (first.every((node, place) => walkOf(ring, partitionOf(key))[place] === node)) return key;
  }
}

/** Keys of as many partitions of this node, in their order. */
function keysOfOwnPartitions(count: number): Key[] {
  const keys = new Map<Partition, Key>();
  for (let index = 0; keys.size < count; index++) {
    const key = `key:${index}` as Key;
    const partition = partitionOf(key);
    if (walkOf(ring, partition).indexOf(SELF) < 2) keys.set(partition, key);
  }
  return [...keys].toSorted(([a], [b]) => a - b).map(([, key]) => key);
}

const WITH_B = keyWith(SELF, B);
const WITH_C = keyWith(SELF, C);
const OTHERS = keyWith(B, C);

/** This node and two others, whose stores hold what the test puts there. */
function openRecovery(replicaCount = 2) {
  const clock = new ManualClock();
  const log = new LogBook();
  const store = new MapStore();
  const stores = new Map([B, C].map((node) => [node, new MapStore()]));
  const states = new Map<NodeId, MemberState>();
  const dead = new Set<NodeId>();
  const pulls: string[] = [];
  const stopped = new AbortController();
  const hooks = { beforePull: async (_order: PullOrder) => {} };
  const peer = (node: NodeId): MapStore => {
    const found = stores.get(node);
    if (found !== undefined && !dead.has(node)) return found;
    throw new PeerFailure({ node, reason: "refused", sent: false });
  };
  const recovery = new Recovery({
    self: SELF,
    ring,
    clock,
    store,
    peers: { digests: async (node) => peer(node).partitions() },
    pull: async (order, onCopied) => {
      const { partition, node, isEmpty } = order;
      pulls.push(`${isEmpty ? "all" : "newer"} of ${partition} from ${node}`);
      await hooks.beforePull(order);
      const { records } = await peer(node).page(partition, null);
      const outcomes = await store.apply(records, 0);
      const taken = outcomes.filter(({ outcome }) => outcome === "stored").length;
      if (taken > 0) onCopied(taken, 100 * taken);
    },
    stateOf: (node) => states.get(node) ?? "up",
    log,
    options: { replicaCount, transferTimeoutMs: 2_000, recoveryPatienceMs: PATIENCE_MS },
  });
  let isOver = false;
  const run = async () => {
    recovery.begin();
    void recovery.run(stopped.signal).then(() => {
      isOver = true;
    });
    await settle();
  };
  const give = (node: NodeId, key: Key, ms: number) => {
    const packed = record(key, ms);
    (node === SELF ? store : (stores.get(node) as MapStore)).records.set(key, packed);
  };
  const tools = { clock, log, store, stores, states, dead, pulls, stopped, hooks, give };
  return { ...tools, recovery, run, isOver: () => isOver };
}

describe("a recovery", () => {
  it("is over at once when everybody holds the same", async () => {
    const { recovery, run, isOver, pulls, give } = openRecovery();
    for (const node of [SELF, B]) give(node, WITH_B, 1);
    await run();
    expect([isOver(), pulls]).toEqual([true, []]);
    expect(recovery.progress()).toMatchObject({ isOver: true, partitionsLeft: 0, notCompared: [] });
  });

  it("takes all of what it has nothing of, and what is newer of the rest", async () => {
    const { store, run, isOver, pulls, give } = openRecovery();
    give(B, WITH_B, 2);
    give(SELF, WITH_C, 1);
    give(C, WITH_C, 2);
    give(B, OTHERS, 1);
    await run();
    expect(pulls.toSorted()).toEqual([
      `all of ${partitionOf(WITH_B)} from ${B}`,
      `newer of ${partitionOf(WITH_C)} from ${C}`,
    ]);
    expect(store.records.get(WITH_B)?.version).toBe(record(WITH_B, 2).version);
    expect(store.records.get(WITH_C)?.version).toBe(record(WITH_C, 2).version);
    expect([store.records.has(OTHERS), isOver()]).toEqual([false, true]);
  });

  it("takes what a stand-in has kept for this node, without waiting for its hand-off", async () => {
    const { store, run, pulls, give } = openRecovery();
    give(C, WITH_B, 5);
    await run();
    expect(pulls).toEqual([`all of ${partitionOf(WITH_B)} from ${C}`]);
    expect(store.records.has(WITH_B)).toBe(true);
  });

  it("vouches for a partition when all were compared in it, for others at the end", async () => {
    const { recovery, run, dead, clock, isOver, give, hooks } = openRecovery();
    const [own, other, foreign] = [WITH_B, WITH_C, OTHERS].map(partitionOf) as Partition[];
    const vouched = () => [own, other, foreign].map((it) => recovery.isRecovered(it as Partition));
    dead.add(C);
    give(B, WITH_B, 1);
    give(C, WITH_C, 1);
    await run();
    expect(vouched()).toEqual([false, false, false]); // C may have stood in for B.
    let release = () => {};
    hooks.beforePull = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    dead.delete(C);
    await clock.advance(100);
    expect(vouched()).toEqual([true, false, false]);
    release();
    await settle();
    expect([isOver(), vouched()]).toEqual([true, [true, true, true]]);
  });

  it("takes a partition once, whoever else holds it too", async () => {
    const { run, clock, isOver, pulls, give, hooks, store } = openRecovery();
    // More than are copied at once from one member; the last is given by the other meanwhile.
    const keys = keysOfOwnPartitions(9);
    const last = keys.at(-1) as Key;
    for (const key of keys) give(C, key, 1);
    give(B, last, 1);
    const releases: (() => void)[] = [];
    hooks.beforePull = async ({ node }) => {
      if (node === C) await new Promise<void>((resolve) => void releases.push(resolve));
    };
    await run();
    expect(pulls).toContain(`all of ${partitionOf(last)} from ${B}`);
    for (const release of releases) release();
    await settle();
    await clock.advance(100);
    expect([isOver(), store.records.size, pulls.length]).toEqual([true, 9, 9]);
  });

  it("goes on where it was when the other side fails, as soon as it is back", async () => {
    const { run, clock, isOver, pulls, give, hooks, store } = openRecovery();
    const keys = [WITH_B, keyWith(B, SELF)];
    for (const key of keys) give(B, key, 1);
    hooks.beforePull = async ({ partition }) => {
      if (partition !== partitionOf(keys[1] as Key)) return;
      throw new PeerFailure({ node: B, reason: "timed-out", sent: true });
    };
    await run();
    expect([isOver(), store.records.size]).toEqual([false, 1]);
    const before = pulls.length;
    hooks.beforePull = async () => {};
    await clock.advance(100);
    expect([isOver(), store.records.size]).toEqual([true, 2]);
    expect(pulls.slice(before)).toEqual([`all of ${partitionOf(keys[1] as Key)} from ${B}`]);
  });

  it("does not ask who is down, nor waits for it beyond its patience, and says so", async () => {
    const { recovery, run, states, clock, log, isOver, give } = openRecovery();
    states.set(C, "down");
    give(C, WITH_C, 1);
    await run();
    await clock.advance(PATIENCE_MS - 100);
    expect(isOver()).toBe(false);
    expect(recovery.progress().notCompared).toEqual([C]);
    await clock.advance(200);
    expect(isOver()).toBe(true);
    expect(recovery.progress()).toMatchObject({ isOver: true, notCompared: [C], recordsLeft: 0 });
    expect(recovery.isRecovered(partitionOf(WITH_C))).toBe(true);
    expect(log.lines.at(-1)).toBe(
      "warn members cannot be asked: serving what is here, which may be out of date",
    );
  });

  it("is patient anew with each step forward", async () => {
    const { run, dead, clock, isOver } = openRecovery();
    for (const node of [B, C]) dead.add(node);
    await run();
    await clock.advance(PATIENCE_MS - 1_000);
    dead.delete(B);
    await clock.advance(PATIENCE_MS - 1_000);
    expect(isOver()).toBe(false);
    await clock.advance(1_100);
    expect(isOver()).toBe(true);
  });

  it("waits for its own store, whatever is the matter with it", async () => {
    const { run, clock, isOver, store, give, hooks } = openRecovery();
    give(B, WITH_B, 1);
    store.isAway = true;
    await run();
    store.isAway = false;
    hooks.beforePull = async () => {
      throw new StoreFull();
    };
    await clock.advance(1_000);
    expect(isOver()).toBe(false);
    hooks.beforePull = async () => {};
    await clock.advance(100);
    expect(isOver()).toBe(true);
  });

  it("tells how much is left, how much was copied, and how long it will take", async () => {
    const { recovery, run, clock, give, hooks } = openRecovery();
    for (const key of [WITH_B, keyWith(B, SELF)]) give(B, key, 1);
    const releases: (() => void)[] = [];
    hooks.beforePull = () => new Promise((resolve) => void releases.push(resolve));
    await run();
    expect(recovery.progress()).toMatchObject({
      recordsLeft: 2,
      recordsCopied: 0,
      secondsLeft: null,
    });
    await clock.advance(2_000);
    releases[0]?.();
    await settle();
    expect(recovery.progress()).toEqual({
      isOver: false,
      partitionsLeft: 1,
      recordsLeft: 1,
      recordsCopied: 1,
      bytesCopied: 100,
      secondsLeft: 2,
      notCompared: [B],
    });
  });

  it("that begins anew forgets what an earlier one still finds out", async () => {
    const { recovery, run, clock, isOver, give, hooks, store, dead } = openRecovery();
    give(B, WITH_B, 1);
    let release = () => {};
    hooks.beforePull = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    await run();
    recovery.begin(); // The store was lost once more.
    dead.add(B);
    store.records.clear();
    release();
    await clock.advance(1_000);
    expect([isOver(), recovery.isRecovered(partitionOf(WITH_B))]).toEqual([false, false]);
  });

  it("ends without a word when the node stops", async () => {
    const { run, dead, clock, isOver, stopped, log, recovery } = openRecovery();
    dead.add(B);
    await run();
    stopped.abort();
    await clock.advance(PATIENCE_MS);
    expect([isOver(), log.lines]).toEqual([true, []]);
    expect(recovery.progress().isOver).toBe(false);
  });
});
