/** A whole node with its own store, and peers whose stores a test may look into. */

import {
  type Ballot,
  buildRing,
  type Key,
  laterBallot,
  type MemberState,
  NO_BALLOT,
  type NodeId,
  partitionOf,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import { contentsOf } from "../src/contents.js";
import { Node } from "../src/node.js";
import type { Job } from "../src/ports/jobs.js";
import { ForeignStore, type Identity } from "../src/ports/meta-store.js";
import { PeerFailure, type Peers } from "../src/ports/peers.js";
import { LogBook, MapStore } from "./fakes.js";
import { ManualClock, settle } from "./manual-clock.js";

export const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
export const [SELF, , THIRD] = MEMBERS as [NodeId, NodeId, NodeId];
export const ring = buildRing(MEMBERS);
export const KEY = keyWith((walk) => walk[0] === SELF && walk[2] === THIRD);
export const FOREIGN_KEY = keyWith((walk) => walk[2] === SELF);

function keyWith(fits: (walk: readonly NodeId[]) => boolean): Key {
  for (let index = 0; ; index++) {
    const key = `key:${index}` as Key;
    if (fits(walkOf(ring, partitionOf(key)))) return key;
  }
}

export class Meta {
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
    return { durability: "always" as const, incarnation: this.incarnation };
  }
}

/** A node with its own store, and peers that are well unless their name is in `dead`. */
export function openNode() {
  const clock = new ManualClock();
  const store = new MapStore();
  const meta = new Meta();
  const log = new LogBook();
  const jobs: Job[] = [];
  const dead = new Set<NodeId>();
  const peerStores = new Map(MEMBERS.map((node) => [node, new MapStore()]));
  const heardOfUs: string[] = [];
  const scrubs: string[] = [];
  const toldToPurge: NodeId[] = [];

  const storeOf = (node: NodeId): MapStore => {
    const peer = peerStores.get(node);
    if (peer !== undefined && !dead.has(node)) return peer;
    throw new PeerFailure({ node, reason: "refused", sent: false });
  };
  const peers: Peers = {
    apply: async (node, records) => storeOf(node).apply(records, 0),
    transfer: async (node, records) => storeOf(node).apply(records, 0),
    read: async (node, keys) => storeOf(node).read(keys),
    copies: async (node, keys) => storeOf(node).read(keys),
    list: async (node, ask) => storeOf(node).list({ ...ask, nowMs: clock.wallMs() }),
    page: async (node, { partition, cursor }) => storeOf(node).page(partition, cursor),
    digests: async (node) => storeOf(node).partitions(),
    versions: async (node, { partition, cursor }) => storeOf(node).versions(partition, cursor),
    contents: async (node, { partition, cursor }) => contentsOf(storeOf(node), partition, cursor),
    scrub: async (node, partition) => void scrubs.push(`${node} ${partition}`),
    heartbeat: async (node, beat) => {
      storeOf(node);
      heardOfUs.push(`${node}: ${beat.state}`);
      const clocks = { clockMs: clock.wallMs(), stampedMs: 0 };
      const owes = new Map();
      return { node, incarnation: 1, state: "up", ...clocks, term: 0, leader: null, owes };
    },
    requestVote: async (node, { term }) => {
      storeOf(node);
      return { term, granted: true };
    },
    purge: async (node, records) => storeOf(node).purge(records, clock.wallMs()),
    startPurge: async (node) => {
      storeOf(node);
      toldToPurge.push(node);
    },
    inquire: async (node) => {
      storeOf(node);
      return { isDone: true };
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
      purgeIntervalMs: 60_000,
      messageBudgetMaxMs: 60_000,
      scrubIntervalMs: 0,
      clockDriftMaxMs: 10_000,
      recoveryPatienceMs: 10_000,
    },
  });
  return { clock, store, meta, log, jobs, dead, peerStores, heardOfUs, scrubs, toldToPurge, node };
}

export async function startNode() {
  const opened = openNode();
  await opened.node.start();
  await settle();
  return opened;
}

export const put = (value = "v") => ({
  key: KEY,
  value: Buffer.from(value),
  contentType: "",
  expiresAtMs: null,
  w: null,
  timeoutMs: null,
});
