/**
 * Who is up, judged from what was heard. Pure: times are passed in, all from one monotonic clock.
 *
 * "Heard" means that the member answered a call of ours. Its own calls prove only that it can
 * reach us: with a link that is cut in one direction it could not be used, so it does not count.
 */

import type { MemberState } from "./types.js";

export interface Evidence {
  /** When the member last answered, in monotonic milliseconds; null: never since we started. */
  readonly heardAtMs: number | null;
  /** When we started to listen. */
  readonly sinceMs: number;
  /** What the member said of itself when it last answered. */
  readonly declared: MemberState;
  /** Calls in a row that ran out of time. */
  readonly timeoutsInRow: number;
  /** A connection was refused or broke, and nothing has been heard since. */
  readonly refused: boolean;
}

export interface SuspicionLimits {
  /** Silence after which a member is suspect. */
  readonly suspectAfterMs: number;
  /** Silence after which it is down: no longer asked at all. */
  readonly downAfterMs: number;
}

/** A run this long is no accident; waiting for the silence to grow would cost every client. */
const TIMEOUTS_IN_ROW_MAX = 3;

export function noEvidence(nowMs: number): Evidence {
  return {
    heardAtMs: null,
    sinceMs: nowMs,
    declared: "suspect",
    timeoutsInRow: 0,
    refused: false,
  };
}

export function heard(evidence: Evidence, nowMs: number, declared: MemberState): Evidence {
  return { ...evidence, heardAtMs: nowMs, declared, timeoutsInRow: 0, refused: false };
}

export function failed(evidence: Evidence, reason: "refused" | "timed-out"): Evidence {
  if (reason === "refused") return { ...evidence, refused: true };
  return { ...evidence, timeoutsInRow: evidence.timeoutsInRow + 1 };
}

/**
 * Moves everything heard forward by a pause of our own that ended at `nowMs`: a node that slept
 * accuses nobody. Not beyond now: what was heard after the pause would count as heard in the
 * future, and its sender could be silent for that much longer.
 */
export function excusePause(evidence: Evidence, pauseMs: number, nowMs: number): Evidence {
  const { heardAtMs, sinceMs } = evidence;
  return {
    ...evidence,
    heardAtMs: heardAtMs === null ? null : Math.min(heardAtMs + pauseMs, nowMs),
    sinceMs: Math.min(sinceMs + pauseMs, nowMs),
  };
}

export function judge(evidence: Evidence, nowMs: number, limits: SuspicionLimits): MemberState {
  const { heardAtMs, sinceMs, declared, timeoutsInRow, refused } = evidence;
  const silentForMs = nowMs - (heardAtMs ?? sinceMs);
  if (silentForMs >= limits.downAfterMs || declared === "down") return "down";
  if (silentForMs >= limits.suspectAfterMs) return "suspect";
  const isAccused = refused || timeoutsInRow >= TIMEOUTS_IN_ROW_MAX;
  if (isAccused || heardAtMs === null) return "suspect";
  return declared;
}
