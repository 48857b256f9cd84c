import {
  buildRing,
  type Key,
  type NodeId,
  partitionOf,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import fc from "fast-check";
import { LogBook, MapStore, record, version } from "../test-support/fakes.js";
import { PeerFailure } from "./ports/peers.js";
import { Repair } from "./repair.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const PARTITION = partitionOf("user:1" as Key);
const KEYS = Array.from({ length: 30_000 }, (_, index) => `key:${index}` as Key)
  .filter((key) => partitionOf(key) === PARTITION)
  .slice(0, 20);
const [SELF, PEER, STRANGER] = walkOf(ring, PARTITION) as [NodeId, NodeId, NodeId];

/** Two owners, each with a store; `ours` and `theirs` are pairs of key number and version. */
function openRepair({ ours = [], theirs = [], listedMax = 100 }: Scene = {}) {
  const of = (pairs: Pairs) =>
    new MapStore(...pairs.map(([key, ms]) => record(KEYS[key] as Key, ms)));
  const [store, peerStore] = [of(ours), of(theirs)];
  const calls: string[] = [];
  const log = new LogBook();
  /** Lets the test meddle before a call is taken: throw, or write meanwhile. */
  const hooks = { before: (_call: string) => {} };
  const note = (call: string, count: number) => {
    calls.push(`${call} ${count}`);
    hooks.before(call);
  };
  const repair = new Repair({
    self: SELF,
    ring,
    store,
    read: (keys) => store.read(keys),
    transfer: (records) => store.apply(records, 0),
    peers: {
      async versions(_node, { partition, cursor }) {
        hooks.before("versions");
        return peerStore.versions(partition, cursor);
      },
      async copies(_node, keys) {
        note("pull", keys.length);
        return peerStore.read(keys);
      },
      async page(_node, { partition, cursor }) {
        const page = await peerStore.page(partition, cursor);
        note("page", page.records.length);
        return page;
      },
      async transfer(_node, records) {
        note("push", records.length);
        return peerStore.apply(records, 0);
      },
    },
    log,
    options: { replicaCount: 2, transferTimeoutMs: 2_000, listedMax },
  });
  return { repair, store, peerStore, calls, log, hooks };
}

type Pairs = readonly (readonly [key: number, ms: number])[];

interface Scene {
  readonly ours?: Pairs;
  readonly theirs?: Pairs;
  readonly listedMax?: number;
}

const held = (store: MapStore) =>
  [...store.records.values()].map(({ key, version }) => `${key} ${version}`).toSorted();

describe("repair", () => {
  it("moves no damaged record, whichever side has it", async () => {
    const { repair, store, peerStore } = openRepair({ ours: [[0, 9]], theirs: [[1, 9]] });
    for (const one of [store, peerStore]) for (const key of one.records.keys()) one.damage(key);
    const before = [held(store), held(peerStore)];
    expect(await repair.repair(PARTITION, PEER)).toMatchObject({ pulled: 0, pushed: 0 });
    expect([held(store), held(peerStore)]).toEqual(before);
  });

  it("pulls what is newer there, pushes what is newer here, and moves nothing else", async () => {
    const { repair, store, peerStore, calls, log } = openRepair({
      ours: [
        [0, 1],
        [1, 5],
        [2, 1],
        [4, 3],
      ],
      theirs: [
        [0, 2],
        [1, 4],
        [3, 1],
        [4, 3],
      ],
    });
    const report = await repair.repair(PARTITION, PEER);
    expect(report).toEqual({ partition: PARTITION, peer: PEER, pulled: 2, pushed: 2 });
    expect(held(store)).toEqual(held(peerStore));
    expect(store.records.get(KEYS[0] as Key)).toEqual(record(KEYS[0] as Key, 2));
    expect(peerStore.records.get(KEYS[1] as Key)).toEqual(record(KEYS[1] as Key, 5));
    expect(calls).toEqual(["pull 2", "push 2"]);
    expect(log.lines).toEqual(["info repaired a partition"]);
  });

  it("does nothing, and says nothing, when there is nothing to do", async () => {
    const { repair, calls, log } = openRepair({ ours: [[0, 1]], theirs: [[0, 1]] });
    expect(await repair.repair(PARTITION, PEER)).toMatchObject({ pulled: 0, pushed: 0 });
    expect([calls, log.lines]).toEqual([[], []]);
  });

  it("moves deletions like values", async () => {
    const { repair, store, peerStore } = openRepair({ ours: [[0, 1]] });
    const deletion = record(KEYS[0] as Key, 2, { value: null });
    await peerStore.apply([deletion], 0);
    await repair.repair(PARTITION, PEER);
    expect(store.records.get(deletion.key)).toEqual(deletion);
  });

  it.each([
    { peer: STRANGER, why: "the peer does not own" },
    { peer: SELF, why: "is its own" },
  ])("leaves alone what $why", async ({ peer }) => {
    const { repair, store, calls } = openRepair({ ours: [[0, 1]], theirs: [[1, 1]] });
    expect(await repair.repair(PARTITION, peer)).toMatchObject({ pulled: 0, pushed: 0 });
    expect([calls, store.records.size]).toEqual([[], 1]);
  });

  it.each(["pull", "push"] as const)(
    "lets a write win that came between the listing and the %s",
    async (direction) => {
      const { repair, store, peerStore, hooks } = openRepair({ ours: [[0, 2]], theirs: [[1, 2]] });
      const late = record(KEYS[direction === "pull" ? 1 : 0] as Key, 9);
      hooks.before = (call) => {
        if (call === direction)
          (direction === "pull" ? store : peerStore).records.set(late.key, late);
      };
      await repair.repair(PARTITION, PEER);
      expect((direction === "pull" ? store : peerStore).records.get(late.key)).toEqual(late);
      hooks.before = () => {};
      await repair.repair(PARTITION, PEER);
      expect(held(store)).toEqual(held(peerStore));
    },
  );

  it("passes over what is gone when it is asked for", async () => {
    const { repair, peerStore, hooks } = openRepair({
      theirs: [
        [0, 1],
        [1, 1],
      ],
    });
    hooks.before = (call) => {
      if (call === "pull") peerStore.records.delete(KEYS[0] as Key);
    };
    expect(await repair.repair(PARTITION, PEER)).toMatchObject({ pulled: 1 });
  });

  it.each(["versions", "pull", "push"])(
    "rejects when the peer fails at %s, and ends the work when it is called again",
    async (at) => {
      const { repair, store, peerStore, hooks } = openRepair({ ours: [[0, 1]], theirs: [[1, 1]] });
      hooks.before = (call) => {
        if (call === at) throw new PeerFailure({ node: PEER, reason: "timed-out", sent: true });
      };
      await expect(repair.repair(PARTITION, PEER)).rejects.toThrow(PeerFailure);
      hooks.before = () => {};
      await repair.repair(PARTITION, PEER);
      expect(held(store)).toEqual(held(peerStore));
    },
  );

  it("rejects when this node's store is away", async () => {
    const { repair, store } = openRepair();
    store.isAway = true;
    await expect(repair.repair(PARTITION, PEER)).rejects.toThrow(StoreUnavailable);
  });

  it("makes any two copies equal, however few records it may compare at once", async () => {
    const side = fc.array(fc.tuple(fc.nat(KEYS.length - 1), fc.integer({ min: 1, max: 4 })));
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.integer({ min: 1, max: 8 }),
        async (ours, theirs, listedMax) => {
          const { repair, store, peerStore } = openRepair({ ours, theirs, listedMax });
          await repair.repair(PARTITION, PEER);
          expect(held(store)).toEqual(held(peerStore));
          for (const [key, ms] of [...new Map(ours), ...new Map(theirs)]) {
            const one = record(KEYS[key] as Key, ms);
            expect((store.records.get(one.key)?.version ?? "") >= one.version).toBe(true);
          }
        },
      ),
    );
  });
});

describe("pull", () => {
  const copied = () => {
    const seen: number[] = [];
    return { seen, onCopied: (records: number, bytes: number) => void seen.push(records, bytes) };
  };

  it("takes a whole partition page by page where nothing is held, whoever has it", async () => {
    const { repair, store, peerStore, calls } = openRepair({
      theirs: [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    });
    const { seen, onCopied } = copied();
    await repair.pull({ partition: PARTITION, node: STRANGER, isEmpty: true }, onCopied);
    expect(held(store)).toEqual(held(peerStore));
    expect(calls).toEqual(["page 2", "page 1"]);
    const bytes = (from: number, to: number) =>
      [...peerStore.records.values()].slice(from, to).reduce((sum, it) => sum + it.bytes.length, 0);
    expect(seen).toEqual([2, bytes(0, 2), 1, bytes(2, 3)]);
  });

  it("passes over what is damaged there", async () => {
    const { repair, store, peerStore } = openRepair({
      ours: [[0, 1]],
      theirs: [
        [0, 2],
        [1, 2],
      ],
    });
    peerStore.damage(KEYS[0] as Key);
    const { seen, onCopied } = copied();
    await repair.pull({ partition: PARTITION, node: PEER, isEmpty: false }, onCopied);
    expect(held(store)).toEqual([`${KEYS[0]} ${version(1)}`, `${KEYS[1]} ${version(2)}`]);
    expect(seen[0]).toBe(1);
  });

  it("takes what is newer there, and gives nothing", async () => {
    const { repair, store, peerStore, calls } = openRepair({
      ours: [
        [0, 1],
        [1, 5],
      ],
      theirs: [
        [0, 2],
        [1, 4],
      ],
    });
    const { onCopied } = copied();
    const before = held(peerStore);
    await repair.pull({ partition: PARTITION, node: PEER, isEmpty: false }, onCopied);
    expect(calls).toEqual(["pull 1"]);
    expect(store.records.get(KEYS[0] as Key)).toEqual(record(KEYS[0] as Key, 2));
    expect(held(peerStore)).toEqual(before);
  });

  it("waits with the next page until this one is on disk", async () => {
    const { repair, store, hooks, calls } = openRepair({
      theirs: [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    });
    const sizes: number[] = [];
    hooks.before = () => void sizes.push(store.records.size);
    await repair.pull({ partition: PARTITION, node: PEER, isEmpty: true }, copied().onCopied);
    expect([calls, sizes]).toEqual([
      ["page 2", "page 1"],
      [0, 2],
    ]);
  });

  it("keeps what it has taken when the other side fails half way", async () => {
    const { repair, store, hooks, calls } = openRepair({
      theirs: [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    });
    hooks.before = () => {
      if (calls.at(-1) === "page 1")
        throw new PeerFailure({ node: PEER, reason: "refused", sent: true });
    };
    const order = { partition: PARTITION, node: PEER, isEmpty: true };
    await expect(repair.pull(order, copied().onCopied)).rejects.toThrow(PeerFailure);
    expect(store.records.size).toBe(2);
  });
});
