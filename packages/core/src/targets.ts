/**
 * Whom to ask: the order of a partition's nodes for one write or one read, given who is up. Pure.
 */

import type { Walk } from "./ring.js";
import type { MemberState, NodeId } from "./types.js";

export type StateOf = (node: NodeId) => MemberState;

export interface WriteTargets {
  /** Asked at once: the first N members of the walk that are not down. */
  readonly first: readonly NodeId[];
  /** The stand-ins that are left, in the order in which they replace a target that fails. */
  readonly spares: readonly NodeId[];
}

/**
 * A suspect is tried: it may well answer, and if it does not a spare takes over. A node that is
 * down is not: every write would wait for it.
 */
export function writeTargets(walk: Walk, replicaCount: number, stateOf: StateOf): WriteTargets {
  const reachable = walk.filter((node) => stateOf(node) !== "down");
  return { first: reachable.slice(0, replicaCount), spares: reachable.slice(replicaCount) };
}

export interface ReadTargetsView {
  readonly replicaCount: number;
  readonly self: NodeId;
  readonly stateOf: StateOf;
  /** Whether somebody holds records of this partition that the node is known to lack. */
  readonly isBehind: (node: NodeId) => boolean;
}

/**
 * The nodes to read from, best first: owners before stand-ins, owners that lack nothing before
 * those that are behind, those that are up before suspects, `self` before others of the same kind,
 * because it costs no network. Nodes that are down or recovering do not serve reads.
 */
export function readTargets(
  walk: Walk,
  { replicaCount, self, stateOf, isBehind }: ReadTargetsView,
): NodeId[] {
  const cost = (node: NodeId, place: number): number => {
    const standIn = place >= replicaCount ? 8 : 0;
    const behind = isBehind(node) ? 4 : 0;
    const suspect = stateOf(node) === "suspect" ? 2 : 0;
    return standIn + behind + suspect + (node === self ? 0 : 1);
  };
  return walk
    .map((node, place) => ({ node, cost: cost(node, place) }))
    .filter(({ node }) => stateOf(node) === "up" || stateOf(node) === "suspect")
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ node }) => node);
}
