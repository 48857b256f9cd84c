/** A call's deadline as the time that its quorum has. */

import type { Deadline } from "@grpc/grpc-js";

/** More than a request may ever take: see `?timeout=` of HTTP. */
export const TIMEOUT_MS_MAX = 30_000;

/** What the answer may take to its reader, at most. */
const RETURN_MS_MAX = 25;

/** Of a short deadline only a part can be spared. */
const RETURN_SHARE = 0.1;

/**
 * Milliseconds until the engine must have answered, so that what it knows of the outcome still
 * reaches the client before the client stops listening; null: the client waits for ever, and the
 * node's own limit holds.
 */
export function timeLeftMs(deadline: Deadline, nowMs: number): number | null {
  const atMs = typeof deadline === "number" ? deadline : deadline.getTime();
  if (!Number.isFinite(atMs)) return null;
  const leftMs = atMs - nowMs;
  const returnMs = Math.min(RETURN_MS_MAX, leftMs * RETURN_SHARE);
  return Math.max(1, Math.min(TIMEOUT_MS_MAX, Math.floor(leftMs - returnMs)));
}
