import type {
  Key,
  KeyPage,
  MemberState,
  NodeId,
  PackedRecord,
  Partition,
  PartitionDigest,
  Recovering,
  StoreUnavailable,
  VoteAnswer,
  VoteRequest,
} from "@ringkv/core";
import type { ContentsPage } from "../contents.js";
import type { Inquiry, InquiryAnswer } from "../inquiry.js";
import type {
  ApplyOutcome,
  HeldCopy,
  HeldVersion,
  ListAsk,
  RecordPage,
  VersionPage,
} from "./record-store.js";

/**
 * Calls to other members. Implemented by peers-resp over TCP, and by the simulator.
 *
 * A call is delivered at most once, and never later than the longest budget that its sender gives
 * (an adapter may batch calls): a receiver refuses what comes late. Every method rejects with
 * `PeerFailure`, within the budget, when no answer came; the call may then have had its effect
 * unless `sent` is false. Calls may be answered out of order.
 */
export interface Peers {
  /** A client's records. One answer per record, in order. */
  apply(node: NodeId, records: readonly PackedRecord[], budgetMs: number): Answers<ApplyAnswer>;

  /** Records that were accepted elsewhere before: hand-off and repair. */
  transfer(node: NodeId, records: readonly PackedRecord[], budgetMs: number): Answers<ApplyOutcome>;

  /**
   * What a client is told: the node's own copies, in the order of `keys`; null: none. A node that
   * is recovering refuses.
   */
  read(node: NodeId, keys: readonly Key[], budgetMs: number): Answers<HeldCopy>;

  /** The same copies for whoever compares or moves them, whatever they are worth. */
  copies(node: NodeId, keys: readonly Key[], budgetMs: number): Answers<HeldCopy>;

  /** What a client is told of the keys here; see `RecordStore.list`. A recovering node refuses. */
  list(node: NodeId, ask: KeyAsk, budgetMs: number): Promise<KeyPage>;

  /** A page of the node's intact copies of a partition; see `RecordStore.page`. */
  page(node: NodeId, ask: PageAsk, budgetMs: number): Promise<RecordPage>;

  /** The running sums of the node's partitions, foreign ones included. */
  digests(node: NodeId, budgetMs: number): Promise<Digests>;

  /** A page of what the node holds of a partition; see `RecordStore.versions`. */
  versions(node: NodeId, ask: PageAsk, budgetMs: number): Promise<VersionPage>;

  /** A page of what the node holds of a partition, each record read and checked by the node. */
  contents(node: NodeId, ask: PageAsk, budgetMs: number): Promise<ContentsPage>;

  /** Asks the node to look after its own copy of a partition, soon. */
  scrub(node: NodeId, partition: Partition, budgetMs: number): Promise<void>;

  /** Tells the node how this one is, and hears how the node is. */
  heartbeat(node: NodeId, beat: Heartbeat, budgetMs: number): Promise<Heartbeat>;

  /** Asks for the node's vote in an election. */
  requestVote(node: NodeId, request: VoteRequest, budgetMs: number): Promise<VoteAnswer>;

  /** Has the node forget these records, where it finds them old enough; see `RecordStore.purge`. */
  purge(node: NodeId, records: readonly HeldVersion[], budgetMs: number): Answers<boolean>;

  /** Has the node queue a purge of the partitions whose primary it is. */
  startPurge(node: NodeId, budgetMs: number): Promise<void>;

  /** What an operator asks the node through this one. */
  inquire(node: NodeId, inquiry: Inquiry, budgetMs: number): Promise<InquiryAnswer>;
}

type Answers<T> = Promise<readonly T[]>;

/** No entry: the partition holds nothing. */
export type Digests = ReadonlyMap<Partition, PartitionDigest>;

/** For whom a node holds records that they lack, as far as it knows: partitions by owner. */
export type Owes = ReadonlyMap<NodeId, ReadonlySet<Partition>>;

/** Held now, or answered `stale`, as by the store; `unvouched` see below. */
export type ApplyAnswer = ApplyOutcome | Unvouched;

/**
 * Held now, by a node that has not recovered the partition yet: it cannot say that it never held
 * anything newer, so this is no vote for the write.
 */
export interface Unvouched {
  readonly outcome: "unvouched";
}

/** What has expired is judged by the clock of the node that is asked. */
export type KeyAsk = Omit<ListAsk, "nowMs">;

export interface PageAsk {
  readonly partition: Partition;
  /** Null for the first page, then what the page before returned. */
  readonly cursor: string | null;
}

/** What a node does for its peers: the other end of `Peers`. A rejection reaches the caller. */
export interface PeerService {
  apply(records: readonly PackedRecord[]): Answers<ApplyAnswer>;
  transfer(records: readonly PackedRecord[]): Answers<ApplyOutcome>;
  read(keys: readonly Key[]): Answers<HeldCopy>;
  copies(keys: readonly Key[]): Answers<HeldCopy>;
  list(ask: KeyAsk): Promise<KeyPage>;
  page(ask: PageAsk): Promise<RecordPage>;
  digests(): Promise<Digests>;
  versions(ask: PageAsk): Promise<VersionPage>;
  contents(ask: PageAsk): Promise<ContentsPage>;
  scrub(partition: Partition): Promise<void>;
  heartbeat(beat: Heartbeat): Heartbeat;
  requestVote(request: VoteRequest): Promise<VoteAnswer>;
  purge(records: readonly HeldVersion[]): Answers<boolean>;
  startPurge(): Promise<void>;
  inquire(inquiry: Inquiry): Promise<InquiryAnswer>;
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
  /** Whom the node owes which partitions: so that nobody reads there what is out of date. */
  readonly owes: Owes;
}

/**
 * Why a peer did not do it.
 * - `refused`: there is no connection, or it broke.
 * - `timed-out`: nothing was heard within the budget.
 * - `unavailable`, `full`: it answered that its own store is away, or has no room.
 * - `recovering`: it answered that it does not serve reads yet.
 * - `rejected`: it answered that it will not (too late, or a version beyond its clock).
 */
export type PeerFailureReason =
  | "refused"
  | "timed-out"
  | "unavailable"
  | "full"
  | "recovering"
  | "rejected";

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
export type ServiceFailure = StoreUnavailable | Recovering | VersionBeyondClock;
