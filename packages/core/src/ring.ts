/**
 * The consistent-hash ring: which nodes hold a partition, and in which order they are asked.
 *
 * Every node stands on a circle of 2^32 points at `TOKENS_PER_NODE` positions. A partition's walk
 * is the list of all distinct nodes met clockwise from the partition's point; its owners are the
 * first N of them (Karger et al. 1997; virtual nodes and the walk as in Dynamo, 2007).
 *
 * The ring is a value. Two nodes given the same member list agree on every walk without talking.
 */

import { hash32 } from "./hash.js";
import { TOKENS_PER_NODE } from "./limits.js";
import { allPartitions, pointOf } from "./partition.js";
import type { NodeId, Partition } from "./types.js";

/** All members in the order in which a partition asks them, the primary first. */
export type Walk = readonly NodeId[];

export interface Ring {
  readonly members: readonly NodeId[];
  /** Indexed by partition. Computed once, because every request needs one. */
  readonly walks: readonly Walk[];
}

interface Token {
  readonly point: number;
  readonly node: NodeId;
}

/** Builds the ring. The order of `nodes` does not matter, and duplicates are ignored. */
export function buildRing(nodes: readonly NodeId[]): Ring {
  const members = [...new Set(nodes)].toSorted();
  const tokens = members.flatMap(tokensOf);
  // Points can collide, so ties are broken by name: the order must not depend on insertion.
  tokens.sort((a, b) => a.point - b.point || (a.node < b.node ? -1 : 1));
  const walks = allPartitions().map((partition) => walkFrom(tokens, pointOf(partition), members));
  return { members, walks };
}

/** All members, best first, for `partition`. */
export function walkOf(ring: Ring, partition: Partition): Walk {
  const walk = ring.walks[partition];
  if (walk === undefined) throw new RangeError(`no such partition: ${partition}`);
  return walk;
}

/** The nodes that ought to hold the partition, the primary first. */
export function ownersOf(walk: Walk, replicaCount: number): Walk {
  return walk.slice(0, replicaCount);
}

/** Whether `node` is one of the first `replicaCount` nodes of the partition's walk. */
export function isOwner(walk: Walk, replicaCount: number, node: NodeId): boolean {
  const place = walk.indexOf(node);
  return place !== -1 && place < replicaCount;
}

/** Whether each of `nodes` is one of the first `replicaCount` nodes of the partition's walk. */
export function areOwners(walk: Walk, replicaCount: number, nodes: readonly NodeId[]): boolean {
  return nodes.every((node) => isOwner(walk, replicaCount, node));
}

function tokensOf(node: NodeId): Token[] {
  return Array.from({ length: TOKENS_PER_NODE }, (_, index) => ({
    point: hash32(`${node}:${index}`),
    node,
  }));
}

function walkFrom(tokens: readonly Token[], point: number, members: readonly NodeId[]): Walk {
  const walk = new Set<NodeId>();
  const start = firstTokenAtOrAfter(tokens, point);
  for (let step = 0; step < tokens.length && walk.size < members.length; step++) {
    const token = tokens[(start + step) % tokens.length];
    if (token !== undefined) walk.add(token.node);
  }
  return [...walk];
}

function firstTokenAtOrAfter(tokens: readonly Token[], point: number): number {
  const index = tokens.findIndex((token) => token.point >= point);
  return index === -1 ? 0 : index;
}
