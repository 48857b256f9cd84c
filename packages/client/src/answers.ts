/**
 * The shapes of what nodes answer, as API.md has them. Fields that a later version adds are kept:
 * the types promise what is there, not that nothing else is.
 */

import type { Outcome } from "./errors.js";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

export interface Explanation {
  readonly partition: number;
  readonly walk: readonly string[];
  readonly asked: readonly {
    readonly node: string;
    readonly answer: string;
    readonly version: string | null;
    readonly ms: number;
  }[];
  readonly winner: { readonly version: string; readonly nodes: readonly string[] } | null;
  readonly why: string;
}

export interface Receipt {
  readonly key: string;
  readonly version: string;
  readonly partition: number;
  readonly primary: string;
  /** The nodes that have it on disk. */
  readonly stored: readonly string[];
  /** Those of them that hold it for an owner that did not answer. */
  readonly standIns: readonly string[];
  readonly w: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly explain?: Explanation;
  /** The URL of the node that answered; not a field of the node's own answer. */
  readonly answeredBy: string;
}

export interface PutReceipt extends Receipt {
  readonly created: boolean;
}

export interface DeleteReceipt extends Receipt {
  readonly existed: boolean;
}

/** A value as it is stored, byte for byte. */
export interface Reading {
  readonly key: string;
  readonly value: Buffer;
  readonly version: string;
  readonly contentType: string;
  readonly expiresAt: number | null;
  readonly answeredBy: string;
}

export interface ListItem {
  readonly key: string;
  readonly version: string;
  /** Where values were asked for: as `GET /kv?key=` gives them. */
  readonly value?: Json;
  readonly encoding?: "base64";
  readonly contentType?: string;
  readonly expiresAt?: number;
}

export interface ListPage {
  readonly items: readonly ListItem[];
  readonly cursor: string | null;
}

export type BatchOp =
  | { readonly op: "put"; readonly key: string; readonly value: Json; readonly ttl?: number }
  | { readonly op: "get" | "delete"; readonly key: string };

/** One for each operation, in order: a receipt, a reading or a problem, told apart by `status`. */
export interface BatchResult {
  readonly status: number;
  readonly key?: string;
  readonly value?: Json;
  readonly version?: string;
  readonly code?: string;
  readonly outcome?: Outcome;
  readonly detail?: string;
  readonly [field: string]: unknown;
}

export interface Leadership {
  readonly isLeader: boolean;
  readonly leader: string | null;
  readonly term: number;
}

export interface Health extends Leadership {
  readonly status: string;
  readonly node: string;
  readonly state: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly check: string; readonly ok: boolean }[];
}

export interface Heartbeat extends Leadership {
  readonly status: string;
  readonly node: string;
  readonly port: number;
}

export interface MemberView {
  readonly node: string;
  readonly state: string;
  readonly [field: string]: unknown;
}

export interface RecoveryProgress {
  readonly isOver: boolean;
  readonly partitionsLeft: number;
  readonly recordsLeft: number;
  readonly secondsLeft: number | null;
  readonly [field: string]: unknown;
}

export interface NodeStatus extends Leadership {
  readonly node: string;
  readonly state: string;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly persistence: string;
  readonly storeAnswers: boolean;
  readonly members: readonly MemberView[];
  readonly records: number;
  readonly foreignRecords: number;
  readonly partitions: {
    readonly owned: number;
    readonly foreign: number;
    readonly differing: number;
  };
  readonly recovery: RecoveryProgress;
  readonly requestsInFlight: number;
  readonly [field: string]: unknown;
}

export interface Location {
  readonly key: string;
  readonly partition: number;
  readonly walk: readonly string[];
  readonly owners: readonly string[];
  readonly holders: readonly {
    readonly node: string;
    readonly state: string;
    readonly version: string | null;
    readonly answered: boolean;
  }[];
}

export interface Verification {
  readonly equal: boolean;
  readonly partitions: number;
  readonly differing: readonly number[];
  readonly notAsked: readonly string[];
  readonly wrongDigests: readonly { readonly node: string; readonly partition: number }[];
  readonly damaged: readonly Readonly<Record<string, unknown>>[];
}

export interface RestoreReport {
  readonly restored: number;
  readonly skippedOlder: number;
  readonly total: number;
}

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly completed: boolean;
  readonly created_at: string | number;
}

/** One record of a snapshot: exactly one of `value`, `base64` and `tombstone` is there. */
export interface SnapshotRecord {
  readonly key: string;
  readonly version: string;
  readonly contentType: string;
  readonly expiresAt?: number;
  readonly tombstone?: boolean;
  readonly value?: Json;
  readonly base64?: string;
}
