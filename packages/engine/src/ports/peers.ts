import type {
  Key,
  MemberState,
  NodeId,
  PackedRecord,
  Partition,
  PartitionDigest,
  StoreUnavailable,
  VoteAnswer,
  VoteRequest,
} from "@ringkv/core";
import type { ApplyOutcome, HeldVersion, VersionPage } from "./record-store.js";

/**
 * Calls to other members. Implemented by peers-resp over TCP, and by the simulator.
 *
 * A call is delivered at most once, and never later than the longest budget that its sender gives
 * (an adapter may batch calls): a receiver refuses what comes late. Every method rejects with
 * `PeerFailure`, within the budget, when no answer came; the call may then have had its effect
 * unless `sent` is false. Calls may be answered out of order.
 */
export interface Peers {
  /** A client's records. One outcome per record, in order. */
  apply(node: NodeId, records: readonly PackedRecord[], budgetMs: number): Answers<ApplyOutcome>;

  /** Records that were accepted elsewhere before: hand-off and repair. */
  transfer(node: NodeId, records: readonly PackedRecord[], budgetMs: number): Answers<ApplyOutcome>;

  /** The node's own copies, in the order of `keys`; null: none. */
  read(node: NodeId, keys: readonly Key[], budgetMs: number): Answers<PackedRecord | null>;

  /** The running sums of the node's partitions, foreign ones included. */
  digests(node: NodeId, budgetMs: number): Promise<Digests>;

  /** A page of what the node holds of a partition; see `RecordStore.versions`. */
  versions(node: NodeId, ask: VersionsAsk, budgetMs: number): Promise<VersionPage>;

  /** Tells the node how this one is, and hears how the node is. */
  heartbeat(node: NodeId, beat: Heartbeat, budgetMs: number): Promise<Heartbeat>;

  /** Asks for the node's vote in an election. */
  requestVote(node: NodeId, request: VoteRequest, budgetMs: number): Promise<VoteAnswer>;

  /** Has the node forget these records, where it finds them old enough; see `RecordStore.purge`. */
  purge(node: NodeId, records: readonly HeldVersion[], budgetMs: number): Answers<boolean>;

  /** Has the node queue a purge of the partitions whose primary it is. */
  startPurge(node: NodeId, budgetMs: number): Promise<void>;
}

type Answers<T> = Promise<readonly T[]>;

/** No entry: the partition holds nothing. */
export type Digests = ReadonlyMap<Partition, PartitionDigest>;

export interface VersionsAsk {
  readonly partition: Partition;
  /** Null for the first page, then what the page before returned. */
  readonly cursor: string | null;
}

/** What a node does for its peers: the other end of `Peers`. A rejection reaches the caller. */
export interface PeerService {
  apply(records: readonly PackedRecord[]): Answers<ApplyOutcome>;
  transfer(records: readonly PackedRecord[]): Answers<ApplyOutcome>;
  read(keys: readonly Key[]): Answers<PackedRecord | null>;
  digests(): Promise<Digests>;
  versions(ask: VersionsAsk): Promise<VersionPage>;
  heartbeat(beat: Heartbeat): Heartbeat;
  requestVote(request: VoteRequest): Promise<VoteAnswer>;
  purge(records: readonly HeldVersion[]): Answers<boolean>;
  startPurge(): Promise<void>;
}

export interface Heartbeat {
  readonly node: NodeId;
  readonly incarnation: number;
  /** What the node says of itself; `down`: it is leaving. */
  readonly state: MemberState;
  /** Milliseconds: the node's clock, which runs with the fastest one that it has heard of. */
  readonly clockMs: number;
  /** Milliseconds: no version above this one has been stamped by the node so far. */
  readonly stampedMs: number;
  /** The election term that the node has reached. */
  readonly term: number;
  /** The node itself when it leads that term; null otherwise: nobody speaks for another leader. */
  readonly leader: NodeId | null;
}

/**
 * Why a peer did not do it.
 * - `refused`: there is no connection, or it broke.
 * - `timed-out`: nothing was heard within the budget.
 * - `unavailable`, `full`: it answered that its own store is away, or has no room.
 * - `rejected`: it answered that it will not (too late, or a version beyond its clock).
 */
export type PeerFailureReason = "refused" | "timed-out" | "unavailable" | "full" | "rejected";

export class PeerFailure extends Error {
  override readonly name = "PeerFailure";

  readonly node: NodeId;
  readonly reason: PeerFailureReason;
  /** False proves that the call had no effect and never will. */
  readonly sent: boolean;

  constructor(
    { node, reason, sent }: { node: NodeId; reason: PeerFailureReason; sent: boolean },
    options?: ErrorOptions,
  ) {
    super(`${node}: ${reason}`, options);
    this.node = node;
    this.reason = reason;
    this.sent = sent;
  }
}

/** A receiver's refusal: the version is further ahead of its clock than clocks may drift apart. */
export class VersionBeyondClock extends Error {
  override readonly name = "VersionBeyondClock";
}

/** What a `PeerService` may reject with, besides bugs: adapters carry these over the wire. */
export type ServiceFailure = StoreUnavailable | VersionBeyondClock;
