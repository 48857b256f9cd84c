import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  PARTITION_COUNT,
  type Partition,
  partitionOf,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import { LogBook, MapStore, record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import { Counters } from "./counters.js";
import type { Job } from "./ports/jobs.js";
import { PeerFailure } from "./ports/peers.js";
import { Scrub } from "./scrub.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const ring = buildRing(MEMBERS);
const KEY = "user:1" as Key;
const PARTITION = partitionOf(KEY);
const [A, B, C] = walkOf(ring, PARTITION) as [NodeId, NodeId, NodeId];
const ROUND_MS = 1_024_000;
/** Another key of the same partition. */
const OTHER = neighbour();

function neighbour(): Key {
  for (let index = 2; ; index++) {
    const key = `user:${index}` as Key;
    if (partitionOf(key) === PARTITION) return key;
  }
}

function openScrub({ self = A, replicaCount = 2, scrubIntervalMs = ROUND_MS } = {}) {
  const stores = new Map(MEMBERS.map((node) => [node, new MapStore()]));
  const storeOf = (node: NodeId) => stores.get(node) as MapStore;
  const [dead, jobs, log] = [new Set<NodeId>(), [] as Job[], new LogBook()];
  const counters = new Counters();
  const states = new Map<NodeId, MemberState>();
  const looked: Partition[] = [];
  const queue = { isAway: false };
  const store = storeOf(self);
  /** Lets the test meddle while the others are asked. */
  const hooks = { beforeRead: () => {} };
  const scrub = new Scrub({
    self,
    ring,
    clock: { wallMs: () => 5_000 },
    store: {
      page: (partition, cursor) => {
        looked.push(partition);
        return store.page(partition, cursor);
      },
      mend: (partition, found, copy) => store.mend(partition, found, copy),
      rebuildDigest: (partition) => store.rebuildDigest(partition),
    },
    peers: {
      async copies(node, keys) {
        hooks.beforeRead();
        if (dead.has(node)) throw new PeerFailure({ node, reason: "refused", sent: false });
        return storeOf(node).read(keys);
      },
    },
    jobs: {
      async enqueue(queued) {
        if (queue.isAway) throw new Error("the queue is away");
        jobs.push(...queued);
      },
    },
    stateOf: (node) => states.get(node) ?? "up",
    log,
    counters,
    options: { replicaCount, transferTimeoutMs: 2_000, scrubIntervalMs },
  });
  const put = (node: NodeId, key: Key, ms: number) =>
    storeOf(node).records.set(key, record(key, ms));
  const held = (node: NodeId) => storeOf(node).records;
  return { scrub, storeOf, dead, states, jobs, log, counters, looked, queue, hooks, put, held };
}

const REPAIR = { kind: "repair", partition: PARTITION, peer: B };
const REQUEST = { kind: "scrub", partition: PARTITION };
const RIGHT = { partition: PARTITION, replaced: 0, discarded: 0, wasDigestWrong: false };

describe("a scrub", () => {
  it("leaves what is right alone", async () => {
    const { scrub, put, jobs, log, counters } = openScrub();
    for (const node of [A, B]) put(node, KEY, 1);
    expect(await scrub.scrub(PARTITION)).toEqual(RIGHT);
    expect(jobs).toEqual([]);
    expect(log.lines).toEqual([]);
    expect(counters.values.recordsDamaged).toBe(0);
  });

  it("puts the other owner's copy in the place of what is damaged", async () => {
    const { scrub, put, storeOf, held, jobs, counters } = openScrub();
    for (const node of [A, B]) for (const key of [KEY, OTHER]) put(node, key, 1);
    storeOf(A).damage(KEY);
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, replaced: 1 });
    expect(held(A)).toEqual(held(B));
    expect(jobs).toEqual([REPAIR]);
    expect(counters.values.recordsDamaged).toBe(1);
  });

  it("takes the newest copy that anybody has, a stand-in included", async () => {
    const { scrub, put, storeOf, held } = openScrub();
    for (const [node, ms] of [
      [A, 3],
      [B, 1],
      [C, 3],
    ] as const)
      put(node, KEY, ms);
    storeOf(A).damage(KEY);
    await scrub.scrub(PARTITION);
    expect(held(A).get(KEY)).toEqual(record(KEY, 3));
  });

  it("discards what nobody has an intact copy of, and says so loudly", async () => {
    const { scrub, put, storeOf, held, log, counters } = openScrub();
    for (const node of [A, B]) put(node, KEY, 1);
    for (const node of [A, B]) storeOf(node).damage(KEY);
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, discarded: 1 });
    expect(held(A).size).toBe(0);
    const message = "error a damaged record was discarded: no intact copy is left";
    expect(log.lines).toContain(message);
    expect(counters.values.recordsDamaged).toBe(1);
  });

  it("keeps it while an owner that may have a copy cannot be asked, and fails", async () => {
    const { scrub, put, storeOf, held, dead, counters } = openScrub();
    put(A, KEY, 1);
    put(A, OTHER, 1);
    for (const key of [KEY, OTHER]) storeOf(A).damage(key);
    dead.add(B);
    await expect(scrub.scrub(PARTITION)).rejects.toThrow(PeerFailure);
    expect(held(A).size).toBe(2);
    expect(counters.values.recordsDamaged).toBe(0);
    dead.clear();
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, discarded: 2 });
  });

  it("keeps it while an owner recovers that may have forgotten its copy", async () => {
    const { scrub, put, storeOf, held, states } = openScrub();
    put(A, KEY, 1);
    storeOf(A).damage(KEY);
    for (const state of ["recovering", "suspect", "down"] as const) {
      states.set(B, state);
      await expect(scrub.scrub(PARTITION)).rejects.toThrow(PeerFailure);
      expect(held(A).size).toBe(1);
    }
    states.set(B, "up");
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, discarded: 1 });
  });

  it("takes what an owner has that recovers, if it is as new as what was damaged", async () => {
    const { scrub, put, storeOf, held, states } = openScrub();
    for (const node of [A, B]) put(node, KEY, 2);
    storeOf(A).damage(KEY);
    states.set(B, "recovering");
    await scrub.scrub(PARTITION);
    expect(held(A).get(KEY)).toEqual(record(KEY, 2));
  });

  it("takes no older copy while an owner that may have the newest cannot be asked", async () => {
    const { scrub, put, storeOf, held, dead } = openScrub({ replicaCount: 3 });
    for (const [node, ms] of [
      [A, 2],
      [B, 2],
      [C, 1],
    ] as const)
      put(node, KEY, ms);
    storeOf(A).damage(KEY);
    const damaged = held(A).get(KEY);
    dead.add(B);
    await expect(scrub.scrub(PARTITION)).rejects.toThrow(PeerFailure);
    expect(held(A).get(KEY)).toEqual(damaged);
    dead.clear();
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, replaced: 1 });
    expect(held(A).get(KEY)).toEqual(record(KEY, 2));
  });

  it("does not wait for a node that need not have a copy", async () => {
    const { scrub, put, storeOf, held, dead } = openScrub();
    for (const node of [A, B]) put(node, KEY, 1);
    storeOf(A).damage(KEY);
    dead.add(C);
    await scrub.scrub(PARTITION);
    expect(held(A)).toEqual(held(B));
  });

  it("leaves a write alone that comes meanwhile", async () => {
    const { scrub, put, storeOf, held, hooks, counters } = openScrub();
    for (const node of [A, B]) put(node, KEY, 1);
    storeOf(A).damage(KEY);
    hooks.beforeRead = () => put(A, KEY, 2);
    expect(await scrub.scrub(PARTITION)).toEqual(RIGHT);
    expect(held(A).get(KEY)).toEqual(record(KEY, 2));
    expect(counters.values.recordsDamaged).toBe(0);
  });

  it("puts nothing in the place of what it held for others, and calls that an error", async () => {
    const { scrub, put, storeOf, held, jobs, log } = openScrub({ self: C });
    for (const node of MEMBERS) put(node, KEY, 1);
    storeOf(C).damage(KEY);
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, discarded: 1 });
    expect(held(C).size).toBe(0);
    expect(log.lines.filter((line) => line.startsWith("error "))).toHaveLength(1);
    expect(jobs).toEqual([]);
  });

  it("rebuilds a wrong digest, counts it, and has the owners compare", async () => {
    const { scrub, put, storeOf, jobs, counters } = openScrub();
    put(A, KEY, 1);
    storeOf(A).wrongSums.set(PARTITION, "0000000000000000");
    expect(await scrub.scrub(PARTITION)).toEqual({ ...RIGHT, wasDigestWrong: true });
    expect(counters.values.digestsRebuilt).toBe(1);
    expect(jobs).toEqual([REPAIR]);
  });

  it("is one for all who ask at the same time", async () => {
    const { scrub, looked } = openScrub();
    await Promise.all([scrub.scrub(PARTITION), scrub.scrub(PARTITION)]);
    expect(looked).toEqual([PARTITION]);
  });

  it("fails when the store does not answer, so that the queue tries again", async () => {
    const { scrub, storeOf } = openScrub();
    storeOf(A).isAway = true;
    await expect(scrub.scrub(PARTITION)).rejects.toThrow(StoreUnavailable);
  });
});

describe("who has met a damaged record", () => {
  it("queues one scrub, until it has run", async () => {
    const { scrub, jobs } = openScrub();
    for (let times = 0; times < 3; times++) scrub.note(PARTITION);
    await settle();
    expect(jobs).toEqual([REQUEST]);
    await scrub.scrub(PARTITION);
    scrub.note(PARTITION);
    await settle();
    expect(jobs).toEqual([REQUEST, REQUEST]);
  });

  it("asks again for what was met while a scrub ran", async () => {
    const { scrub, jobs } = openScrub();
    const running = scrub.scrub(PARTITION);
    scrub.note(PARTITION);
    await running;
    scrub.note(PARTITION);
    await settle();
    expect(jobs).toEqual([REQUEST, REQUEST]);
  });

  it("asks again when the queue was away", async () => {
    const { scrub, jobs, queue, log } = openScrub();
    queue.isAway = true;
    scrub.note(PARTITION);
    await settle();
    queue.isAway = false;
    scrub.note(PARTITION);
    await settle();
    expect(jobs).toEqual([REQUEST]);
    expect(log.lines).toContain("warn a scrub could not be queued");
  });
});

describe("the rounds", () => {
  it("come to every partition once, from where the clock says", async () => {
    const { scrub, looked } = openScrub();
    expect(scrub.stepMs).toBe(1_000);
    for (let round = 0; round < PARTITION_COUNT; round++) await scrub.round();
    expect(looked[0]).toBe(5);
    expect(new Set(looked).size).toBe(PARTITION_COUNT);
  });

  it("leave to the queue what could not be mended", async () => {
    const { scrub, put, storeOf, dead, jobs } = openScrub();
    put(A, KEY, 1);
    storeOf(A).damage(KEY);
    dead.add(B);
    for (let round = 0; round < PARTITION_COUNT; round++) await scrub.round();
    expect(jobs).toEqual([REQUEST]);
  });

  it("are none when none are wanted", () => {
    expect(openScrub({ scrubIntervalMs: 0 }).scrub.stepMs).toBeNull();
  });
});
