/** The node's doors and its background work; what each part decides is tested beside the part. */

import {
  type Ballot,
  buildRing,
  type Key,
  laterBallot,
  type MemberState,
  NO_BALLOT,
  type NodeId,
  partitionOf,
  Recovering,
  ShuttingDown,
  StoreUnavailable,
  type Version,
  walkOf,
} from "@ringkv/core";
import { LogBook, MapStore, record } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Node } from "./node.js";
import type { Job } from "./ports/jobs.js";
import { ForeignStore, type Identity } from "./ports/meta-store.js";
import { PeerFailure, type Peers, VersionBeyondClock } from "./ports/peers.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const [SELF, , THIRD] = MEMBERS as [NodeId, NodeId, NodeId];
const ring = buildRing(MEMBERS);
const KEY = keyWith((walk) => walk[0] === SELF && walk[2] === THIRD);
const FOREIGN_KEY = keyWith((walk) => walk[2] === SELF);

function keyWith(fits: (walk: readonly NodeId[]) => boolean): Key {
  for (let index = 0; ; index++) {
    const key = `key:${index}` as Key;
    if (fits(walkOf(ring, partitionOf(key)))) return key;
  }
}

class Meta {
  incarnation = 0;
  reservedUntilMs = 0;
  ballot = NO_BALLOT;
  isForeign = false;
  isAway = false;
  recorded: string[] = [];

  async claim({ node }: Identity) {
    if (this.isForeign) throw new ForeignStore(`not ${node}'s`);
    const { reservedUntilMs, ballot } = this;
    return { incarnation: ++this.incarnation, reservedUntilMs, ballot };
  }

  async recordVote(ballot: Ballot): Promise<Ballot> {
    if (this.isAway) throw new StoreUnavailable("away");
    this.ballot = laterBallot(this.ballot, ballot);
    return this.ballot;
  }

  async reserveClock(untilMs: number): Promise<void> {
    this.reservedUntilMs = Math.max(this.reservedUntilMs, untilMs);
  }

  async recordMembers(states: ReadonlyMap<NodeId, MemberState>): Promise<void> {
    if (this.isAway) throw new StoreUnavailable("away");
    this.recorded.push([...states.values()].join(" "));
  }

  async probe() {
    if (this.isAway) throw new StoreUnavailable("away");
    return "always" as const;
  }
}

/** A node with its own store, and peers that are well unless their name is in `dead`. */
function openNode() {
  const clock = new ManualClock();
  const store = new MapStore();
  const meta = new Meta();
  const log = new LogBook();
  const jobs: Job[] = [];
  const dead = new Set<NodeId>();
  const peerStores = new Map(MEMBERS.map((node) => [node, new MapStore()]));
  const heardOfUs: string[] = [];

  const storeOf = (node: NodeId): MapStore => {
    const peer = peerStores.get(node);
    if (peer !== undefined && !dead.has(node)) return peer;
    throw new PeerFailure({ node, reason: "refused", sent: false });
  };
  const peers: Peers = {
    apply: async (node, records) => storeOf(node).apply(records, 0),
    transfer: async (node, records) => storeOf(node).apply(records, 0),
    read: async (node, keys) => storeOf(node).read(keys),
    digests: async (node) => storeOf(node).partitions(),
    versions: async (node, { partition, cursor }) => storeOf(node).versions(partition, cursor),
    heartbeat: async (node, beat) => {
      storeOf(node);
      heardOfUs.push(`${node}: ${beat.state}`);
      const clocks = { clockMs: clock.wallMs(), stampedMs: 0 };
      return { node, incarnation: 1, state: "up", ...clocks, term: 0, leader: null };
    },
    requestVote: async (node, { term }) => {
      storeOf(node);
      return { term, granted: true };
    },
  };
  const node = new Node({
    self: SELF,
    ring,
    clock,
    store,
    meta,
    peers,
    jobs: { enqueue: async (queued) => void jobs.push(...queued) },
    random: { unit: () => 0.5 },
    log,
    options: {
      clusterId: "test",
      replicaCount: 2,
      writeQuorum: 2,
      readQuorum: 1,
      requestTimeoutMs: 2_000,
      peerTimeoutMs: 400,
      heartbeatIntervalMs: 1_000,
      suspectAfterMs: 2_000,
      downAfterMs: 5_000,
      statusRecordIntervalMs: 30_000,
      handoffIntervalMs: 10_000,
      antiEntropyIntervalMs: 10_000,
      clockDriftMaxMs: 10_000,
    },
  });
  return { clock, store, meta, log, jobs, dead, peerStores, heardOfUs, node };
}

async function startNode() {
  const opened = openNode();
  await opened.node.start();
  await settle();
  return opened;
}

const put = (value = "v") => ({
  key: KEY,
  value: Buffer.from(value),
  contentType: "",
  expiresAtMs: null,
  w: null,
  timeoutMs: null,
});
const get = { key: KEY, r: null, timeoutMs: null };

describe("the doors", () => {
  it("are open when the node has started: what is written can be read", async () => {
    const { node, store, peerStores } = await startNode();
    const { version, stored } = await node.write(put());
    expect(stored).toHaveLength(2);
    expect((await node.read(get)).record).toMatchObject({ version, value: Buffer.from("v") });
    expect(store.records.get(KEY)?.version).toBe(version);
    expect(
      peerStores.get(walkOf(ring, partitionOf(KEY))[1] as NodeId)?.records.get(KEY)?.version,
    ).toBe(version);
    expect((await node.locate(KEY)).holders.map((holder) => holder.version)).toEqual([
      version,
      version,
      null,
    ]);
  });

  it.each([
    { situation: "not started yet", error: Recovering },
    { situation: "leaving", error: ShuttingDown },
    { situation: "its store is away", error: StoreUnavailable },
  ])("are closed while the node is $situation", async ({ situation, error }) => {
    const { clock, meta, node } = openNode();
    if (situation !== "not started yet") await node.start();
    if (situation === "leaving") await node.leave();
    if (situation === "its store is away") {
      meta.isAway = true;
      await clock.advance(1_000);
    }
    await expect(node.write(put())).rejects.toThrow(error);
    await expect(node.read(get)).rejects.toThrow(error);
  });

  it("close when a request finds the store away, without waiting for a probe", async () => {
    const { clock, dead, node, store } = await startNode();
    store.isAway = true;
    const receipt = await node.write(put());
    expect(receipt.stored).not.toContain(SELF); // The stand-in took its place.
    await expect(node.write(put())).rejects.toThrow(StoreUnavailable);
    store.isAway = false;
    await clock.advance(1_000);
    await expect(node.write(put())).resolves.toMatchObject({ w: 2 });
    expect(dead.size).toBe(0);
  });

  it("stay shut when the store is another node's", async () => {
    const { meta, node } = openNode();
    meta.isForeign = true;
    await expect(node.start()).rejects.toThrow(ForeignStore);
    await expect(node.write(put())).rejects.toThrow(Recovering);
  });
});

describe("readiness", () => {
  const failing = (node: Node) =>
    node
      .readiness()
      .filter(({ ok }) => !ok)
      .map(({ check }) => check);

  it.each([
    { situation: "has not started", expected: ["state", "majority"] },
    { situation: "is well", expected: [] },
    { situation: "leaves", expected: ["state"] },
    { situation: "has no store", expected: ["redis"] },
    { situation: "misses one member", expected: [] },
    { situation: "is alone", expected: ["majority"] },
  ])("of a node that $situation: $expected fail", async ({ situation, expected }) => {
    const { clock, dead, meta, node } = openNode();
    if (situation !== "has not started") await node.start();
    await settle();
    if (situation === "leaves") await node.leave();
    meta.isAway = situation === "has no store";
    const missing = { "misses one member": 1, "is alone": 2 }[situation] ?? 0;
    for (const member of MEMBERS.slice(1, 1 + missing)) dead.add(member);
    await clock.advance(6_000);
    expect(failing(node)).toEqual(expected);
  });
});

describe("status", () => {
  it("counts what is held, owned and owed", async () => {
    const { node, store } = await startNode();
    await node.write(put());
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    expect(await node.status()).toMatchObject({
      node: SELF,
      state: "up",
      incarnation: 1,
      storeAnswers: true,
      durability: "always",
      records: 2,
      partitions: { owned: 1, foreign: 1, differing: 0 },
      foreignRecords: 1,
    });
    expect((await node.status()).members.map(({ state }) => state)).toEqual(["up", "up", "up"]);
  });

  it("is given even when the store is away", async () => {
    const { node, store } = await startNode();
    store.isAway = true;
    expect(await node.status()).toMatchObject({
      records: 0,
      partitions: { owned: 0, foreign: 0, differing: 0 },
      foreignRecords: 0,
    });
  });

  it("never counts below zero when the store goes away in the middle", async () => {
    const { node, store } = await startNode();
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    const partitions = store.partitions.bind(store);
    let calls = 0;
    store.partitions = () =>
      ++calls === 1 ? Promise.reject(new StoreUnavailable("away")) : partitions();
    expect((await node.status()).partitions.owned).toBeGreaterThanOrEqual(0);
  });
});

describe("what a node does for its peers", () => {
  it("is to keep, to read and to answer heartbeats", async () => {
    const { clock, node } = await startNode();
    const packed = record(KEY, 5);
    expect(await node.service.apply([packed])).toEqual([{ outcome: "stored", hadValue: false }]);
    expect(await node.service.transfer([packed])).toEqual([{ outcome: "repeated" }]);
    expect(await node.service.read([KEY])).toEqual([packed]);
    const clocks = { clockMs: clock.wallMs(), stampedMs: 0 };
    const beat = { node: THIRD, incarnation: 9, ...clocks, term: 0, leader: null };
    expect(node.service.heartbeat({ ...beat, state: "down" })).toMatchObject({
      node: SELF,
      state: "up",
      incarnation: 1,
    });
    expect(node.stateOf(THIRD)).toBe("down");
  });

  it("is to say what it holds, once it knows that the store is its own", async () => {
    const { node, store } = openNode();
    const ask = { partition: partitionOf(KEY), cursor: null };
    await expect(node.service.digests()).rejects.toThrow(StoreUnavailable);
    await expect(node.service.versions(ask)).rejects.toThrow(StoreUnavailable);
    await node.start();
    const { key, version, bytes } = record("other", 1);
    store.records.set(key, { key, version, bytes });
    expect(await node.service.digests()).toEqual(await store.partitions());
    const { records } = await node.service.versions({ ...ask, partition: partitionOf(key) });
    expect(records).toEqual([{ key, version, bytes: bytes.length }]);
  });

  it("is not to take a version from the far future, nor to follow that clock", async () => {
    const { clock, node } = await startNode();
    const far = clock.wallMs() + 3_600_000;
    await expect(node.service.apply([record(KEY, far)])).rejects.toThrow(VersionBeyondClock);
    const clocks = { clockMs: far, stampedMs: 0, term: 0, leader: null };
    const beat = { node: THIRD, incarnation: 9, state: "up", ...clocks } as const;
    expect(node.service.heartbeat(beat).clockMs).toBeLessThan(clock.wallMs() + 10_000);
  });
});

describe("leaving and stopping", () => {
  it("tells the peers first, and records it", async () => {
    const { heardOfUs, meta, node } = await startNode();
    heardOfUs.length = 0;
    await node.leave();
    expect(heardOfUs).toEqual(["node2: down", "node3: down"]);
    await settle();
    expect(meta.recorded.at(-1)).toBe("down up up");
  });

  it("ends the background work", async () => {
    const { clock, heardOfUs, node } = await startNode();
    await node.stop();
    heardOfUs.length = 0;
    await clock.advance(60_000);
    expect(heardOfUs).toEqual([]);
  });
});

describe("the background work", () => {
  it("records the members' states when one changes, and every 30 seconds", async () => {
    const { clock, dead, meta } = await startNode();
    expect(meta.recorded.at(-1)).toBe("up up up");
    dead.add(THIRD);
    await clock.advance(1_000);
    expect(meta.recorded.at(-1)).toBe("up up suspect");
    await clock.advance(10_000);
    const before = meta.recorded.length;
    await clock.advance(30_000);
    expect(meta.recorded.slice(before)).toEqual(["up up down"]);
  });

  it("queues the hand-off as soon as an owner is back", async () => {
    const { clock, dead, jobs, node, store, peerStores } = await startNode();
    for (const member of MEMBERS.slice(1)) dead.add(member);
    await clock.advance(6_000);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    jobs.length = 0;
    dead.clear();
    await clock.advance(1_000);
    const due = { kind: "handoff", partition: partitionOf(FOREIGN_KEY) } as const;
    expect(jobs).toContainEqual(due);
    await node.runJob(due);
    expect(store.records.size).toBe(0);
    expect(peerStores.get(THIRD)?.records.size).toBe(1);
  });

  it("looks again soon, for those who had not heard yet that the owner is back", async () => {
    const { clock, dead, jobs, store } = await startNode();
    dead.add(THIRD);
    await clock.advance(6_000);
    dead.clear();
    await clock.advance(1_000);
    expect(jobs).toEqual([]);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    await clock.advance(2_000);
    expect(jobs).toEqual([{ kind: "handoff", partition: partitionOf(FOREIGN_KEY) }]);
  });

  it("finds an owner that differs as soon as it is up, and repairs what differs", async () => {
    const { node, clock, jobs, store, peerStores } = openNode();
    const peer = walkOf(ring, partitionOf(KEY))[1] as NodeId;
    const theirs = peerStores.get(peer) as MapStore;
    theirs.records.set(KEY, record(KEY, 1));
    await node.start();
    await clock.advance(1_000);
    const due = { kind: "repair", partition: partitionOf(KEY), peer } as const;
    expect(jobs).toContainEqual(due);
    expect((await node.status()).partitions.differing).toBe(1);
    const verdict = node.verify();
    await clock.advance(2_000);
    expect((await verdict).differing).toEqual([partitionOf(KEY)]);
    await node.runJob(due);
    expect(store.records.get(KEY)).toEqual(record(KEY, 1));
    expect((await node.status()).partitions.differing).toBe(0);
  });

  it("goes on when a round fails, and logs it", async () => {
    const { clock, log, meta, store } = await startNode();
    store.isAway = true;
    meta.isAway = true;
    await clock.advance(30_000);
    expect(log.lines).toContain("warn background round failed");
    store.isAway = false;
    meta.isAway = false;
    const before = meta.recorded.length;
    await clock.advance(30_000);
    expect(meta.recorded.length).toBeGreaterThan(before);
  });

  it("begins a second life above every version of the first", async () => {
    const { meta, node } = await startNode();
    const { version } = await node.write(put());
    const second = openNode();
    second.meta.reservedUntilMs = meta.reservedUntilMs;
    second.clock.epochMs -= 3_600_000;
    await second.node.start();
    await settle();
    const later: Version = (await second.node.write(put())).version;
    expect(later > version).toBe(true);
  });
});
