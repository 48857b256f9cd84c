/** Gathers what a node holds of a partition, page by page: every key once. */

import type { Key, ListedRecord, Listing, PackedRecord } from "@ringkv/core";
import type { VersionPage } from "./ports/record-store.js";

export type PageOf = (cursor: string | null) => Promise<VersionPage>;

export interface ListLimits {
  /** Which keys are wanted: the rest is skipped. */
  readonly isWanted: (key: Key) => boolean;
  readonly recordsMax: number;
}

/** Null: more than `recordsMax` are wanted. A record that comes twice counts as its newer copy. */
export async function listAll(
  pageOf: PageOf,
  { isWanted, recordsMax }: ListLimits,
): Promise<Listing | null> {
  const listing = new Map<Key, ListedRecord>();
  let cursor: string | null = null;
  do {
    const page: VersionPage = await pageOf(cursor);
    for (const listed of page.records) {
      const known = listing.get(listed.key);
      const isNews = known === undefined || listed.version > known.version;
      if (isNews && isWanted(listed.key)) listing.set(listed.key, listed);
    }
    if (listing.size > recordsMax) return null;
    cursor = page.cursor;
  } while (cursor !== null);
  return listing;
}

/** A walk may give a record twice; the first copy was held during the walk, like the second. */
export function unseen(records: readonly PackedRecord[], seen: Set<Key>): PackedRecord[] {
  return records.filter(({ key }) => {
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
