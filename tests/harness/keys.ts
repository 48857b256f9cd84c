/**
 * Keys with a wanted place on the ring, found by trying names until one lies there.
 *
 * The ring is core's own: a scenario that wants "a key whose primary is node2" gets one without
 * asking the cluster that it is about to test.
 */

import { buildRing, type Key, type NodeId, partitionOf, type Walk, walkOf } from "@ringkv/core";
import type { Cluster, NodeName } from "./cluster.js";

/** A thousand partitions in six possible orders: this many names without a hit is a bug. */
const TRIES_MAX = 100_000;

export class Keys {
  readonly #ring;
  readonly #prefix: string;
  #count = 0;

  /** @param purpose tells the keys of one scenario from those of another */
  constructor({ nodes, runId }: Pick<Cluster, "nodes" | "runId">, purpose: string) {
    this.#ring = buildRing(nodes as readonly string[] as readonly NodeId[]);
    this.#prefix = `${runId}:${purpose}`;
  }

  /** A key that was not given out before, wherever it lies. */
  any(): string {
    return `${this.#prefix}:${++this.#count}`;
  }

  many(count: number): string[] {
    return Array.from({ length: count }, () => this.any());
  }

  /** A key whose partition asks its nodes in this order; `walk` may name just the first ones. */
  withWalk(...walk: readonly NodeName[]): string {
    return this.#where((found) => walk.every((node, place) => found[place] === node));
  }

  withPrimary(node: NodeName): string {
    return this.withWalk(node);
  }

  /** A key of which `node` keeps no copy unless it stands in. */
  notOwnedBy(node: NodeName, replicaCount: number): string {
    return this.#where((walk) => walk.indexOf(node as string as NodeId) >= replicaCount);
  }

  walkOf(key: string): readonly NodeName[] {
    return this.#walkOf(key) as readonly string[] as readonly NodeName[];
  }

  #where(wanted: (walk: Walk) => boolean): string {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const key = this.any();
      if (wanted(this.#walkOf(key))) return key;
    }
    throw new Error("no key lies there: does the ring have these nodes?");
  }

  #walkOf(key: string): Walk {
    return walkOf(this.#ring, partitionOf(key as Key));
  }
}
