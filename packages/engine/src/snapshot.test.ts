/** What is in a snapshot, and when there is none. */

import {
  allPartitions,
  type Key,
  msOf,
  type NodeId,
  ownersOf,
  type PackedRecord,
  partitionOf,
  QuorumUnreachable,
  Recovering,
  walkOf,
} from "@ringkv/core";
import { type MapStore, record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import { MEMBERS, openNode, ring, SELF, THIRD } from "../test-support/node-stage.js";
import type { SnapshotCommand } from "./snapshot.js";

const NODE: SnapshotCommand = { scope: "node", prefix: "" };
const CLUSTER: SnapshotCommand = { scope: "cluster", prefix: "" };
const [, SECOND] = MEMBERS as [NodeId, NodeId, NodeId];

/** A node that is up, with what it and its peers hold. */
async function openStage() {
  const stage = openNode();
  await stage.node.start();
  await stage.clock.advance(2_000);
  const storeOf = (node: NodeId): MapStore =>
    node === SELF ? stage.store : (stage.peerStores.get(node) as MapStore);
  return { ...stage, storeOf };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

const ownersOfKey = (key: string) => ownersOf(walkOf(ring, partitionOf(key as Key)), 2);

function put(stage: Stage, nodes: readonly NodeId[], packed: PackedRecord): void {
  for (const node of nodes) stage.storeOf(node).records.set(packed.key, packed);
}

/** Key and version of each record, in the order of the keys. */
async function taken({ node, clock }: Stage, command: SnapshotCommand): Promise<string[]> {
  const texts: string[] = [];
  const reading = (async () => {
    const { batches } = await node.snapshot(command);
    for await (const batch of batches)
      texts.push(...batch.map(({ key, version }) => `${key} ${msOf(version)}`));
  })();
  let isOver = false;
  const over = reading.finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  while (!isOver) {
    await settle();
    await clock.advance(100);
  }
  await over;
  return texts.toSorted();
}

const said = (...records: readonly PackedRecord[]) =>
  records.map(({ key, version }) => `${key} ${msOf(version)}`).toSorted();

const KEYS = Array.from({ length: 40 }, (_, index) => `key ${index}`);

describe("a node's snapshot", () => {
  it("is all that it holds, deletions, expired and foreign ones too, once", async () => {
    const stage = await openStage();
    const held = KEYS.map((key, index) =>
      record(key, 5, {
        ...(index % 5 === 0 ? { value: null } : {}),
        expiresAtMs: index % 7 === 0 ? 1 : null,
      }),
    );
    for (const packed of held) put(stage, [SELF], packed);
    expect(await taken(stage, NODE)).toEqual(said(...held));
  });

  it("takes only the keys that begin with the prefix", async () => {
    const stage = await openStage();
    const held = ["a", "ab", "b", "ba", "ä"].map((key) => record(key, 5));
    for (const packed of held) put(stage, [SELF], packed);
    expect(await taken(stage, { ...NODE, prefix: "a" })).toEqual(said(...held.slice(0, 2)));
  });

  it("says who took it, and when it began", async () => {
    const { node, clock } = await openStage();
    const { batches, ...rest } = await node.snapshot(NODE);
    await batches.return();
    const takenAtMs = clock.wallMs();
    expect(rest).toEqual({ scope: "node", prefix: "", node: SELF, clusterId: "test", takenAtMs });
  });

  it("holds an intact copy of what was damaged, from another node", async () => {
    const stage = await openStage();
    const key = KEYS.find((it) => ownersOfKey(it).includes(SELF)) as string;
    const packed = record(key, 5);
    put(stage, ownersOfKey(key), packed);
    stage.store.damage(key as Key);
    expect(await taken(stage, NODE)).toEqual(said(packed));
  });

  it("is refused while the node has not recovered, since there may be more", async () => {
    const stage = openNode();
    stage.dead.add(SECOND).add(THIRD);
    await stage.node.start();
    await expect(stage.node.snapshot(NODE)).rejects.toThrow(Recovering);
  });

  it("breaks when the store goes away on the way, and does not end", async () => {
    const stage = await openStage();
    for (const key of KEYS) put(stage, [SELF], record(key, 5));
    const { batches } = await stage.node.snapshot(NODE);
    await batches.next();
    stage.store.isAway = true;
    await expect(
      (async () => {
        for await (const _ of batches);
      })(),
    ).rejects.toThrow("the map is away");
  });
});

describe("the cluster's snapshot", () => {
  it("has every key once, whoever owns it", async () => {
    const stage = await openStage();
    const held = KEYS.map((key) => record(key, 5));
    for (const packed of held) put(stage, ownersOfKey(packed.key), packed);
    expect(await taken(stage, CLUSTER)).toEqual(said(...held));
  });

  it.each([
    { where: "the other owner", nodes: (key: string) => ownersOfKey(key).slice(1) },
    { where: "the primary", nodes: (key: string) => ownersOfKey(key).slice(0, 1) },
    {
      where: "a stand-in",
      nodes: (key: string) => walkOf(ring, partitionOf(key as Key)).slice(2),
    },
  ])("has the newest copy, though only $where holds it", async ({ nodes }) => {
    const stage = await openStage();
    const expected = KEYS.map((key, index) => {
      const [older, newer] = [record(key, 5), record(key, 6, index % 3 ? {} : { value: null })];
      put(stage, ownersOfKey(key), older);
      put(stage, nodes(key), newer);
      return newer;
    });
    expect(await taken(stage, CLUSTER)).toEqual(said(...expected));
  });

  it("has the keys of a prefix wherever they are newest", async () => {
    const stage = await openStage();
    const held = ["a", "ab", "b"].map((key) => record(key, 5));
    for (const packed of held) put(stage, ownersOfKey(packed.key).slice(1), packed);
    expect(await taken(stage, { ...CLUSTER, prefix: "a" })).toEqual(said(...held.slice(0, 2)));
  });

  it("takes the other owner's copy of what is damaged at the source", async () => {
    const stage = await openStage();
    const held = KEYS.map((key) => record(key, 5));
    for (const packed of held) put(stage, ownersOfKey(packed.key), packed);
    for (const { key } of held) if (ownersOfKey(key).includes(SELF)) stage.store.damage(key);
    expect(await taken(stage, CLUSTER)).toEqual(said(...held));
  });

  it("goes on with another owner when one fails on the way", async () => {
    const stage = await openStage();
    const held = KEYS.map((key) => record(key, 5));
    for (const packed of held) put(stage, ownersOfKey(packed.key), packed);
    const { batches } = await stage.node.snapshot(CLUSTER);
    await batches.next().then(({ value }) => value);
    stage.dead.add(SECOND);
    const rest: string[] = [];
    let isOver = false;
    const reading = (async () => {
      for await (const batch of batches) rest.push(...said(...batch));
    })().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await settle();
      await stage.clock.advance(100);
    }
    await reading;
    expect(rest.length).toBeGreaterThanOrEqual(held.length - 2);
    expect(new Set(rest).size).toBe(rest.length);
  });

  it("breaks when nobody is left who holds a partition", async () => {
    const stage = await openStage();
    for (const key of KEYS) put(stage, ownersOfKey(key), record(key, 5));
    const { batches } = await stage.node.snapshot(CLUSTER);
    await batches.next();
    stage.dead.add(SECOND).add(THIRD);
    let failure: unknown = null;
    const reading = (async () => {
      for await (const _ of batches);
    })().catch((thrown: unknown) => {
      failure = thrown;
    });
    while (failure === null) {
      await settle();
      await stage.clock.advance(100);
    }
    await reading;
    expect(failure).toBeInstanceOf(QuorumUnreachable);
  });

  it("is refused before it begins when a partition has no owner that can be asked", async () => {
    const stage = await openStage();
    stage.dead.add(SECOND).add(THIRD);
    await expect(stage.node.snapshot(CLUSTER)).rejects.toThrow(QuorumUnreachable);
  });

  it("does without a member that is away as long as each partition has an owner", async () => {
    const stage = await openStage();
    const held = KEYS.map((key) => record(key, 5));
    for (const packed of held) put(stage, ownersOfKey(packed.key), packed);
    stage.dead.add(THIRD);
    expect(await taken(stage, CLUSTER)).toEqual(said(...held));
  });

  it("needs who holds what an owner is known to lack, if it is the only one", async () => {
    const stage = await openStage();
    const key = KEYS.find((it) => ownersOfKey(it).join() === `${SELF},${SECOND}`) as string;
    const owes = new Map([[SELF, new Set([partitionOf(key as Key)])]]);
    const clocks = { clockMs: stage.clock.wallMs(), stampedMs: 0 };
    const beat = { node: THIRD, incarnation: 1, state: "up" as const, ...clocks, term: 0 };
    stage.node.service.heartbeat({ ...beat, leader: null, owes });
    stage.dead.add(SECOND).add(THIRD);
    const failure = await stage.node.snapshot(CLUSTER).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(QuorumUnreachable);
    stage.dead.delete(THIRD);
    stage.dead.delete(SECOND);
    put(stage, [THIRD], record(key, 9));
    expect(await taken(stage, CLUSTER)).toEqual(said(record(key, 9)));
  });

  it("walks all partitions, also those of which no digest tells", async () => {
    const stage = await openStage();
    expect(allPartitions()).toHaveLength(1_024);
    expect(await taken(stage, CLUSTER)).toEqual([]);
  });
});

describe("what an operator is told of snapshots", () => {
  const counted = async ({ node }: Stage) => {
    const { snapshotsTaken, snapshotsFailed, snapshotRecords } = (await node.status()).counters;
    return [snapshotsTaken, snapshotsFailed, snapshotRecords];
  };

  it("counts those that were read to their end, and their records", async () => {
    const stage = await openStage();
    for (const key of KEYS) put(stage, [SELF], record(key, 5));
    await taken(stage, NODE);
    expect(await counted(stage)).toEqual([1, 0, 40]);
  });

  it("counts one that its reader has left as failed", async () => {
    const stage = await openStage();
    for (const key of KEYS) put(stage, [SELF], record(key, 5));
    const { batches } = await stage.node.snapshot(NODE);
    const { value } = await batches.next();
    await batches.return();
    expect(await counted(stage)).toEqual([0, 1, (value as readonly PackedRecord[]).length]);
  });

  it("counts one that cannot be begun as failed", async () => {
    const stage = await openStage();
    await stage.node.leave();
    await expect(stage.node.snapshot(NODE)).rejects.toMatchObject({ code: "shutting_down" });
    expect(await counted(stage)).toEqual([0, 1, 0]);
  });
});
