/**
 * Decides which tombstones and expired records may be forgotten for good. Pure.
 *
 * They protect: an older copy of the key that turned up later would be taken for news without them.
 * So a record goes only when no older copy can be left anywhere, neither on a disk nor on its way.
 * Two looks at the whole cluster say so, with every member up and no change in between:
 *
 * - In the first one all owners of the partition held the same, nobody else held any of it, and the
 *   record was older than two of the longest deadlines. Every client's message that carries
 *   something older is dead by then (its request took one deadline at most, and its last message
 *   another), so the owners held the record itself. What is older was on no disk from then on.
 * - The second comes two deadlines later: a copy that had been read from a disk before the first
 *   look may have waited one deadline for the other answers of its read, and travelled for another
 *   as a repair. It has arrived, and was stale, or was refused as late.
 *
 * This file asks nobody and forgets nothing: see engine/purge.ts.
 */

import type { PartitionDigest } from "./digest.js";
import { isOwner, type Ring, walkOf } from "./ring.js";
import type { Key, NodeId, PackedRecord, Partition, Version } from "./types.js";

/** What every member said that it held, at one time. */
export interface Look {
  /** By the monotonic clock: when the first was asked, and when the last had answered. */
  readonly begunAtMs: number;
  readonly endedAtMs: number;
  /** The wall clock when the first was asked. */
  readonly wallMs: number;
  /** Partitions that all their owners, and nobody else, held with the same content. */
  readonly settled: ReadonlySet<Partition>;
  /** Partitions of which some node held what is foreign to it. */
  readonly foreign: ReadonlySet<Partition>;
}

export type Inventory = ReadonlyMap<NodeId, ReadonlyMap<Partition, PartitionDigest>>;

/** How often the longest deadline fits into the age of a record, and between the two looks. */
const DEADLINES = 2;

/** How long a record must have been absent, and how far apart the two looks must be. */
export function purgeAgeMs(messageBudgetMaxMs: number): number {
  return DEADLINES * messageBudgetMaxMs;
}

/** Sorts the partitions whose primary is `node`, of which anybody holds anything. */
export function sortPartitions(
  inventory: Inventory,
  { ring, replicaCount, node }: { ring: Ring; replicaCount: number; node: NodeId },
): Pick<Look, "settled" | "foreign"> {
  const settled = new Set<Partition>();
  const foreign = new Set<Partition>();
  const held = new Set([...inventory.values()].flatMap((partitions) => [...partitions.keys()]));
  for (const partition of held) {
    const walk = walkOf(ring, partition);
    if (walk[0] !== node) continue;
    const digestsOf = (isWanted: (member: NodeId) => boolean) =>
      walk.filter(isWanted).map((member) => inventory.get(member)?.get(partition));
    const others = digestsOf((member) => !isOwner(walk, replicaCount, member));
    const owners = digestsOf((member) => isOwner(walk, replicaCount, member));
    const contents = new Set(owners.map((digest) => digest && `${digest.records}:${digest.sum}`));
    if (others.some((digest) => digest !== undefined)) foreign.add(partition);
    else if (contents.size === 1) settled.add(partition);
  }
  return { settled, foreign };
}

/**
 * For each partition that may be purged now: records that were absent at or before this wall time
 * may go, if all owners hold them.
 *
 * @param looks oldest first, the present one last; since the first of them every member has been up
 * without a change.
 */
export function purgeCutoffs(
  looks: readonly Look[],
  messageBudgetMaxMs: number,
): ReadonlyMap<Partition, number> {
  const cutoffs = new Map<Partition, number>();
  const present = looks.at(-1);
  if (present === undefined) return cutoffs;
  const ageMs = purgeAgeMs(messageBudgetMaxMs);
  const candidates = new Set(looks.flatMap(({ settled }) => [...settled]));
  for (const partition of candidates) {
    const lastForeign = looks.findLastIndex(({ foreign }) => foreign.has(partition));
    const first = looks.slice(lastForeign + 1).findLast((look) => {
      return look.settled.has(partition) && look.endedAtMs <= present.begunAtMs - ageMs;
    });
    // A wall clock may have been set back since; whatever is younger by either one stays.
    if (first !== undefined) cutoffs.set(partition, Math.min(first.wallMs, present.wallMs) - ageMs);
  }
  return cutoffs;
}

/** A copy of a record, by the only thing that tells copies apart. */
export interface Held {
  readonly key: Key;
  readonly version: Version;
}

/**
 * The records of which every other owner holds exactly this version.
 *
 * @param copies of each other owner: what it holds of the records' keys, in their order.
 */
export function heldByAll<T extends Held>(
  records: readonly T[],
  copies: readonly (readonly (PackedRecord | null)[])[],
): T[] {
  return records.filter(({ version }, index) => {
    return copies.every((held) => held[index]?.version === version);
  });
}
