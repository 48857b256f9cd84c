import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  partitionOf,
  walkOf,
} from "@ringkv/core";
import { LogBook, MapStore, record, version } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { Counters } from "./counters.js";
import { PeerFailure } from "./ports/peers.js";
import { Purge } from "./purge.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const [SELF] = MEMBERS as [NodeId];
const ring = buildRing(MEMBERS);
const DEADLINE_MS = 60_000;
const ROUND_MS = 60_000;

/** Keys whose walk begins like this. */
function keysWith(count: number, ...walk: readonly string[]): Key[] {
  const found: Key[] = [];
  for (let index = 0; found.length < count; index++) {
    const key = `key:${index}` as Key;
    const itsWalk = walkOf(ring, partitionOf(key));
    if (walk.every((node, place) => itsWalk[place] === node)) found.push(key);
  }
  return found;
}

const [KEY] = keysWith(1, "node1", "node2", "node3") as [Key];

function openPurge({ replicaCount = 2 } = {}) {
  const clock = new ManualClock();
  const log = new LogBook();
  const stores = new Map(MEMBERS.map((node) => [node, new MapStore()]));
  const states = new Map<NodeId, MemberState>();
  const dead = new Set<NodeId>();
  const counters = new Counters();
  const steady = { sinceMs: 0, storeForMs: Number.POSITIVE_INFINITY };
  const orders: string[] = [];

  const storeOf = (node: string): MapStore => stores.get(node as NodeId) as MapStore;
  const answering = (node: NodeId): MapStore => {
    if (!dead.has(node)) return storeOf(node);
    throw new PeerFailure({ node, reason: "timed-out", sent: true });
  };
  const cutoffMs = () => clock.wallMs() - 2 * DEADLINE_MS;
  const purge = new Purge({
    self: SELF,
    ring,
    clock,
    store: storeOf(SELF),
    counters,
    forget: (records) => storeOf(SELF).purge(records, cutoffMs()),
    peers: {
      digests: async (node) => answering(node).partitions(),
      copies: async (node, keys) => answering(node).read(keys),
      purge: async (node, records) => {
        orders.push(`${node} ${records.map(({ key }) => key).join(" ")}`);
        return answering(node).purge(records, cutoffMs());
      },
    },
    stateOf: (node) => states.get(node) ?? "up",
    steadySinceMs: () => steady.sinceMs,
    storeAnsweredForMs: () => steady.storeForMs,
    log,
    options: { replicaCount, transferTimeoutMs: 2_000, messageBudgetMaxMs: DEADLINE_MS },
  });

  /** Puts a tombstone, or a record with another `change`, on the nodes named. */
  const put = (key: Key, nodes: string, change: Parameters<typeof record>[2] = { value: null }) => {
    const packed = record(key, clock.wallMs(), change);
    for (const node of nodes.split(" ")) storeOf(node).records.set(key, packed);
    return packed;
  };
  const holders = (key: Key) => MEMBERS.filter((node) => storeOf(node).records.has(key)).join(" ");
  /** So many rounds, one deadline apart. Returns what they purged. */
  const rounds = async (count: number) => {
    let purged = 0;
    for (let round = 0; round < count; round++) {
      await clock.advance(ROUND_MS);
      purged += await purge.run();
    }
    return purged;
  };
  const tools = { clock, log, counters, states, dead, steady, orders, storeOf };
  return { ...tools, purge, put, holders, rounds };
}

describe("Purge", () => {
  it("forgets a tombstone on every owner once two looks, far enough apart, allow it", async () => {
    const { put, rounds, holders, counters, log, orders } = openPurge();
    put(KEY, "node1 node2");
    // Two deadlines old at the first look that counts, and two more until the second.
    expect(await rounds(3)).toBe(0);
    expect(holders(KEY)).toBe("node1 node2");
    expect(await rounds(1)).toBe(1);
    expect(holders(KEY)).toBe("");
    expect(orders).toEqual([`node2 ${KEY}`]);
    expect(counters.values.recordsPurged).toBe(1);
    expect(log.lines).toEqual(["info purged tombstones and expired records"]);
  });

  it("counts the age of an expired value from its expiry", async () => {
    const { clock, put, rounds, holders } = openPurge();
    put(KEY, "node1 node2", { expiresAtMs: clock.wallMs() + 10 * ROUND_MS });
    expect(await rounds(13)).toBe(0);
    expect(holders(KEY)).toBe("node1 node2");
    expect(await rounds(1)).toBe(1);
  });

  it.each([
    { change: {}, why: "a value that never expires" },
    { change: { expiresAtMs: 9_000_000_000_000 }, why: "a value that lives for long" },
  ])("keeps $why", async ({ change }) => {
    const { put, rounds } = openPurge();
    put(KEY, "node1 node2", change);
    expect(await rounds(10)).toBe(0);
  });

  it.each([
    { nodes: "node1", n: 2, why: "an owner lacks it" },
    { nodes: "node1 node2 node3", n: 2, why: "a stand-in still holds it" },
    { nodes: "node1 node2", n: 3, why: "the third owner lacks it" },
  ])("keeps a tombstone while $why", async ({ nodes, n }) => {
    const { put, rounds, orders } = openPurge({ replicaCount: n });
    put(KEY, nodes);
    expect(await rounds(10)).toBe(0);
    expect(orders).toEqual([]);
  });

  it("keeps a tombstone of which another owner holds an older or a newer version", async () => {
    const { put, rounds, storeOf, orders } = openPurge();
    put(KEY, "node1 node2");
    await rounds(3);
    storeOf("node2").records.set(KEY, record(KEY, 7));
    expect(await rounds(1)).toBe(0);
    expect(storeOf("node1").records.has(KEY)).toBe(true);
    expect(orders).toEqual([]);
  });

  it("leaves a partition to its primary", async () => {
    const { put, rounds, holders } = openPurge();
    const [theirs] = keysWith(1, "node2", "node1") as [Key];
    put(theirs, "node1 node2");
    expect(await rounds(10)).toBe(0);
    expect(holders(theirs)).toBe("node1 node2");
  });

  it("asks all owners where there are three", async () => {
    const { put, rounds, holders, orders } = openPurge({ replicaCount: 3 });
    put(KEY, "node1 node2 node3");
    expect(await rounds(4)).toBe(1);
    expect(holders(KEY)).toBe("");
    expect(orders).toEqual([`node2 ${KEY}`, `node3 ${KEY}`]);
  });

  it("needs nobody else where a key has one owner", async () => {
    const { put, rounds, orders } = openPurge({ replicaCount: 1 });
    put(KEY, "node1");
    expect(await rounds(4)).toBe(1);
    expect(orders).toEqual([]);
  });
});

describe("what breaks the quiet", () => {
  type Opened = ReturnType<typeof openPurge>;
  const third = "node3" as NodeId;

  it.each([
    {
      what: "a member is down",
      begin: ({ states }: Opened) => states.set(third, "down"),
      end: ({ states }: Opened) => states.delete(third),
    },
    {
      what: "a member is suspect",
      begin: ({ states }: Opened) => states.set(third, "suspect"),
      end: ({ states }: Opened) => states.delete(third),
    },
    {
      what: "a member is not trusted with reads yet",
      begin: ({ states }: Opened) => states.set(third, "recovering"),
      end: ({ states }: Opened) => states.delete(third),
    },
    {
      what: "a member does not answer",
      begin: ({ dead }: Opened) => dead.add(third),
      end: ({ dead }: Opened) => dead.delete(third),
    },
    {
      what: "the own store is away",
      begin: ({ storeOf }: Opened) => Object.assign(storeOf(SELF), { isAway: true }),
      end: ({ storeOf }: Opened) => Object.assign(storeOf(SELF), { isAway: false }),
    },
  ])("$what: nothing is purged, and all looks begin anew", async ({ begin, end }) => {
    const opened = openPurge();
    const { put, rounds } = opened;
    put(KEY, "node1 node2");
    await rounds(3);
    begin(opened);
    expect(await rounds(5)).toBe(0);
    end(opened);
    expect(await rounds(2)).toBe(0);
    expect(await rounds(1)).toBe(1);
  });

  it("is any change since the first look, also one that nobody can see any more", async () => {
    const { clock, put, rounds, steady } = openPurge();
    put(KEY, "node1 node2");
    await rounds(3);
    steady.sinceMs = clock.monotonicMs() + 1;
    expect(await rounds(2)).toBe(0);
    expect(await rounds(1)).toBe(1);
  });

  it("is a foreign copy that came and went between the looks that count", async () => {
    const { put, rounds, storeOf } = openPurge();
    put(KEY, "node1 node2");
    await rounds(2);
    storeOf("node3").records.set(KEY, record(KEY, 7));
    await rounds(1);
    storeOf("node3").records.delete(KEY);
    expect(await rounds(2)).toBe(0);
    expect(await rounds(1)).toBe(1);
  });

  it("a member that fails in the middle costs the rest of the run, and no record", async () => {
    const { put, rounds, dead, holders, log } = openPurge();
    const [gone, kept] = [KEY, keysWith(1, "node1", "node3")[0] as Key];
    put(gone, "node1 node2");
    put(kept, "node1 node3");
    await rounds(3);
    // It told what it holds, and has gone since.
    const third3 = () => dead.add("node3" as NodeId);
    await Promise.all([rounds(1), Promise.resolve().then(third3)]);
    expect(holders(kept)).toBe("node1 node3");
    expect(log.lines).toContain("info a purge ended early: not everybody answered");
  });
});

describe("a run", () => {
  it("comes to nothing when it follows too soon, or while another one goes on", async () => {
    const { clock, put, purge, rounds } = openPurge();
    put(KEY, "node1 node2");
    await rounds(3);
    await clock.advance(DEADLINE_MS / 2 - 1);
    expect(await purge.run()).toBe(0);
    await clock.advance(DEADLINE_MS / 2 + 1);
    expect(await Promise.all([purge.run(), purge.run()])).toEqual([1, 0]);
  });

  it("purges page after page, whatever lies between them", async () => {
    const { clock, storeOf, put, rounds } = openPurge();
    for (const node of MEMBERS) storeOf(node).recordsPerPage = 10;
    const dead = keysWith(60, "node1", "node2");
    const stuck = keysWith(20, "node1", "node3");
    for (const key of dead) put(key, "node1 node2");
    for (const key of stuck) put(key, "node1");
    await clock.advance(1);
    expect(await rounds(5)).toBe(dead.length - countSharing(dead, stuck));
    expect(storeOf("node2").records.size).toBe(countSharing(dead, stuck));
  });

  it("is no order: an owner that finds a record too young keeps it, and so do all", async () => {
    const { put, rounds, storeOf, holders, counters } = openPurge();
    put(KEY, "node1 node2");
    storeOf("node2").purge = async (records) => records.map(() => false);
    expect(await rounds(6)).toBe(0);
    expect(holders(KEY)).toBe("node1 node2");
    expect(counters.values.recordsPurged).toBe(0);
  });

  it("takes a damaged copy for none: nobody knows what it was", async () => {
    const { put, rounds, storeOf, holders, orders } = openPurge();
    put(KEY, "node1 node2");
    storeOf("node2").damage(KEY);
    expect(await rounds(6)).toBe(0);
    expect(holders(KEY)).toBe("node1 node2");
    expect(orders).toEqual([]);
  });

  it("forgets nothing where the store was silent lately, and may do what it was told", async () => {
    const { put, purge, steady, holders } = openPurge();
    const held = put(KEY, "node1 node2", { value: null, version: version(1) });
    steady.storeForMs = 2 * DEADLINE_MS - 1;
    expect(await purge.forget([held])).toEqual([false]);
    expect(holders(KEY)).toBe("node1 node2");
    steady.storeForMs = 2 * DEADLINE_MS;
    expect(await purge.forget([held])).toEqual([true]);
  });
});

/** Keys of the first list whose partition, which differs, holds one of the second. */
function countSharing(keys: readonly Key[], others: readonly Key[]): number {
  const partitions = new Set(others.map((key) => partitionOf(key)));
  return keys.filter((key) => partitions.has(partitionOf(key))).length;
}
