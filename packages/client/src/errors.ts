/**
 * What went wrong, in one class with a code. The code and the outcome are the contract; messages
 * are for people, and nobody matches on them.
 */

/** `unknown`: the write may have been stored, may appear later, or never. */
export type Outcome = "not-applied" | "unknown";

/** What a node answers in a problem document. */
export type ServerCode =
  | "invalid_request"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "request_timeout"
  | "too_large"
  | "unsupported_media_type"
  | "range_not_satisfiable"
  | "uri_too_long"
  | "headers_too_large"
  | "overloaded"
  | "internal"
  | "not_supported"
  | "quorum_unreachable"
  | "store_unavailable"
  | "recovering"
  | "shutting_down"
  | "store_full";

/** What no node said, because none was asked, none answered, or the answer made no sense. */
export type ClientCode =
  /** No connection: the request never left. */
  | "unreachable"
  /** The request left, and no answer came in time. */
  | "timeout"
  /** The connection broke after the request had left, or in the middle of the answer. */
  | "broken_off"
  /** The caller's own signal. */
  | "aborted"
  /** Something answered that is no node, or a newer one that this client does not understand. */
  | "malformed_answer";

/** Nodes of a later version may say more. */
export type ErrorCode = ServerCode | ClientCode | (string & {});

/** One node that was asked and did not answer with what was wanted. */
export interface FailedAttempt {
  readonly node: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface ErrorFields {
  readonly code: ErrorCode;
  readonly outcome: Outcome;
  /** Whether the same request, unchanged, may succeed elsewhere or later. */
  readonly retryable: boolean;
  /** The HTTP status; null when nothing answered. */
  readonly status?: number | null;
  /** The node's log has the request under it. */
  readonly requestId?: string | null;
  /** Of the node that was asked last. */
  readonly node?: string | null;
  /** All nodes that were asked, in order. */
  readonly attempts?: readonly FailedAttempt[];
  /** The whole problem document, with what only some problems have. */
  readonly problem?: Readonly<Record<string, unknown>> | null;
  readonly cause?: unknown;
}

export class RingkvError extends Error {
  override readonly name = "RingkvError";

  readonly code: ErrorCode;
  readonly outcome: Outcome;
  readonly retryable: boolean;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly node: string | null;
  readonly attempts: readonly FailedAttempt[];
  readonly problem: Readonly<Record<string, unknown>> | null;

  constructor(message: string, fields: ErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.outcome = fields.outcome;
    this.retryable = fields.retryable;
    this.status = fields.status ?? null;
    this.requestId = fields.requestId ?? null;
    this.node = fields.node ?? null;
    this.attempts = fields.attempts ?? [];
    this.problem = fields.problem ?? null;
  }
}

/** The caller's own mistake, found before anything was sent. */
export function mistake(message: string): RingkvError {
  return new RingkvError(message, {
    code: "invalid_request",
    outcome: "not-applied",
    retryable: false,
  });
}
