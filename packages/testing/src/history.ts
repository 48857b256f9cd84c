/**
 * What the clients of a simulated cluster did and were told. Plain data: the checkers judge it, and
 * a test may tamper with it to see whether they notice.
 */

import type { Key, NodeId, Version } from "@ringkv/core";

/** `refused`: the answer proves that nothing was stored. `unknown`: anything may be true. */
export type OperationOutcome = "ok" | "refused" | "unknown";

interface Operation {
  readonly id: number;
  readonly key: Key;
  /** The node that was asked. */
  readonly node: NodeId;
  readonly invokedAtMs: number;
  /** Null while nothing has been answered. */
  respondedAtMs: number | null;
  outcome: OperationOutcome;
}

export interface WriteOperation extends Operation {
  /** Unique in the history; null deletes. */
  readonly value: string | null;
  readonly expiresAtMs: number | null;
  /** How recently, when the write began, its node's clock had heard of each node's. */
  readonly clocksHeard: ClocksHeard;
  /** The version acknowledged; null unless the outcome is `ok`. */
  version: Version | null;
  stored: readonly NodeId[];
}

export interface ReadOperation extends Operation {
  /** How many nodes had to answer. */
  readonly r: number;
  /** Whether it was made after everything had healed and settled. */
  readonly isFinal: boolean;
  value: string | null;
  /** The newest version among the answers; null when no node held one. */
  version: Version | null;
  /** The asked node's wall clock when it answered. */
  wallMs: number;
  /** How many owners had no copy, or a deleted or expired one, at some time during the read. */
  ownersWithout: number;
  /** Whether any node held a deletion, or an expired copy, at some time during the read. */
  someHeldAbsence: boolean;
}

/** A walk through all keys, page by page, each page by whichever node. */
export interface ListOperation extends Omit<Operation, "key"> {
  readonly r: number;
  readonly isFinal: boolean;
  /** In the order in which they came. */
  readonly items: ListedItem[];
  /** Whether the last page was reached. */
  isWhole: boolean;
}

export interface ListedItem {
  readonly key: Key;
  readonly version: Version;
  /** Null: values were not asked for. */
  readonly value: string | null;
}

/** For each node, until when its clock's readings had been heard, directly or by way of others. */
export type ClocksHeard = ReadonlyMap<NodeId, number>;

/** When and by whom a version was stamped. */
export interface Stamp {
  readonly node: NodeId;
  readonly atMs: number;
  readonly operationValue: string | null;
}

export interface History {
  readonly members: readonly NodeId[];
  readonly replicaCount: number;
  readonly writeQuorum: number;
  readonly writes: WriteOperation[];
  readonly reads: ReadOperation[];
  readonly lists: ListOperation[];
  /** Every version that left its coordinator. */
  readonly stamps: Map<Version, Stamp>;
  /** In the order of time. */
  readonly purged: Purged[];
}

/** A disk forgot a tombstone, or an expired record, for good. */
export interface Purged {
  readonly key: Key;
  readonly version: Version;
  readonly atMs: number;
  /** It was a value once, and no tombstone. */
  readonly hadExpired: boolean;
}

/**
 * The promises by their names in the documents; `W`: W disks hold what is acknowledged; `leader`: a
 * term has one leader at most; `list`: a listing shows each key once, in order, as reads do.
 */
export const INVARIANTS = [
  "A1",
  "A2",
  "A3",
  "A4",
  "A5",
  "A6",
  "A7",
  "A9",
  "W",
  "leader",
  "list",
  "liveness",
] as const;

export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
  /** The key it is about; null: none in particular. */
  readonly key: Key | null;
  /** When it happened; what came later explains nothing. */
  readonly atMs: number;
}
