/** What of an election is seen at a node's doors; the election itself is tested beside it. */

import {
  type Ballot,
  buildRing,
  laterBallot,
  NO_BALLOT,
  type NodeId,
  StoreUnavailable,
} from "@ringkv/core";
import { LogBook, MapStore } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Node } from "./node.js";
import type { Peers } from "./ports/peers.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const [SELF, , THIRD] = MEMBERS as [NodeId, NodeId, NodeId];

/** Its peers are up, follow nobody and vote for everybody. */
function openNode() {
  const clock = new ManualClock();
  const meta = {
    ballot: NO_BALLOT,
    isAway: false,
    claim: async () => ({ incarnation: 1, reservedUntilMs: 0, ballot: NO_BALLOT }),
    reserveClock: async () => {},
    recordMembers: async () => {},
    recordVote: async (ballot: Ballot) => {
      meta.ballot = laterBallot(meta.ballot, ballot);
      return meta.ballot;
    },
    probe: async () => {
      if (meta.isAway) throw new StoreUnavailable("away");
      return { durability: "always" as const, incarnation: 1 };
    },
  };
  const notAsked = () => Promise.reject(new Error("not asked here"));
  const peers: Peers = {
    apply: notAsked,
    transfer: notAsked,
    read: notAsked,
    copies: notAsked,
    list: notAsked,
    page: notAsked,
    digests: async () => new Map(),
    versions: notAsked,
    contents: notAsked,
    scrub: notAsked,
    heartbeat: async (node, { clockMs }) => beatOf(node, clockMs),
    requestVote: async (_node, { term }) => ({ term, granted: true }),
    purge: notAsked,
    startPurge: async () => {},
    inquire: notAsked,
  };
  const node = new Node({
    self: SELF,
    ring: buildRing(MEMBERS),
    clock,
    store: new MapStore(),
    meta,
    peers,
    jobs: { enqueue: async () => {} },
    random: { unit: () => 0.5 },
    log: new LogBook(),
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
      purgeIntervalMs: 60_000,
      messageBudgetMaxMs: 60_000,
      scrubIntervalMs: 0,
      clockDriftMaxMs: 10_000,
      recoveryPatienceMs: 10_000,
    },
  });
  return { clock, meta, node };
}

function beatOf(node: NodeId, clockMs: number) {
  const said = { state: "up", term: 0, leader: null, owes: new Map() } as const;
  return { node, incarnation: 1, clockMs, stampedMs: 0, ...said };
}

async function startNode() {
  const opened = openNode();
  await opened.node.start();
  await settle();
  return opened;
}

describe("leading", () => {
  it("begins with an election, is told in heartbeats, and ends with leaving", async () => {
    const { clock, meta, node } = await startNode();
    expect(node.leadership()).toEqual({ isLeader: false, leader: null, term: 0 });
    await clock.advance(3_000);
    expect(node.leadership()).toEqual({ isLeader: true, leader: SELF, term: 1 });
    expect(meta.ballot).toEqual({ term: 1, votedFor: SELF });
    const answer = () => node.service.heartbeat(beatOf(THIRD, clock.wallMs()));
    expect(answer()).toMatchObject({ term: 1, leader: SELF });
    await node.leave();
    expect(node.leadership()).toEqual({ isLeader: false, leader: null, term: 1 });
    expect(answer()).toMatchObject({ term: 1, leader: null, state: "down" });
  });

  it("ends when the store does not answer any more", async () => {
    const { clock, meta, node } = await startNode();
    await clock.advance(3_000);
    meta.isAway = true;
    await clock.advance(1_000);
    expect(node.leadership().isLeader).toBe(false);
    await clock.advance(30_000);
    expect(node.leadership().isLeader).toBe(false);
  });

  it("is not for a node that has not claimed its store", async () => {
    const { node } = openNode();
    expect(node.leadership()).toEqual({ isLeader: false, leader: null, term: 0 });
    const request = { term: 1, candidate: THIRD, isPreVote: false };
    await expect(node.service.requestVote(request)).rejects.toThrow(StoreUnavailable);
  });
});
