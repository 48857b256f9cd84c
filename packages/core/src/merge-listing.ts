/**
 * Merges what several nodes list into one listing of the cluster, in key order. Pure.
 *
 * Nobody has looked beyond the nearest end of a page that others follow, so nothing beyond it is
 * told. Before it a key is certain when all owners of its partition that answered list it in the
 * same version, nobody lists another one, and none of them is known to lack something. Any other
 * key that somebody lists is in doubt: it may be deleted, replaced or not repaired yet, and whoever
 * asks must read it.
 */

import { compareKeys } from "./key-order.js";
import { partitionOf } from "./partition.js";
import { type Ring, walkOf } from "./ring.js";
import type { Key, NodeId, Partition, Version } from "./types.js";

/** A key that has a value on one node, as far as the node can say without looking at the value. */
export interface ListedKey {
  readonly key: Key;
  /** Null: there is something, and it does not say what. */
  readonly version: Version | null;
  /** Of the whole record. */
  readonly bytes: number;
}

/** A part of a node's listing, in key order. */
export interface KeyPage {
  readonly keys: readonly ListedKey[];
  /** The last key that was looked at, listed or not; null: all were. */
  readonly upTo: Key | null;
}

export interface NodePage extends KeyPage {
  readonly node: NodeId;
}

export interface MergeView {
  readonly ring: Ring;
  readonly replicaCount: number;
  /** Whether somebody holds records of the partition that the node is known to lack. */
  readonly isBehind: (node: NodeId, partition: Partition) => boolean;
}

/** Its entries' version is null where the key is in doubt. */
export type MergedListing = KeyPage;

export function mergeListings(pages: readonly NodePage[], view: MergeView): MergedListing {
  const upTo = nearestEnd(pages);
  const next = pages.map(() => 0);
  const keys: ListedKey[] = [];
  for (;;) {
    const key = smallestNext(pages, next);
    if (key === null || (upTo !== null && compareKeys(key, upTo) > 0)) return { keys, upTo };
    keys.push(takeKey(key, { pages, next, view }));
  }
}

function nearestEnd(pages: readonly NodePage[]): Key | null {
  let nearest: Key | null = null;
  for (const { upTo } of pages) {
    if (upTo !== null && (nearest === null || compareKeys(upTo, nearest) < 0)) nearest = upTo;
  }
  return nearest;
}

function smallestNext(pages: readonly NodePage[], next: readonly number[]): Key | null {
  let smallest: Key | null = null;
  for (let index = 0; index < pages.length; index++) {
    const key = pages[index]?.keys[next[index] as number]?.key;
    if (key === undefined || key === smallest) continue;
    if (smallest === null || compareKeys(key, smallest) < 0) smallest = key;
  }
  return smallest;
}

interface Merging {
  readonly pages: readonly NodePage[];
  /** By page: how many of its keys have been taken. */
  readonly next: number[];
  readonly view: MergeView;
}

function takeKey(key: Key, { pages, next, view }: Merging): ListedKey {
  const { ring, replicaCount, isBehind } = view;
  const partition = partitionOf(key);
  const walk = walkOf(ring, partition);
  let version: Version | null = null;
  let bytes = 0;
  let isCertain = true;
  let owners = 0;
  for (let index = 0; index < pages.length; index++) {
    const { node, keys } = pages[index] as NodePage;
    const listed = keys[next[index] as number];
    const isListed = listed?.key === key;
    const place = walk.indexOf(node);
    const owns = place !== -1 && place < replicaCount;
    if (owns) owners++;
    // A stand-in's silence says nothing: it never had most of the partition's keys.
    if (owns && (!isListed || isBehind(node, partition))) isCertain = false;
    if (!isListed) continue;
    next[index] = (next[index] as number) + 1;
    bytes = Math.max(bytes, listed.bytes);
    if (listed.version === null || (version !== null && version !== listed.version)) {
      isCertain = false;
    }
    version ??= listed.version;
  }
  return { key, version: isCertain && owners > 0 ? version : null, bytes };
}
