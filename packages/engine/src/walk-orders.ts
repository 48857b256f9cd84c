/**
 * The few orders that partitions' walks have, by number: so that what depends on the order alone,
 * whom to ask above all, is worked out once per batch and not once per key.
 */

import type { Partition, Ring, Walk } from "@ringkv/core";

export class WalkOrders {
  /** Indexed by the number of an order. */
  readonly walks: readonly Walk[];
  readonly #numbers: Uint16Array;

  constructor({ walks }: Ring) {
    const known = new Map<string, number>();
    const distinct: Walk[] = [];
    this.#numbers = Uint16Array.from(walks, (walk) => {
      const name = walk.join(" ");
      const number = known.get(name) ?? distinct.length;
      if (number === distinct.length) {
        known.set(name, number);
        distinct.push(walk);
      }
      return number;
    });
    this.walks = distinct;
  }

  /** Equal for partitions that ask their nodes in the same order. */
  numberOf(partition: Partition): number {
    return this.#numbers[partition] as number;
  }
}
