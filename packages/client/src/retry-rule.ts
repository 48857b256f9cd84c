/**
 * Whether a request that failed may be sent to another node. Pure.
 *
 * A read may always be repeated. A write may be, when it is certain that nothing was stored: no
 * connection came about, or a node refused it and says so. A write whose outcome is unknown is
 * repeated only when the caller asked for it, because the repetition is a newer write: it wins
 * over whatever somebody else has written to the key in the meantime.
 */

import type { ErrorCode, Outcome } from "./errors.js";

/** `changes`: a write. `changes-repeatable`: one that the caller allows to be done twice. */
export type Effect = "none" | "changes" | "changes-repeatable";

export interface Failure {
  readonly code: ErrorCode;
  readonly outcome: Outcome;
  readonly retryable: boolean;
}

export function mayTryAgain({ code, outcome, retryable }: Failure, effect: Effect): boolean {
  if (code === "aborted" || !retryable) return false;
  return effect !== "changes" || outcome === "not-applied";
}

/** Codes that tell of the node itself, so that the next request had better begin elsewhere. */
const OF_THE_NODE: readonly ErrorCode[] = [
  "unreachable",
  "timeout",
  "broken_off",
  "store_unavailable",
  "recovering",
  "shutting_down",
];

export function speaksAgainstTheNode({ code }: Pick<Failure, "code">): boolean {
  return OF_THE_NODE.includes(code);
}
