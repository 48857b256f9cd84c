/**
 * What a node holds of a partition, contents included: each record is read and checked where it
 * lies, and told as a checksum. It finds what is wrong; it mends nothing.
 */

import {
  checksumIn,
  digestOf,
  type Key,
  type Partition,
  type PartitionDigest,
  type Version,
} from "@ringkv/core";
import type { RecordStore } from "./ports/record-store.js";

/** An intact record, without its value. */
export interface ListedContent {
  readonly key: Key;
  readonly version: Version;
  /** Of the whole record; see core's record-codec. */
  readonly checksum: number;
}

export interface ContentsPage {
  readonly records: readonly ListedContent[];
  /** How many are no records any more; they are not listed. */
  readonly damaged: number;
  /** Null after the last page; see `VersionPage`. */
  readonly cursor: string | null;
}

/** A page of a node's own store, read and checked. */
export async function contentsOf(
  store: Pick<RecordStore, "page">,
  partition: Partition,
  cursor: string | null,
): Promise<ContentsPage> {
  const page = await store.page(partition, cursor);
  const records = page.records.map(({ key, version, bytes }) => {
    return { key, version, checksum: checksumIn(bytes) };
  });
  return { records, damaged: page.damaged.length, cursor: page.cursor };
}

/** A whole partition on one node, in numbers. */
export interface PartitionContents {
  /** What the running sum must be. */
  readonly digest: PartitionDigest;
  /** Equal only where every record's bytes are. */
  readonly sum: string;
  readonly damaged: number;
}

/** Sums up a partition, page by page. A record that comes twice counts as its newer copy. */
export async function summarise(
  pageOf: (cursor: string | null) => Promise<ContentsPage>,
): Promise<PartitionContents> {
  const listed = new Map<Key, ListedContent>();
  let damaged = 0;
  let cursor: string | null = null;
  do {
    const page: ContentsPage = await pageOf(cursor);
    for (const one of page.records) {
      const known = listed.get(one.key);
      if (known === undefined || one.version > known.version) listed.set(one.key, one);
    }
    damaged += page.damaged;
    cursor = page.cursor;
  } while (cursor !== null);
  const records = [...listed.values()];
  return { digest: digestOf(records), sum: digestOf(records.map(withContent)).sum, damaged };
}

/** The checksum joins the version, as one name of what is held. */
function withContent({ key, version, checksum }: ListedContent) {
  return { key, version: `${version}${checksum.toString(16).padStart(8, "0")}` as Version };
}
