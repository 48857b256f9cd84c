/**
 * A node: the parts put together, the background work kept running, and the doors opened and
 * closed. It is the same object on real adapters and on simulated ones.
 */

import {
  type Key,
  type MemberState,
  NO_BALLOT,
  type NodeId,
  type Partition,
  type PartitionDigest,
  purgeAgeMs,
  Recovering,
  type Ring,
  ShuttingDown,
  type StateOf,
  StoreUnavailable,
} from "@ringkv/core";
import { AntiEntropy } from "./anti-entropy.js";
import { Background } from "./background.js";
import { Election, type Leadership } from "./election.js";
import { Handoff } from "./handoff.js";
import { type Location, locate } from "./locate.js";
import { Membership, type MembershipOptions } from "./membership.js";
import { holdingsOf, type NodeStatus } from "./node-status.js";
import type { Clock } from "./ports/clock.js";
import type { Job, Jobs } from "./ports/jobs.js";
import type { Log } from "./ports/log.js";
import type { Claim, MetaStore } from "./ports/meta-store.js";
import type { Heartbeat, PeerService, Peers } from "./ports/peers.js";
import type { Random } from "./ports/random.js";
import type { RecordStore } from "./ports/record-store.js";
import { Purge } from "./purge.js";
import { startPurgeRound } from "./purge-round.js";
import { type ReadCommand, type ReadOptions, ReadPath, type ReadResult } from "./read-path.js";
import { Repair } from "./repair.js";
import { Replica } from "./replica.js";
import { StoreWatch } from "./store-watch.js";
import { type Verification, verify } from "./verify.js";
import { VersionClock } from "./version-clock.js";
import { type DataPeers, withSelf } from "./with-self.js";
import {
  type WriteCommand,
  type WriteOptions,
  WritePath,
  type WriteReceipt,
} from "./write-path.js";

export interface NodeOptions extends WriteOptions, ReadOptions, MembershipOptions {
  readonly clusterId: string;
  /** How often `node_status:*` is rewritten even when nothing changes. */
  readonly statusRecordIntervalMs: number;
  /** How often foreign partitions are looked for. */
  readonly handoffIntervalMs: number;
  /** How often digests are compared with the other owners'. */
  readonly antiEntropyIntervalMs: number;
  /** How often this node, while it leads, has everybody purge. */
  readonly purgeIntervalMs: number;
  /** No message is delivered later than this after it was sent, nor does a request take longer. */
  readonly messageBudgetMaxMs: number;
  /** How far another node's clock may be ahead of this one's. */
  readonly clockDriftMaxMs: number;
}

export interface NodeDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly store: RecordStore;
  readonly meta: MetaStore;
  readonly peers: Peers;
  readonly jobs: Jobs;
  readonly random: Random;
  readonly log: Log;
  readonly options: NodeOptions;
}

/** How many records of each side a repair compares at once: some tens of megabytes. */
const LISTED_MAX = 20_000;

export class Node {
  /** What this node does for its peers; an adapter puts it on the wire. */
  readonly service: PeerService;
  readonly #deps: NodeDeps;
  readonly #replica: Replica;
  readonly #everyone: DataPeers;
  readonly #membership: Membership;
  readonly #election: Election;
  readonly #versions: VersionClock;
  readonly #writes: WritePath;
  readonly #reads: ReadPath;
  readonly #handoff: Handoff;
  readonly #repair: Repair;
  readonly #antiEntropy: AntiEntropy;
  readonly #purge: Purge;
  readonly #storeWatch: StoreWatch;
  readonly #background: Background;
  #state: MemberState = "recovering";
  #claim: Claim = { incarnation: 0, reservedUntilMs: 0, ballot: NO_BALLOT };

  constructor(deps: NodeDeps) {
    const { self, clock, meta, log, options, peers } = deps;
    const driftMaxMs = options.clockDriftMaxMs;
    this.#deps = deps;
    this.#background = new Background(deps);
    this.#versions = new VersionClock({ self, clock, meta, log, driftMaxMs });
    this.#replica = new Replica({
      ...deps,
      isBeyondClock: (ms) => this.#versions.isBeyond(ms),
      isForeign: (partition) => this.#handoff.isForeign(partition),
      reserveClock: (version) => this.#versions.reserve(version),
      purgeAgeMs: purgeAgeMs(options.messageBudgetMaxMs),
    });
    this.#everyone = withSelf(self, this.#replica, peers);
    this.#election = new Election({
      ...deps,
      members: deps.ring.members,
      isFit: () => this.#state !== "down" && this.#storeWatch.answers,
      announce: () => this.#membership.announce(),
    });
    this.#membership = new Membership({
      ...deps,
      peers: this.#election.listeningTo(peers),
      members: deps.ring.members,
      ownBeat: () => this.#ownBeat(),
      observeClock: (clockMs, stampedMs) => this.#versions.observe(clockMs, stampedMs),
    });
    this.#storeWatch = new StoreWatch({ ...deps, intervalMs: options.heartbeatIntervalMs });
    const shared = {
      ...deps,
      peers: this.#everyone,
      versions: this.#versions,
      stateOf: this.stateOf,
      onFailure: (node: NodeId, thrown: unknown) => this.#noteFailure(node, thrown),
    };
    this.#writes = new WritePath(shared);
    this.#reads = new ReadPath(shared);
    const transferTimeoutMs = options.requestTimeoutMs;
    this.service = this.#serviceFor(this.#replica);
    this.#handoff = new Handoff({
      ...shared,
      release: (records) => this.#replica.release(records),
      options: { ...options, transferTimeoutMs },
    });
    this.#repair = new Repair({
      ...deps,
      transfer: (records) => this.#replica.transfer(records),
      options: { ...options, transferTimeoutMs, listedMax: LISTED_MAX },
    });
    this.#antiEntropy = new AntiEntropy({
      ...deps,
      stateOf: this.stateOf,
      ...this.#comparing(),
    });
    this.#purge = new Purge({
      ...deps,
      forget: (records) => this.#replica.purge(records),
      stateOf: this.stateOf,
      steadySinceMs: () => this.#membership.steadySinceMs(),
      storeAnsweredForMs: () => this.#storeWatch.answeredForMs,
      options: { ...options, transferTimeoutMs },
    });
  }

  /** How often this node has started on its store; 0 until it has been claimed. */
  get incarnation(): number {
    return this.#claim.incarnation;
  }

  readonly stateOf: StateOf = (node) => this.#membership.stateOf(node);

  /**
   * Claims the store and starts the background work. Rejects with `ForeignStore` when the store
   * is not this node's, with `StoreUnavailable` when it does not answer.
   */
  async start(): Promise<void> {
    const { self, meta, options, log } = this.#deps;
    this.#claim = await meta.claim({ clusterId: options.clusterId, node: self });
    this.#versions.startAt(this.#claim.reservedUntilMs);
    this.#replica.startAt(this.#claim.reservedUntilMs);
    this.#election.startAt(this.#claim.ballot);
    this.#state = "up";
    this.#membership.onChange((node, from, to) => this.#memberChanged(node, from, to));
    this.#runInBackground(options);
    log.info({ node: self, incarnation: this.#claim.incarnation }, "node started");
  }

  /** Refuses clients, leads no more, and tells the peers, who stand in. Never rejects. */
  async leave(): Promise<void> {
    this.#state = "down";
    await this.#membership.announce();
  }

  /** Ends the background work. The node cannot be started again. */
  async stop(): Promise<void> {
    await this.#background.stop();
  }

  async write(command: WriteCommand): Promise<WriteReceipt> {
    this.#admit();
    return this.#writes.write(command);
  }

  async read(command: ReadCommand): Promise<ReadResult> {
    this.#admit();
    return this.#reads.read(command);
  }

  /** Where a key belongs, and which version each member holds. */
  locate(key: Key): Promise<Location> {
    const { ring, options } = this.#deps;
    return locate(key, { ring, options, peers: this.#everyone, stateOf: this.stateOf });
  }

  /** Whether all owners hold the same, from their records. */
  verify(): Promise<Verification> {
    return verify({ ...this.#deps, ...this.#comparing() });
  }

  /** What a queue calls. See `Handoff.handOff`, `Repair.repair` and `Purge.run`. */
  async runJob(job: Job): Promise<void> {
    if (job.kind === "purge") {
      await this.#purge.run();
      return;
    }
    if (job.kind === "handoff") {
      await this.#handoff.handOff(job.partition);
      return;
    }
    const { partition, peer, pulled, pushed } = await this.#repair.repair(job.partition, job.peer);
    if (pulled + pushed > 0) this.#antiEntropy.noteRepaired(partition, peer);
  }

  /** Who leads the cluster's chores, as this node knows it. Reads and writes need nobody's lead. */
  leadership(): Leadership {
    return this.#election.leadership();
  }

  /** What must hold before clients are sent here. All true: ready. */
  readiness(): { readonly check: string; readonly ok: boolean }[] {
    return [
      { check: "redis", ok: this.#storeWatch.answers },
      { check: "state", ok: this.#state === "up" },
      { check: "majority", ok: this.#membership.seesMajority() },
    ];
  }

  /** Never rejects: a store that is away is part of the answer. */
  async status(): Promise<NodeStatus> {
    const { self, store } = this.#deps;
    const held = await store.partitions().catch(() => new Map<Partition, PartitionDigest>());
    const { owned, foreign, records, foreignRecords } = holdingsOf(held, (partition) =>
      this.#handoff.isForeign(partition),
    );
    return {
      node: self,
      state: this.#state,
      incarnation: this.#claim.incarnation,
      members: this.#membership.view(),
      storeAnswers: this.#storeWatch.answers,
      durability: this.#storeWatch.durability,
      records,
      partitions: { owned, foreign, differing: this.#antiEntropy.partitionsDiffering },
      foreignRecords,
      purgedRecords: this.#purge.purgedRecords,
    };
  }

  #admit(): void {
    if (this.#state === "down") throw new ShuttingDown("this node is leaving");
    if (this.#state !== "up") throw new Recovering("this node has not started yet");
    if (!this.#storeWatch.answers) throw new StoreUnavailable("this node's Redis is away");
  }

  #ownBeat(): Heartbeat {
    const { self } = this.#deps;
    const { incarnation } = this.#claim;
    const clockMs = this.#versions.nowMs();
    const { stampedMs } = this.#versions;
    const { term, isLeader } = this.#election.leadership();
    const leader = isLeader ? self : null;
    return { node: self, incarnation, state: this.#state, clockMs, stampedMs, term, leader };
  }

  #serviceFor(replica: Replica): PeerService {
    return {
      apply: async (records) => this.#claimed(replica).apply(records),
      transfer: async (records) => this.#claimed(replica).transfer(records),
      read: async (keys) => this.#claimed(replica).read(keys),
      digests: async () => this.#claimed(replica).digests(),
      versions: async (ask) => this.#claimed(replica).versions(ask),
      heartbeat: (beat) => {
        this.#membership.received(beat);
        this.#election.heard(beat);
        return this.#ownBeat();
      },
      requestVote: (request) => this.#election.vote(request),
      purge: async (records) => {
        this.#claimed(replica);
        return this.#purge.forget(records);
      },
      startPurge: () => this.#deps.jobs.enqueue([{ kind: "purge" }]),
    };
  }

  /** Before the claim the store may be anybody's, and what was let go of is not known. */
  #claimed(replica: Replica): Replica {
    if (this.#claim.incarnation > 0) return replica;
    throw new StoreUnavailable("this node has not claimed its store yet");
  }

  #noteFailure(node: NodeId, thrown: unknown): void {
    if (node === this.#deps.self) this.#storeWatch.noteFailure(thrown);
    else this.#membership.noteFailure(node, thrown);
  }

  #memberChanged(node: NodeId, from: MemberState, to: MemberState): void {
    const { log } = this.#deps;
    log.info({ member: node, from, to }, "member changed");
    const { quietly } = this.#background;
    void quietly("member states not recorded", this.#recordMembers());
    if (to === "up" || to === "recovering") {
      void quietly("hand-off round failed", this.#handOffTwice());
      void quietly("comparison failed", this.#antiEntropy.lookAt(node));
    }
  }

  /**
   * At once, and again when the others have heard of the member too: until then they let us stand
   * in for it, and those records would wait for the periodic round.
   */
  async #handOffTwice(): Promise<void> {
    const { clock, options } = this.#deps;
    await this.#handoff.round();
    await clock.sleep(2 * options.heartbeatIntervalMs, this.#background.signal);
    await this.#handoff.round();
  }

  #runInBackground(options: NodeOptions): void {
    const background = this.#background;
    background.run((signal) => this.#membership.run(signal));
    background.run((signal) => this.#election.run(signal));
    background.run((signal) => this.#storeWatch.run(signal));
    background.every(options.heartbeatIntervalMs, () => this.#versions.renew());
    background.every(options.statusRecordIntervalMs, () => this.#recordMembers());
    background.every(options.handoffIntervalMs, () => this.#handoff.round());
    background.every(options.antiEntropyIntervalMs, () => this.#antiEntropy.round());
    const leads = () => this.leadership().isLeader;
    background.every(options.purgeIntervalMs, () => startPurgeRound({ ...this.#deps, leads }));
  }

  /** What those who compare this node's records with others' are given. */
  #comparing() {
    const { options } = this.#deps;
    const { replicaCount, requestTimeoutMs, peerTimeoutMs } = options;
    const times = { transferTimeoutMs: requestTimeoutMs, secondLookMs: peerTimeoutMs };
    return { signal: this.#background.signal, options: { replicaCount, ...times } };
  }

  #recordMembers(): Promise<void> {
    const { meta, ring } = this.#deps;
    return meta.recordMembers(new Map(ring.members.map((node) => [node, this.stateOf(node)])));
  }
}
