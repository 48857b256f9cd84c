import { buildRing, type Key, type NodeId, partitionOf, walkOf } from "@ringkv/core";
import { MapStore, record } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
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
        versions: async (node, { partition, cursor }) => ask(node).versions(partition, cursor),
      },
      signal: new AbortController().signal,
      options: { replicaCount: 2, transferTimeoutMs: 2_000, secondLookMs: PAUSE_MS },
    });
    await settle();
    meanwhile();
    await clock.advance(2 * PAUSE_MS);
    return verdict;
  };
  const put = (node: NodeId, ms: number) => storeOf(node).records.set(KEY, record(KEY, ms));
  return { run, put, storeOf, dead };
}

const RIGHT = { equal: true, partitions: 1_024, differing: [], notAsked: [], wrongDigests: [] };

describe("verify", () => {
  it.each([A, C])("finds equal owners equal, whoever is asked: %s", async (self) => {
    const { run, put } = openCluster(self);
    for (const node of [A, B]) put(node, 1);
    expect(await run()).toEqual(RIGHT);
  });

  it("names a partition that differs", async () => {
    const { run, put } = openCluster();
    put(A, 1);
    put(B, 2);
    expect(await run()).toEqual({ ...RIGHT, equal: false, differing: [PARTITION] });
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
    const { run, put, storeOf } = openCluster();
    for (const node of [A, B]) put(node, 1);
    storeOf(B).wrongSums.set(PARTITION, "0000000000000000");
    const wrongDigests = [{ node: B, partition: PARTITION }];
    expect(await run()).toEqual({ ...RIGHT, wrongDigests });
  });
});
