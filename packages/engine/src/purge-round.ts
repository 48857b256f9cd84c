/**
 * The leader's chore: tells every member, itself included, to queue a purge.
 *
 * It decides when, and nothing else. Whether anything may be purged each member finds out for
 * itself, so that two leaders, or none, do no harm.
 */

import type { NodeId, Ring } from "@ringkv/core";
import type { Jobs } from "./ports/jobs.js";
import type { Peers } from "./ports/peers.js";

export interface PurgeRoundDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly leads: () => boolean;
  readonly jobs: Jobs;
  readonly peers: Pick<Peers, "startPurge">;
  readonly options: { readonly heartbeatIntervalMs: number };
}

/** Rejects when somebody could not be told; the others have been. */
export async function startPurgeRound(deps: PurgeRoundDeps): Promise<void> {
  const { self, ring, leads, jobs, peers, options } = deps;
  if (!leads()) return;
  const tell = (node: NodeId) =>
    node === self
      ? jobs.enqueue([{ kind: "purge" }])
      : peers.startPurge(node, options.heartbeatIntervalMs);
  const told = ring.members.map(tell);
  for (const outcome of await Promise.allSettled(told)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
