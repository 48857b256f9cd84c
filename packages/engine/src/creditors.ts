/**
 * To whom a node owes what it holds, and which jobs pay it where hand-off does not. Pure: debts.ts
 * remembers.
 */

import {
  type NodeId,
  ownersOf,
  type Partition,
  type Ring,
  type StateOf,
  walkOf,
} from "@ringkv/core";
import type { RepairJob } from "./ports/jobs.js";
import type { Owes } from "./ports/peers.js";

export interface CreditorsView {
  readonly ring: Ring;
  readonly replicaCount: number;
  readonly stateOf: StateOf;
}

/** Whom a stand-in owes: the owners that cannot have got it; when all seem well, all of them. */
export function creditorsOf(
  partition: Partition,
  { ring, replicaCount, stateOf }: CreditorsView,
): readonly NodeId[] {
  const owners = ownersOf(walkOf(ring, partition), replicaCount);
  const away = owners.filter((node) => stateOf(node) !== "up");
  return away.length > 0 ? away : owners;
}

/** For owners that are up and missed writes of which this node, an owner too, has copies. */
export function missedRepairs(
  owes: Owes,
  view: { readonly stateOf: StateOf; readonly isForeign: (partition: Partition) => boolean },
): RepairJob[] {
  return [...owes].flatMap(([peer, partitions]): RepairJob[] => {
    if (view.stateOf(peer) !== "up") return [];
    const missed = [...partitions].filter((partition) => !view.isForeign(partition));
    return missed.map((partition) => ({ kind: "repair", partition, peer }));
  });
}
