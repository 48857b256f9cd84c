import { buildRing, type Key, type NodeId, partitionOf, walkOf } from "@ringkv/core";
import { MapStore, record } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { contentsOf } from "./contents.js";
import { PeerFailure } from "./ports/peers.js";
import { verify } from "./verify.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const ring = buildRing(MEMBERS);
const KEY = "user:1" as Key;
const PARTITION = partitionOf(KEY);
const [A, B, C] = walkOf(ring, PARTITION) as [NodeId, NodeId, NodeId];
const PAUSE_MS = 400;

function openCluster(self: NodeId = A) {
  const clock = new ManualClock();
  const stores = new Map(MEMBERS.map((node) => [node, new MapStore()]));
  const storeOf = (node: NodeId) => stores.get(node) as MapStore;
  const dead = new Set<NodeId>();
  /** Who was asked to look after which partition. */
  const asked: string[] = [];
  const ask = (node: NodeId) => {
    if (dead.has(node)) throw new PeerFailure({ node, reason: "refused", sent: false });
    return storeOf(node);
  };
  const run = async (meanwhile = () => {}) => {
    const verdict = verify({
      self,
      ring,
      clock,
      store: storeOf(self),
      peers: {
        digests: async (node) => ask(node).partitions(),
        contents: async (node, { partition, cursor }) => contentsOf(ask(node), partition, cursor),
        scrub: async (node, partition) => {
          ask(node);
          asked.push(`${node} ${partition}`);
        },
      },
      requestScrub: async (partition) => void asked.push(`${self} ${partition}`),
      signal: new AbortController().signal,
      options: { replicaCount: 2, transferTimeoutMs: 2_000, secondLookMs: PAUSE_MS },
    });
    await settle();
    meanwhile();
    await clock.advance(2 * PAUSE_MS);
    return verdict;
  };
  const put = (node: NodeId, ms: number) => storeOf(node).records.set(KEY, record(KEY, ms));
  return { run, put, storeOf, dead, asked };
}

const RIGHT = {
  equal: true,
  partitions: 1_024,
  differing: [],
  notAsked: [],
  wrongDigests: [],
  damaged: [],
};

describe("verify", () => {
  it.each([A, C])("finds equal owners equal, whoever is asked: %s", async (self) => {
    const { run, put } = openCluster(self);
    for (const node of [A, B]) put(node, 1);
    expect(await run()).toEqual(RIGHT);
  });

  it("names a partition that differs", async () => {
    const { run, put, asked } = openCluster();
    put(A, 1);
    put(B, 2);
    expect(await run()).toEqual({ ...RIGHT, equal: false, differing: [PARTITION] });
    expect(asked).toEqual([`${A} ${PARTITION}`, `${B} ${PARTITION}`]);
  });

  it("looks again, for a write may be on its way", async () => {
    const { run, put } = openCluster();
    put(A, 1);
    expect(await run(() => put(B, 1))).toEqual(RIGHT);
  });

  it("does not mind what a stand-in holds", async () => {
    const { run, put } = openCluster();
    put(C, 1);
    expect(await run()).toEqual(RIGHT);
  });

  it("names an owner that could not be asked, and claims nothing then", async () => {
    const { run, put, dead } = openCluster();
    for (const node of [A, B]) put(node, 1);
    dead.add(B);
    expect(await run()).toEqual({ ...RIGHT, equal: false, notAsked: [B] });
  });

  it("says so when it is this node's own store that does not answer", async () => {
    const { run, storeOf } = openCluster();
    storeOf(A).isAway = true;
    expect(await run()).toEqual({ ...RIGHT, equal: false, notAsked: [A] });
  });

  it("believes the records, and names a running sum that does not match them", async () => {
    const { run, put, storeOf, asked } = openCluster();
    for (const node of [A, B]) put(node, 1);
    storeOf(B).wrongSums.set(PARTITION, "0000000000000000");
    const wrongDigests = [{ node: B, partition: PARTITION }];
    expect(await run()).toEqual({ ...RIGHT, wrongDigests });
    expect(asked).toEqual([`${B} ${PARTITION}`]);
  });

  it.each([A, B])("looks into the records, and names one that is damaged: at %s", async (node) => {
    const { run, put, storeOf, asked } = openCluster();
    for (const owner of [A, B]) put(owner, 1);
    storeOf(node).damage(KEY);
    const damaged = [{ node, partition: PARTITION, records: 1 }];
    expect(await run()).toEqual({ ...RIGHT, equal: false, differing: [PARTITION], damaged });
    expect(asked.toSorted()).toEqual([`${A} ${PARTITION}`, `${B} ${PARTITION}`].toSorted());
  });

  it("does not find owners equal whose records are equally damaged", async () => {
    const { run, put, storeOf } = openCluster();
    for (const owner of [A, B]) {
      put(owner, 1);
      storeOf(owner).damage(KEY);
    }
    const damaged = [A, B].map((node) => ({ node, partition: PARTITION, records: 1 }));
    expect(await run()).toEqual({ ...RIGHT, equal: false, damaged });
  });

  it("tells contents apart that have the same version", async () => {
    const { run, storeOf } = openCluster();
    storeOf(A).records.set(KEY, record(KEY, 1));
    storeOf(B).records.set(KEY, record(KEY, 1, { value: Buffer.from("another") }));
    expect(await run()).toEqual({ ...RIGHT, equal: false, differing: [PARTITION] });
  });

  it("looks at what a stand-in holds, for damage", async () => {
    const { run, put, storeOf, asked } = openCluster();
    put(C, 1);
    storeOf(C).damage(KEY);
    const damaged = [{ node: C, partition: PARTITION, records: 1 }];
    expect(await run()).toEqual({ ...RIGHT, equal: false, damaged });
    expect(asked).toEqual([`${C} ${PARTITION}`]);
  });
});
