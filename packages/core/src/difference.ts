/**
 * What two nodes must exchange so that both hold the newest version of every key. Pure.
 *
 * Versions decide and nothing else does: neither time, nor who asks, nor who owns more.
 */

import type { Key, Version } from "./types.js";

/** A record that a node holds, without its value. */
export interface ListedRecord {
  readonly key: Key;
  readonly version: Version;
  /** The size of the record, so that whoever asks for many can ask for few at a time. */
  readonly bytes: number;
}

/** What a node holds, by key. */
export type Listing = ReadonlyMap<Key, ListedRecord>;

export interface Difference {
  /** Theirs is newer, or only they have it; as they list it. */
  readonly pull: readonly ListedRecord[];
  /** Ours is newer, or only we have it; as we list it. */
  readonly push: readonly ListedRecord[];
}

export function differenceOf(ours: Listing, theirs: Listing): Difference {
  return { pull: newerIn(theirs, ours), push: newerIn(ours, theirs) };
}

function newerIn(some: Listing, others: Listing): ListedRecord[] {
  const newer: ListedRecord[] = [];
  for (const listed of some.values()) {
    const other = others.get(listed.key);
    if (other === undefined || listed.version > other.version) newer.push(listed);
  }
  return newer;
}
