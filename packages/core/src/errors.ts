/**
 * Every failure a caller may be told about. Anything else that is thrown is a bug, and reaches the
 * caller only as `internal`.
 *
 * The code is the contract. Transports translate it in one table each; nobody matches on messages,
 * and core knows no status numbers.
 */

import type { NodeId } from "./types.js";

export type ErrorCode =
  | "invalid_request" // The request can never succeed as written.
  | "unauthenticated" // Tokens are set, and the request brought none that holds.
  | "forbidden" // The token holds, and does not allow this.
  | "not_found" // No such key, or no such route.
  | "too_large" // The key, the value or the body exceeds a limit.
  | "invalid_snapshot" // What was to be restored is cut short, altered, or no snapshot.
  | "overloaded" // More in flight than this node takes.
  | "not_supported" // The store does not pretend to do this.
  | "quorum_unreachable" // Too few nodes answered.
  | "store_unavailable" // This node's Redis is away.
  | "store_full" // Redis is at its memory limit; nothing was evicted.
  | "recovering" // This node is not ready yet.
  | "shutting_down"; // This node is leaving. Another one will answer.

/** Whether the request may have had an effect. Never "failed": that cannot be known. */
export type Outcome = "not-applied" | "unknown";

export abstract class KvError extends Error {
  abstract readonly code: ErrorCode;
  /** True when repeating the same request, unchanged, can succeed. */
  abstract readonly retryable: boolean;
  readonly outcome: Outcome = "not-applied";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class InvalidRequest extends KvError {
  readonly code = "invalid_request";
  readonly retryable = false;
}

/** Says nothing of why: whoever guesses should not learn which part was right. */
export class Unauthenticated extends KvError {
  readonly code = "unauthenticated";
  readonly retryable = false;
}

export class Forbidden extends KvError {
  readonly code = "forbidden";
  readonly retryable = false;
}

export class NotFound extends KvError {
  readonly code = "not_found";
  readonly retryable = false;
}

export class TooLarge extends KvError {
  readonly code = "too_large";
  readonly retryable = false;
}

/** Whatever came before may have been stored; sending the right one is harmless. */
export class InvalidSnapshot extends KvError {
  readonly code = "invalid_snapshot";
  readonly retryable = false;
  /** What of it had been read without a flaw; null: it is not known. */
  readonly read: { readonly records: number; readonly bytes: number } | null;

  constructor(message: string, read: InvalidSnapshot["read"] = null) {
    super(message);
    this.read = read;
  }
}

export class Overloaded extends KvError {
  readonly code = "overloaded";
  readonly retryable = true;
}

/**
 * Too many wrong tokens came from one address: for some seconds none of its tokens is looked at.
 */
export class TooManyAttempts extends Overloaded {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("too many wrong tokens came from this address; wait");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class NotSupported extends KvError {
  readonly code = "not_supported";
  readonly retryable = false;
}

export class StoreUnavailable extends KvError {
  readonly code = "store_unavailable";
  readonly retryable = true;
}

export class Recovering extends KvError {
  readonly code = "recovering";
  readonly retryable = true;
}

export class ShuttingDown extends KvError {
  readonly code = "shutting_down";
  readonly retryable = true;
}

/** What a coordinator knows of a request that too few nodes answered. */
export interface QuorumFailure {
  readonly needed: number;
  readonly answered: readonly NodeId[];
  readonly failed: readonly NodeId[];
  readonly outcome: Outcome;
}

export class QuorumUnreachable extends KvError {
  readonly code = "quorum_unreachable";
  readonly retryable = true;
  override readonly outcome: Outcome;
  readonly needed: number;
  readonly answered: readonly NodeId[];
  readonly failed: readonly NodeId[];

  constructor({ needed, answered, failed, outcome }: QuorumFailure) {
    const names = (nodes: readonly NodeId[]) => nodes.join(", ") || "none";
    super(`${needed} nodes needed; answered: ${names(answered)}; failed: ${names(failed)}`);
    this.needed = needed;
    this.answered = answered;
    this.failed = failed;
    this.outcome = outcome;
  }
}

export class StoreFull extends KvError {
  readonly code = "store_full";
  readonly retryable = true;
  override readonly outcome: Outcome;

  constructor(outcome: Outcome = "not-applied") {
    super("Redis is at its memory limit; nothing was evicted");
    this.outcome = outcome;
  }
}
