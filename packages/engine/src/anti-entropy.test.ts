import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  type Partition,
  partitionOf,
  walkOf,
} from "@ringkv/core";
import { LogBook, MapStore, record } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { AntiEntropy } from "./anti-entropy.js";
import { Counters } from "./counters.js";
import type { Job } from "./ports/jobs.js";
import { PeerFailure } from "./ports/peers.js";

const [FIRST, SECOND, THIRD] = ["node1", "node2", "node3"] as [NodeId, NodeId, NodeId];
const ring = buildRing([FIRST, SECOND, THIRD]);
const PAUSE_MS = 400;
/** Owned by node1 and node2, and by node2 and node3. */
const SHARED = keyOwnedBy(FIRST, SECOND);
const THEIRS = keyOwnedBy(SECOND, THIRD);
const PARTITION = partitionOf(SHARED);

function keyOwnedBy(...owners: NodeId[]): Key {
  return keysOwnedBy(1, ...owners)[0] as Key;
}

/** In as many partitions as there are keys. */
function keysOwnedBy(count: number, ...owners: NodeId[]): Key[] {
  const keys = new Map<Partition, Key>();
  for (let index = 0; keys.size < count; index++) {
    const key = `key:${index}` as Key;
    const walk = walkOf(ring, partitionOf(key));
    if (owners.every((node) => walk.indexOf(node) < 2)) keys.set(partitionOf(key), key);
  }
  return [...keys.values()];
}

function openAntiEntropy(self: NodeId = FIRST) {
  const clock = new ManualClock();
  const stores = new Map([FIRST, SECOND, THIRD].map((node) => [node, new MapStore()]));
  const storeOf = (node: NodeId) => stores.get(node) as MapStore;
  const states = new Map<NodeId, MemberState>();
  const dead = new Set<NodeId>();
  const [asked, jobs, log] = [[] as NodeId[], [] as Job[], new LogBook()];
  const stopped = new AbortController();
  const antiEntropy = new AntiEntropy({
    self,
    ring,
    clock,
    store: storeOf(self),
    peers: {
      async digests(node) {
        asked.push(node);
        if (dead.has(node)) throw new PeerFailure({ node, reason: "refused", sent: false });
        return storeOf(node).partitions();
      },
    },
    jobs: { enqueue: async (queued) => void jobs.push(...queued) },
    counters: new Counters(),
    stateOf: (node) => states.get(node) ?? "up",
    log,
    signal: stopped.signal,
    options: { replicaCount: 2, transferTimeoutMs: 2_000, secondLookMs: PAUSE_MS },
  });
  /** A whole look, its pause included; `meanwhile` happens in the pause. */
  const look = async (peer: NodeId, meanwhile = () => {}) => {
    const looked = antiEntropy.lookAt(peer);
    await settle();
    meanwhile();
    await clock.advance(PAUSE_MS);
    await looked;
  };
  return { antiEntropy, look, storeOf, states, dead, asked, jobs, log, stopped };
}

const put = (store: MapStore, key: Key, ms: number) => store.records.set(key, record(key, ms));

describe("a look at another owner", () => {
  it("queues the repair of what differs, and counts it", async () => {
    const { antiEntropy, look, storeOf, jobs } = openAntiEntropy();
    put(storeOf(SECOND), SHARED, 1);
    await look(SECOND);
    expect(jobs).toEqual([{ kind: "repair", partition: PARTITION, peer: SECOND }]);
    expect(antiEntropy.partitionsDiffering).toBe(1);
  });

  it("sees nothing in copies that are equal", async () => {
    const { antiEntropy, look, storeOf, jobs, asked } = openAntiEntropy();
    for (const node of [FIRST, SECOND]) put(storeOf(node), SHARED, 1);
    await look(SECOND);
    expect([jobs, antiEntropy.partitionsDiffering]).toEqual([[], 0]);
    expect(asked).toEqual([SECOND]);
  });

  it("does not count a difference that is gone at the second look: it was on its way", async () => {
    const { antiEntropy, look, storeOf, jobs } = openAntiEntropy();
    put(storeOf(FIRST), SHARED, 1);
    await look(SECOND, () => put(storeOf(SECOND), SHARED, 1));
    expect([jobs, antiEntropy.partitionsDiffering]).toEqual([[], 0]);
  });

  it("leaves to others what only others own, and to hand-off what is foreign", async () => {
    const { look, storeOf, jobs } = openAntiEntropy();
    put(storeOf(SECOND), THEIRS, 1);
    put(storeOf(FIRST), THEIRS, 2);
    await look(SECOND);
    expect(jobs).toEqual([]);
  });

  it("counts, and leaves the repair to the one whose name comes first", async () => {
    const { antiEntropy, look, storeOf, jobs } = openAntiEntropy(SECOND);
    put(storeOf(FIRST), SHARED, 1);
    await look(FIRST);
    expect([jobs, antiEntropy.partitionsDiffering]).toEqual([[], 1]);
  });

  it("repairs a few of the partitions that are written to meanwhile, in turn", async () => {
    const { antiEntropy, look, storeOf, jobs } = openAntiEntropy();
    const busy = keysOwnedBy(40, FIRST, SECOND);
    let version = 1;
    const write = () => {
      version++;
      for (const key of busy) put(storeOf(FIRST), key, version);
    };
    write();
    await look(SECOND, write);
    expect(antiEntropy.partitionsDiffering).toBe(0);
    expect(jobs).toHaveLength(32);
    await look(SECOND, write);
    expect(jobs).toHaveLength(64);
    const repaired = new Set(jobs.map((job) => (job.kind === "repair" ? job.partition : -1)));
    expect(repaired).toEqual(new Set(busy.map((key) => partitionOf(key))));
  });

  it("forgets a difference that a repair has ended, or that the next look misses", async () => {
    const { antiEntropy, look, storeOf } = openAntiEntropy();
    put(storeOf(SECOND), SHARED, 1);
    await look(SECOND);
    antiEntropy.noteRepaired(7 as Partition, SECOND);
    expect(antiEntropy.partitionsDiffering).toBe(1);
    antiEntropy.noteRepaired(PARTITION, SECOND);
    expect(antiEntropy.partitionsDiffering).toBe(0);
    await look(SECOND);
    expect(antiEntropy.partitionsDiffering).toBe(1);
    put(storeOf(FIRST), SHARED, 1);
    await look(SECOND);
    expect(antiEntropy.partitionsDiffering).toBe(0);
  });

  it("rejects when the peer does not answer, and keeps what it knew", async () => {
    const { antiEntropy, look, storeOf, dead } = openAntiEntropy();
    put(storeOf(SECOND), SHARED, 1);
    await look(SECOND);
    dead.add(SECOND);
    await expect(antiEntropy.lookAt(SECOND)).rejects.toThrow(PeerFailure);
    expect(antiEntropy.partitionsDiffering).toBe(1);
  });
});

describe("a digest that does not match its records", () => {
  it.each([FIRST, SECOND])("is rebuilt by %s when the next look sees the same", async (self) => {
    const { look, storeOf, log } = openAntiEntropy(self);
    const peer = self === FIRST ? SECOND : FIRST;
    for (const node of [FIRST, SECOND]) put(storeOf(node), SHARED, 1);
    storeOf(self).wrongSums.set(PARTITION, "0000000000000000");
    await look(peer);
    expect(storeOf(self).wrongSums.size).toBe(1);
    await look(peer);
    expect(storeOf(self).wrongSums.size).toBe(0);
    expect(log.lines).toEqual(["warn a digest did not match its records and was rebuilt"]);
  });

  it("is not suspected while records still move", async () => {
    const { look, storeOf, log } = openAntiEntropy();
    storeOf(FIRST).wrongSums.set(PARTITION, "0000000000000000");
    for (const ms of [1, 2, 3]) {
      put(storeOf(SECOND), SHARED, ms);
      await look(SECOND);
    }
    expect(log.lines).toEqual([]);
  });
});

describe("a round", () => {
  it.each(["down", "suspect", "recovering"] as const)(
    "looks at all who are up, and not at one that is %s",
    async (state) => {
      const { antiEntropy, states, asked } = openAntiEntropy();
      states.set(SECOND, state);
      await antiEntropy.round();
      expect(asked).toEqual([THIRD]);
    },
  );

  it("looks at the others although one fails, and says so", async () => {
    const { antiEntropy, dead, asked } = openAntiEntropy();
    dead.add(SECOND);
    await expect(antiEntropy.round()).rejects.toThrow(PeerFailure);
    expect(asked).toEqual([SECOND, THIRD]);
  });
});
