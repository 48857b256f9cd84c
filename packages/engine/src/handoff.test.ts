import {
  buildRing,
  type Key,
  type MemberState,
  type NodeId,
  type PackedRecord,
  partitionOf,
  walkOf,
} from "@ringkv/core";
import { LogBook, MapStore, record, version } from "../test-support/fakes.js";
import { Debts } from "./debts.js";
import { Handoff } from "./handoff.js";
import type { Job } from "./ports/jobs.js";
import { PeerFailure } from "./ports/peers.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const KEYS = keysOfOnePartition("user:1" as Key, 5);
const PARTITION = partitionOf(KEYS[0] as Key);
/** The owners of the partition, and the stand-in that this is all about. */
const [A, B, SELF] = walkOf(ring, PARTITION) as [NodeId, NodeId, NodeId];

function keysOfOnePartition(first: Key, count: number): Key[] {
  const keys = [first];
  for (let index = 0; keys.length < count; index++) {
    const key = `key:${index}` as Key;
    if (partitionOf(key) === partitionOf(first)) keys.push(key);
  }
  return keys.toSorted();
}

/** A stand-in that holds `records`, and two owners with stores of their own. */
function openHandoff(records: readonly PackedRecord[], self: NodeId = SELF) {
  const store = new MapStore(...records);
  const owners = new Map([A, B].map((node) => [node, new MapStore()]));
  const states = new Map<NodeId, MemberState>();
  const sent: string[] = [];
  const jobs: Job[] = [];
  const noted: number[] = [];
  const log = new LogBook();
  /** Lets the test meddle before a message is taken: throw, or write meanwhile. */
  const hooks = { beforeTransfer: (_node: NodeId, _records: readonly PackedRecord[]) => {} };
  const debts = new Debts(self);
  const handoff = new Handoff({
    self,
    debts,
    ring,
    store,
    release: (confirmed) => store.release(confirmed),
    noteDamage: (partition) => void noted.push(partition),
    peers: {
      async transfer(node, batch) {
        hooks.beforeTransfer(node, batch);
        sent.push(`${node}: ${batch.length}`);
        return (await owners.get(node)?.apply(batch, 0)) ?? [];
      },
    },
    jobs: { enqueue: async (queued) => void jobs.push(...queued) },
    stateOf: (node) => states.get(node) ?? "up",
    log,
    options: { replicaCount: 2, transferTimeoutMs: 2_000 },
  });
  const holds = (node: NodeId) => [...(owners.get(node)?.records.keys() ?? [])].toSorted();
  return { handoff, store, owners, states, sent, jobs, noted, log, hooks, holds, debts };
}

const owedRecords = () => KEYS.map((key, index) => record(key, index + 1));

describe("handOff", () => {
  it("hands no damaged record on and lets go of none, but says that there is one", async () => {
    const { handoff, store, noted, holds } = openHandoff(owedRecords());
    store.damage(KEYS[2] as Key);
    const report = await handoff.handOff(PARTITION);
    expect(report).toEqual({ partition: PARTITION, sent: 4, released: 4 });
    expect([...store.records.keys()]).toEqual([KEYS[2]]);
    expect(holds(A)).toEqual(KEYS.filter((key) => key !== KEYS[2]));
    expect(noted).toEqual([PARTITION]);
  });

  it("brings every record to every owner, page by page, and lets go of it then", async () => {
    const { handoff, store, sent, log, holds } = openHandoff(owedRecords());
    const report = await handoff.handOff(PARTITION);
    expect(report).toEqual({ partition: PARTITION, sent: 5, released: 5 });
    expect([holds(A), holds(B)]).toEqual([KEYS, KEYS]);
    expect(store.records.size).toBe(0);
    expect(sent).toEqual([2, 2, 1].flatMap((count) => [`${A}: ${count}`, `${B}: ${count}`]));
    expect(log.lines).toEqual(["info handed off a foreign partition"]);
  });

  it.each(["down", "suspect", "recovering"] as const)(
    "keeps everything while an owner is %s, and does not keep it from the other",
    async (state) => {
      const { handoff, store, states, holds } = openHandoff(owedRecords());
      states.set(A, state);
      const report = await handoff.handOff(PARTITION);
      expect(report).toMatchObject({ sent: 5, released: 0 });
      expect([holds(A), holds(B)]).toEqual([[], KEYS]);
      expect(store.records.size).toBe(5);
    },
  );

  it("sends nothing twice to an owner that confirmed it, while nothing changes", async () => {
    const { handoff, sent, states } = openHandoff(owedRecords());
    states.set(A, "down");
    await handoff.handOff(PARTITION);
    sent.length = 0;
    expect(await handoff.handOff(PARTITION)).toMatchObject({ sent: 0, released: 0 });
    expect(sent).toEqual([]);
  });

  it("remembers each owner's confirmation while they come and go in turn", async () => {
    const { handoff, sent, states } = openHandoff(owedRecords());
    for (const away of [A, B, A, B]) {
      states.clear();
      states.set(away, "down");
      await handoff.handOff(PARTITION);
    }
    expect(sent).toEqual(
      [B, B, B, A, A, A].map((node, index) => `${node}: ${[2, 2, 1][index % 3]}`),
    );
  });

  it("sends again when a record has come since", async () => {
    const { handoff, sent, states, store, holds } = openHandoff(owedRecords().slice(1));
    states.set(A, "down");
    await handoff.handOff(PARTITION);
    sent.length = 0;
    await store.apply(owedRecords().slice(0, 1), 0);
    await handoff.handOff(PARTITION);
    expect(holds(B)).toEqual(KEYS);
    expect(sent).not.toEqual([]);
  });

  it("sends every record to every owner once more before it lets go", async () => {
    const { handoff, store, states, owners, holds } = openHandoff(owedRecords());
    states.set(A, "down");
    await handoff.handOff(PARTITION);
    owners.get(B)?.records.clear(); // It confirmed, and lost its disk since.
    states.set(A, "up");
    expect(await handoff.handOff(PARTITION)).toMatchObject({ sent: 5, released: 5 });
    expect([holds(A), holds(B)]).toEqual([KEYS, KEYS]);
    expect(store.records.size).toBe(0);
  });

  it("takes an owner's newer version as a confirmation", async () => {
    const [key] = KEYS as [Key];
    const { handoff, store, owners } = openHandoff([record(key, 1)]);
    for (const owner of owners.values()) await owner.apply([record(key, 9)], 0);
    expect(await handoff.handOff(PARTITION)).toMatchObject({ sent: 1, released: 1 });
    expect(store.records.size).toBe(0);
    expect(owners.get(A)?.records.get(key)?.version).toBe(version(9));
  });

  it("keeps a record that was written anew while the old one was sent", async () => {
    const [key] = KEYS as [Key];
    const { handoff, store, hooks } = openHandoff([record(key, 1)]);
    hooks.beforeTransfer = () => void store.records.set(key, record(key, 2));
    expect(await handoff.handOff(PARTITION)).toMatchObject({ sent: 1, released: 0 });
    expect(store.records.get(key)?.version).toBe(version(2));
  });

  it("that fails in the middle has let go of what was confirmed, and of nothing else", async () => {
    const { handoff, store, sent, hooks, holds } = openHandoff(owedRecords());
    hooks.beforeTransfer = (node) => {
      const isSecondPage = sent.filter((line) => line.startsWith(node)).length === 1;
      if (node === B && isSecondPage)
        throw new PeerFailure({ node, reason: "refused", sent: false });
    };
    await expect(handoff.handOff(PARTITION)).rejects.toThrow(PeerFailure);
    expect([...store.records.keys()].toSorted()).toEqual(KEYS.slice(2));
    expect(holds(B)).toEqual(KEYS.slice(0, 2));
    hooks.beforeTransfer = () => {};
    await handoff.handOff(PARTITION);
    expect([holds(A), holds(B)]).toEqual([KEYS, KEYS]);
    expect(store.records.size).toBe(0);
  });

  it("does not let go when an owner answers for fewer records than it was sent", async () => {
    const { handoff, store, owners } = openHandoff(owedRecords());
    owners.delete(B);
    await expect(handoff.handOff(PARTITION)).rejects.toThrow(PeerFailure);
    expect(store.records.size).toBe(5);
  });

  it.each([
    { self: SELF, records: [], why: "nothing is held" },
    { self: B, records: owedRecords(), why: "this node is an owner itself" },
  ])("does nothing when $why", async ({ self, records }) => {
    const { handoff, store, sent, log } = openHandoff(records, self);
    expect(await handoff.handOff(PARTITION)).toMatchObject({ sent: 0, released: 0 });
    expect(store.records.size).toBe(records.length);
    expect([sent, log.lines]).toEqual([[], []]);
  });
});

describe("round", () => {
  const job = { kind: "handoff", partition: PARTITION };

  it.each([
    { away: [], queued: [job], why: "all owners are there" },
    { away: [A], queued: [job], why: "one owner can have them already" },
    { away: [A, B], queued: [], why: "nobody could take them" },
  ])("queues a job when $why", async ({ away, queued }) => {
    const { handoff, jobs, states } = openHandoff(owedRecords());
    for (const node of away) states.set(node, "down");
    await handoff.round();
    expect(jobs).toEqual(queued);
  });

  it("queues no job for what one owner has confirmed, until the other is back", async () => {
    const { handoff, jobs, states } = openHandoff(owedRecords());
    states.set(A, "down");
    await handoff.handOff(PARTITION);
    await handoff.round();
    expect(jobs).toEqual([]);
    states.set(A, "up");
    await handoff.round();
    expect(jobs).toEqual([job]);
  });

  it("queues no job for what this node owns", async () => {
    const { handoff, jobs } = openHandoff(owedRecords(), A);
    await handoff.round();
    expect(jobs).toEqual([]);
  });
});

describe("debts", () => {
  const owing = (...nodes: NodeId[]) =>
    new Map(nodes.map((node) => [node, new Set([PARTITION])] as const));

  it("are found in the data after a restart: nobody knows who lacks it", async () => {
    const { handoff, debts } = openHandoff(owedRecords());
    await handoff.round();
    expect(debts.own()).toEqual(owing(A, B));
  });

  it("are paid owner by owner", async () => {
    const { handoff, debts, states } = openHandoff(owedRecords());
    states.set(B, "down");
    await handoff.round();
    await handoff.handOff(PARTITION);
    expect(debts.own()).toEqual(owing(B));
    await handoff.round(); // A has confirmed all that is here.
    expect(debts.own()).toEqual(owing(B));
    states.set(B, "up");
    await handoff.handOff(PARTITION);
    expect(debts.own().size).toBe(0);
  });

  it("that arise while the partition is being moved are not paid by it", async () => {
    const { handoff, debts, hooks } = openHandoff(owedRecords());
    debts.owe(PARTITION, [A]);
    hooks.beforeTransfer = () => debts.owe(PARTITION, [A]);
    await handoff.handOff(PARTITION);
    expect(debts.own()).toEqual(owing(A));
  });

  it("end when the partition has gone, by whatever way", async () => {
    const { handoff, debts, store } = openHandoff(owedRecords());
    debts.owe(PARTITION, [A]);
    store.records.clear();
    await handoff.round();
    expect(debts.own().size).toBe(0);
  });
});

describe("isForeign", () => {
  it.each`
    self    | expected | why
    ${A}    | ${false} | ${"the primary owns it"}
    ${B}    | ${false} | ${"the replica owns it"}
    ${SELF} | ${true}  | ${"a stand-in owes what it holds"}
  `("is $expected on $self: $why", ({ self, expected }) => {
    expect(openHandoff([], self).handoff.isForeign(PARTITION)).toBe(expected);
  });
});
