/** Where a key belongs and who holds which version of it: a question for operators. */

import {
  type Key,
  type MemberState,
  type NodeId,
  ownersOf,
  type Partition,
  partitionOf,
  type Ring,
  type StateOf,
  type Version,
  walkOf,
} from "@ringkv/core";
import type { DataPeers } from "./with-self.js";

export interface Location {
  readonly key: Key;
  readonly partition: Partition;
  readonly walk: readonly NodeId[];
  readonly owners: readonly NodeId[];
  readonly holders: readonly Holder[];
}

export interface Holder {
  readonly node: NodeId;
  readonly state: MemberState;
  /** Null: the node answered that it holds no copy. */
  readonly version: Version | null;
  readonly answered: boolean;
}

export interface LocateDeps {
  readonly ring: Ring;
  readonly peers: Pick<DataPeers, "copies">;
  readonly stateOf: StateOf;
  readonly options: { readonly replicaCount: number; readonly peerTimeoutMs: number };
}

/** Asks every member. Never rejects: a member that does not answer is part of the answer. */
export async function locate(
  key: Key,
  { ring, peers, stateOf, options }: LocateDeps,
): Promise<Location> {
  const partition = partitionOf(key);
  const walk = walkOf(ring, partition);
  const holders = walk.map(async (node): Promise<Holder> => {
    const state = stateOf(node);
    try {
      const [copy] = await peers.copies(node, [key], options.peerTimeoutMs);
      // There is one, and it is not known which: that is no answer.
      if (copy === "damaged") return { node, state, version: null, answered: false };
      return { node, state, version: copy?.version ?? null, answered: true };
    } catch {
      return { node, state, version: null, answered: false };
    }
  });
  return {
    key,
    partition,
    walk,
    owners: ownersOf(walk, options.replicaCount),
    holders: await Promise.all(holders),
  };
}
