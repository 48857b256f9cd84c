/** How the nodes of a simulated world are configured: their copies and quorums, their times. */

import type { NodeOptions } from "@ringkv/engine";
import type { Prng } from "./prng.js";
import type { FaultPlan, Mix } from "./sim-weather.js";

export interface Quorums {
  readonly replicaCount: number;
  readonly writeQuorum: number;
  readonly readQuorum: number;
}

const TWO_COPIES: Quorums = { replicaCount: 2, writeQuorum: 2, readQuorum: 1 };
const THREE_COPIES: Quorums = { replicaCount: 3, writeQuorum: 2, readQuorum: 2 };

/** Where a mix wants a certain number of copies, to be as harsh as it can. */
const QUORUMS_OF: Readonly<Partial<Record<Mix, Quorums>>> = {
  restarts: TWO_COPIES,
  disks: THREE_COPIES,
};

export function drawQuorums(prng: Prng, mix: Mix): Quorums {
  return QUORUMS_OF[mix] ?? prng.pick([TWO_COPIES, THREE_COPIES]);
}

/**
 * Production's own numbers, except that some work is done more often, and that no budget may be
 * longer than the longest that these nodes give: so tombstones are purged within a minute.
 */
export const TIMES = {
  clusterId: "simulated",
  requestTimeoutMs: 2_000,
  peerTimeoutMs: 400,
  heartbeatIntervalMs: 1_000,
  suspectAfterMs: 2_000,
  downAfterMs: 5_000,
  statusRecordIntervalMs: 30_000,
  handoffIntervalMs: 3_000,
  antiEntropyIntervalMs: 3_000,
  purgeIntervalMs: 1_500,
  /** No round: damage is found by a question or by a read, as quickly as by a quick round. */
  scrubIntervalMs: 0,
  messageBudgetMaxMs: 2_000,
  clockDriftMaxMs: 10_000,
  recoveryPatienceMs: 10_000,
};

/**
 * Longer than anybody is away: an owner that has lost its disk, and serves all the same because the
 * other owner is away for longer than its patience, promises nothing.
 */
const PATIENCE_WITH_LOST_DISKS_MS = 120_000;

export function nodeOptions(
  quorums: Quorums,
  { wipeEveryMs }: Pick<FaultPlan, "wipeEveryMs">,
): NodeOptions {
  const options = { ...TIMES, ...quorums };
  if (wipeEveryMs === Number.POSITIVE_INFINITY) return options;
  return { ...options, recoveryPatienceMs: PATIENCE_WITH_LOST_DISKS_MS };
}
