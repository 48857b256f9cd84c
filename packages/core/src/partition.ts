/**
 * Which of the 1,024 partitions a key is in, for ever: the number does not depend on the members.
 */

import { hash32 } from "./hash.js";
import { PARTITION_COUNT } from "./limits.js";
import type { Key, Partition } from "./types.js";

const PARTITION_BITS = Math.log2(PARTITION_COUNT);

export function partitionOf(key: Key): Partition {
  return (hash32(key) >>> (32 - PARTITION_BITS)) as Partition;
}

/** Where a partition starts on the circle of 2^32 points. */
export function pointOf(partition: Partition): number {
  return partition * 2 ** (32 - PARTITION_BITS);
}

export function allPartitions(): Partition[] {
  return Array.from({ length: PARTITION_COUNT }, (_, index) => index as Partition);
}
