/**
 * A node: the parts put together, the background work kept running, and the doors opened and
 * closed. It is the same object on real adapters and on simulated ones.
 */

import {
  type Key,
  type MemberState,
  type NodeId,
  type Partition,
  purgeAgeMs,
  type Ring,
  type StateOf,
} from "@ringkv/core";
import { Background } from "./background.js";
import { Batch, type BatchCommand, type BatchResult } from "./batch.js";
import { Counters } from "./counters.js";
import { Election, type Leadership } from "./election.js";
import { type Inquiries, inquiriesOf } from "./inquiries.js";
import type { Drill } from "./inquiry.js";
import { type ListCommand, type Listed, ListPath } from "./list-path.js";
import { type Location, locate } from "./locate.js";
import { Membership, type MembershipOptions, type StateChange } from "./membership.js";
import { gatherStatus, type NodeStatus } from "./node-status.js";
import { peerServiceOf } from "./peer-door.js";
import { Placement } from "./placement.js";
import type { Clock } from "./ports/clock.js";
import type { Job, Jobs } from "./ports/jobs.js";
import type { Log } from "./ports/log.js";
import type { MetaStore } from "./ports/meta-store.js";
import type { Heartbeat, PeerService, Peers } from "./ports/peers.js";
import type { Random } from "./ports/random.js";
import type { RecordStore } from "./ports/record-store.js";
import { type ReadCommand, type ReadOptions, ReadPath, type ReadResult } from "./read-path.js";
import { Recovery, type RecoveryProgress } from "./recovery.js";
import { Replica } from "./replica.js";
import { Restore, type RestoreCommand, type RestoreReport, type RestoreSource } from "./restore.js";
import { openSnapshot, type Snapshot, type SnapshotCommand } from "./snapshot.js";
import { type ReadinessCheck, Standing } from "./standing.js";
import { StoreWatch } from "./store-watch.js";
import { Traffic } from "./traffic.js";
import { comparing, Upkeep } from "./upkeep.js";
import { type Verification, verify } from "./verify.js";
import { VersionClock } from "./version-clock.js";
import { WalkOrders } from "./walk-orders.js";
import { type DataPeers, holdersWithSelf, withSelf } from "./with-self.js";
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
  /** How long a round takes in which each partition's records are checked; 0: there is none. */
  readonly scrubIntervalMs: number;
  /** How far another node's clock may be ahead of this one's. */
  readonly clockDriftMaxMs: number;
  /** How long a recovery that gets nowhere waits for members that cannot be asked. */
  readonly recoveryPatienceMs: number;
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
  /** How to take part in a drill; absent: not at all. */
  readonly drill?: Drill;
  readonly options: NodeOptions;
}

export class Node {
  /** What this node does for its peers; an adapter puts it on the wire. */
  readonly service: PeerService;
  /** What an operator asks of all members through this one. */
  readonly inquiries: Inquiries;
  readonly #deps: NodeDeps & { readonly counters: Counters };
  readonly #replica: Replica;
  readonly #everyone: DataPeers;
  readonly #membership: Membership;
  readonly #election: Election;
  readonly #versions: VersionClock;
  readonly #writes: WritePath;
  readonly #reads: ReadPath;
  readonly #listings: ListPath;
  readonly #batches: Batch;
  readonly #upkeep: Upkeep;
  readonly #recovery: Recovery;
  readonly #storeWatch: StoreWatch;
  readonly #standing: Standing;
  readonly #background: Background;
  readonly #traffic: Traffic;

  constructor(given: NodeDeps) {
    const deps = { ...given, counters: new Counters() };
    const { self, clock, meta, log, options, peers } = deps;
    const driftMaxMs = options.clockDriftMaxMs;
    this.#deps = deps;
    this.#background = new Background(deps);
    this.#traffic = new Traffic(deps);
    const hasHeardMajority = () => this.#membership.seesMajority();
    this.#versions = new VersionClock({ self, clock, meta, log, driftMaxMs, hasHeardMajority });
    this.#replica = new Replica({
      ...deps,
      isBeyondClock: (ms) => this.#versions.isBeyond(ms),
      isForeign: (partition) => this.#upkeep.isForeign(partition),
      reserveClock: (version) => this.#versions.reserve(version),
      isRecovered: (partition) => this.#recovery.isRecovered(partition),
      servesReads: () => this.#standing.state !== "recovering",
      standsIn: (partition) => this.#upkeep.standsIn(partition),
      purgeAgeMs: purgeAgeMs(options.messageBudgetMaxMs),
      noteDamage: (partition) => this.#upkeep.scrub.note(partition),
      scrub: (partition) => this.#upkeep.scrub.scrub(partition),
    });
    this.#everyone = withSelf(self, this.#replica, peers);
    this.#election = new Election({
      ...deps,
      members: deps.ring.members,
      isFit: () => this.#standing.state !== "down" && this.#storeWatch.answers,
      announce: () => this.#membership.announce(),
    });
    this.#membership = new Membership({
      ...deps,
      peers: this.#election.listeningTo(peers),
      members: deps.ring.members,
      ownBeat: () => this.#ownBeat(),
      observeClock: (clockMs, stampedMs) => this.#versions.observe(clockMs, stampedMs),
      hearOwes: (debtor, owes) => this.#upkeep.debts.told(debtor, owes),
    });
    this.#storeWatch = new StoreWatch({
      ...deps,
      intervalMs: options.heartbeatIntervalMs,
      onIncarnation: (incarnation) => this.#standing.compareIncarnation(incarnation),
      onBack: (awayMs) => this.#standing.storeIsBack(awayMs),
    });
    this.#upkeep = new Upkeep({
      ...deps,
      replica: this.#replica,
      everyone: this.#everyone,
      membership: this.#membership,
      storeWatch: this.#storeWatch,
      background: this.#background,
      leads: () => this.leadership().isLeader,
    });
    this.#recovery = new Recovery({
      ...deps,
      pull: this.#upkeep.repair.pull,
      stateOf: this.stateOf,
      options: { ...options, transferTimeoutMs: options.requestTimeoutMs },
    });
    this.#standing = this.#newStanding();
    const paths = this.#newPaths();
    this.#writes = new WritePath(paths);
    this.#reads = new ReadPath(paths);
    this.inquiries = inquiriesOf(deps, () => this.status());
    this.#listings = new ListPath(paths);
    const alone = { reads: this.#reads, writes: this.#writes };
    this.#batches = new Batch({ ...paths, ...alone, orders: new WalkOrders(deps.ring) });
    this.service = this.#newDoor();
  }

  /** How often this node has started on its store; 0 until it has been claimed. */
  get incarnation(): number {
    return this.#standing.incarnation;
  }

  readonly stateOf: StateOf = (node) => this.#membership.stateOf(node);

  /**
   * Claims the store and starts the background work, recovery first. Rejects with `ForeignStore`
   * when the store is not this node's, with `StoreUnavailable` when it does not answer.
   */
  async start(): Promise<void> {
    const { self, options, log } = this.#deps;
    await this.#standing.claim();
    this.#membership.onChange((node, from, to) => this.#memberChanged(node, from, to));
    this.#runInBackground(options);
    this.recover();
    log.info({ node: self, incarnation: this.incarnation }, "node started");
  }

  /**
   * Compares with everybody, and serves no reads until that is done; see `Recovery`. Goes on in the
   * background; a second call while it does changes nothing.
   */
  recover(): RecoveryProgress {
    return this.#standing.recover();
  }

  /** Refuses clients, leads no more, and tells the peers, who stand in. Never rejects. */
  leave(): Promise<void> {
    return this.#standing.leave();
  }

  /** Brings what is held for others to them, while `signal` allows; says how much is left. */
  handOffAll(signal: AbortSignal): Promise<number> {
    return this.#upkeep.handOffAll(signal);
  }

  /** Ends the background work. The node cannot be started again. */
  async stop(): Promise<void> {
    await this.#background.stop();
  }

  async write(command: WriteCommand): Promise<WriteReceipt> {
    this.#standing.admitClient();
    return this.#traffic.write(this.#writes.write(command));
  }

  async read(command: ReadCommand): Promise<ReadResult> {
    this.#standing.admitClient();
    return this.#traffic.read(this.#reads.read(command));
  }

  async list(command: ListCommand): Promise<Listed> {
    this.#standing.admitClient();
    return this.#listings.list(command);
  }

  /** Rejects only where no request is taken; else each operation has a result of its own. */
  async batch(command: BatchCommand): Promise<BatchResult[]> {
    this.#standing.admitClient();
    return this.#traffic.batch(command.operations, this.#batches.run(command));
  }

  /** Where a key belongs, and which version each member holds. */
  locate(key: Key): Promise<Location> {
    const { ring, options } = this.#deps;
    return locate(key, { ring, options, peers: this.#everyone, stateOf: this.stateOf });
  }

  /** Whether all owners hold the same, from their records. */
  verify(): Promise<Verification> {
    return verify({
      ...this.#deps,
      requestScrub: (partition) => this.#upkeep.scrub.request(partition),
      ...comparing({ ...this.#deps, background: this.#background }),
    });
  }

  /** All that is held, here or in the cluster, as a stream; see `Snapshot`. */
  snapshot(command: SnapshotCommand): Promise<Snapshot> {
    return openSnapshot(this.#newBulk(), command);
  }

  /** Brings records back; see `Restore`. A `RestoreFailed` says how far it got. */
  async restore(source: RestoreSource, command: RestoreCommand): Promise<RestoreReport> {
    const deps = this.#newBulk();
    deps.admit();
    return new Restore({ ...deps, placement: new Placement(deps) }, command).run(source);
  }

  /** What a queue calls. */
  runJob(job: Job): Promise<void> {
    return this.#upkeep.runJob(job);
  }

  /** Who leads the cluster's chores, as this node knows it. Reads and writes need nobody's lead. */
  leadership(): Leadership {
    return this.#election.leadership();
  }

  /** `listener` hears of every member's changes of state, until what is given back is called. */
  watchMembers(listener: StateChange): () => void {
    return this.#membership.onChange(listener);
  }

  /** What must hold before clients are sent here. All true: ready. */
  readiness(): ReadinessCheck[] {
    return this.#standing.readiness();
  }

  /** Never rejects: a store that is away is part of the answer. */
  status(): Promise<NodeStatus> {
    return gatherStatus({
      ...this.#deps,
      standing: this.#standing,
      membership: this.#membership,
      storeWatch: this.#storeWatch,
      upkeep: this.#upkeep,
      recovery: this.#recovery,
      traffic: this.#traffic,
    });
  }

  #newStanding(): Standing {
    return new Standing({
      ...this.#deps,
      clusterId: this.#deps.options.clusterId,
      missedAfterMs: this.#deps.options.suspectAfterMs,
      versions: this.#versions,
      replica: this.#replica,
      election: this.#election,
      membership: this.#membership,
      recovery: this.#recovery,
      storeWatch: this.#storeWatch,
      background: this.#background,
    });
  }

  /** What the paths of writes and reads are given. */
  #newPaths() {
    const { debts } = this.#upkeep;
    return {
      ...this.#deps,
      peers: this.#everyone,
      versions: this.#versions,
      stateOf: this.stateOf,
      owe: (partition: Partition, creditors: readonly NodeId[]) => debts.owe(partition, creditors),
      debtorsTo: (node: NodeId, partition: Partition) => debts.debtorsTo(node, partition),
      onFailure: (node: NodeId, thrown: unknown) => this.#noteFailure(node, thrown),
    };
  }

  /** What snapshots and restores are given. */
  #newBulk() {
    const { self, peers, options } = this.#deps;
    return {
      ...this.#newPaths(),
      holders: holdersWithSelf(self, this.#replica, peers),
      scrub: (partition: Partition) => this.#upkeep.scrub.scrub(partition),
      admit: () => this.#standing.admitClient(),
      servesReads: () => this.#standing.state === "up",
      write: (command: WriteCommand) => this.write(command),
      signal: this.#background.signal,
      options: { ...options, transferTimeoutMs: options.requestTimeoutMs },
    };
  }

  #newDoor(): PeerService {
    return peerServiceOf({
      replica: this.#replica,
      admit: () => this.#standing.admitPeer(),
      onFailure: (thrown) => this.#storeWatch.noteFailure(thrown),
      heartbeat: (beat) => {
        this.#membership.received(beat);
        this.#election.heard(beat);
        return this.#ownBeat();
      },
      requestVote: (request) => this.#election.vote(request),
      scrub: (partition) => this.#upkeep.scrub.request(partition),
      purge: (records) => this.#upkeep.purge.forget(records),
      startPurge: () => this.#deps.jobs.enqueue([{ kind: "purge" }]),
      inquire: (inquiry) => this.inquiries.answer(inquiry),
    });
  }

  #ownBeat(): Heartbeat {
    const { state, incarnation } = this.#standing;
    const clockMs = this.#versions.nowMs();
    const { stampedMs } = this.#versions;
    const { term, isLeader } = this.#election.leadership();
    const owes = this.#upkeep.debts.own();
    const leader = isLeader ? this.#deps.self : null;
    return { node: this.#deps.self, incarnation, state, clockMs, stampedMs, term, leader, owes };
  }

  #noteFailure(node: NodeId, thrown: unknown): void {
    if (node === this.#deps.self) this.#storeWatch.noteFailure(thrown);
    else this.#membership.noteFailure(node, thrown);
  }

  #memberChanged(node: NodeId, from: MemberState, to: MemberState): void {
    this.#deps.log.info({ member: node, from, to }, "member changed");
    void this.#background.quietly("member states not recorded", this.#recordMembers());
    this.#upkeep.memberChanged(node, to);
  }

  #runInBackground(options: NodeOptions): void {
    const background = this.#background;
    background.run((signal) => this.#membership.run(signal));
    background.run((signal) => this.#election.run(signal));
    background.run((signal) => this.#storeWatch.run(signal));
    background.every(options.heartbeatIntervalMs, () => this.#versions.renew());
    background.every(options.statusRecordIntervalMs, () => this.#recordMembers());
    this.#upkeep.begin();
  }

  #recordMembers(): Promise<void> {
    const { meta, ring } = this.#deps;
    return meta.recordMembers(new Map(ring.members.map((node) => [node, this.stateOf(node)])));
  }
}
