/** A round in which every promise was kept, for tests to break one at a time. */

import type { RoundResult } from "../../scripts/chaos/round.mjs";

export function goodResult(more: Partial<RoundResult> = {}): RoundResult {
  return {
    fault: "kill-node",
    incidents: [{ victims: ["node1"], what: "", beganMs: 0, healedMs: 1, wholeMs: 2 }],
    counts: { operations: 12_345, acknowledged: 6_000, refused: 7, unknown: 8, readsFailed: 9 },
    judgement: { lost: [], zombies: [], invented: [], stale: [], late: 0 },
    stories: [],
    gap: {
      ms: 403.4,
      client: "client1",
      node: "node2",
      fromMs: 0,
      during: "node1: SIGKILL",
      meanwhile: ["read of k"],
    },
    downAfterMs: 5_040,
    equalAfterMs: 6_700,
    lastVerify: null,
    calmWritesPerSecond: 480,
    unnoticed: [],
    recovery: null,
    resets: 0,
    isGraceful: false,
    mustLose: false,
    stallMs: 12,
    ...more,
  };
}
