/**
 * Decides when a replicated write may be answered. Pure: no clock, no sockets, no promises.
 *
 * The coordinator feeds it one reply at a time and asks for a verdict after each, so the hardest
 * question of the write path ("is this write safe yet?") is a table in a unit test.
 */

import type { NodeId, Version } from "./types.js";

/** What a node said to one write. `stale`: it holds `held`, which is newer, and stored nothing. */
export type WriteReply =
  | { readonly node: NodeId; readonly outcome: "stored" }
  | { readonly node: NodeId; readonly outcome: "failed" }
  | { readonly node: NodeId; readonly outcome: "stale"; readonly held: Version };

export interface WriteQuorum {
  readonly needed: number;
  readonly stored: readonly NodeId[];
  readonly failed: readonly NodeId[];
  /** The newest version that a node refused to go below, or null. */
  readonly staleBelow: Version | null;
}

/** `pending`: later replies can still change the answer. The others are final. */
export type WriteVerdict = "pending" | "reached" | "stale" | "unreachable";

export function openWriteQuorum(needed: number): WriteQuorum {
  return { needed, stored: [], failed: [], staleBelow: null };
}

/** Counts a reply. A second one from the same node changes nothing: a retry is not a vote. */
export function countWriteReply(quorum: WriteQuorum, reply: WriteReply): WriteQuorum {
  const { node } = reply;
  if (quorum.stored.includes(node) || quorum.failed.includes(node)) return quorum;
  if (reply.outcome === "stored") return { ...quorum, stored: [...quorum.stored, node] };
  const failed = [...quorum.failed, node];
  if (reply.outcome === "failed") return { ...quorum, failed };
  const { staleBelow } = quorum;
  const newest = staleBelow === null || reply.held > staleBelow ? reply.held : staleBelow;
  return { ...quorum, failed, staleBelow: newest };
}

/**
 * `candidates` is how many nodes have not answered yet, those included that were not asked so far.
 *
 * One stale reply decides, even when enough others stored the write: somebody may have been told
 * that the newer version is safe, and an acknowledgement now would promise what cannot be kept.
 */
export function writeVerdict(quorum: WriteQuorum, candidates: number): WriteVerdict {
  if (quorum.staleBelow !== null) return "stale";
  if (quorum.stored.length >= quorum.needed) return "reached";
  return quorum.stored.length + candidates < quorum.needed ? "unreachable" : "pending";
}
