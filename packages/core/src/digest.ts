/**
 * Digests: equal digests, equal content.
 *
 * A partition's digest is the sum of its records' contributions, each a 64-bit hash of (key,
 * version), kept as two 32-bit lanes that wrap on their own, because Lua's numbers are doubles. A
 * sum does not depend on order and can be kept up to date record by record. It finds accidents,
 * not attacks: peers are trusted.
 */

import { hash32OfBoth } from "./hash.js";
import type { Key, Version } from "./types.js";

/** What a partition holds, in numbers. */
export interface PartitionDigest {
  /** How many records, tombstones included. */
  readonly records: number;
  /** 16 lower-case hex digits. */
  readonly sum: string;
}

const HIGH_SEED = 0x9e3779b9;
const LOW_SEED = 0x811c9dc5;

/** The two lanes that a record adds to its partition's digest. */
export function contributionOf(key: Key, version: Version): readonly [high: number, low: number] {
  return [hash32OfBoth(version, key, HIGH_SEED), hash32OfBoth(version, key, LOW_SEED)];
}

/** The digest of a set of records, computed from scratch: what the running sum must equal. */
export function digestOf(
  records: Iterable<{ readonly key: Key; readonly version: Version }>,
): PartitionDigest {
  let high = 0;
  let low = 0;
  let count = 0;
  for (const { key, version } of records) {
    const [addedHigh, addedLow] = contributionOf(key, version);
    high = (high + addedHigh) >>> 0;
    low = (low + addedLow) >>> 0;
    count++;
  }
  return { records: count, sum: sumText(high, low) };
}

export function sumText(high: number, low: number): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
