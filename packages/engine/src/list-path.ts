/**
 * The list path: all members that may be read from list their keys at once, core merges what they
 * say, and what they disagree about is read from all of them; so is each key whose value is wanted.
 * It answers only while of every partition R owners have answered: a listing that leaves something
 * out would be a lie.
 *
 * It mends nothing: whoever is behind gets what it lacks by hand-off and repair. A page is not a
 * moment of time: each key is as it was at some time while the page was made.
 */

import {
  chunksOf,
  countReadReply,
  hasValue,
  isOwner,
  type Key,
  type ListedKey,
  type MergedListing,
  mergeListings,
  type NodeId,
  type NodePage,
  newestCopy,
  openReadQuorum,
  type PackedRecord,
  type Partition,
  partitionOf,
  QuorumUnreachable,
  type ReadQuorum,
  type Ring,
  type StateOf,
  unpackRecord,
  type Version,
  type Walk,
  walkOf,
} from "@ringkv/core";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Clock } from "./ports/clock.js";
import { LIST_LIMIT_MAX } from "./ports/record-store.js";
import type { ReadPathDeps, ReadResult } from "./read-path.js";
import type { DataPeers } from "./with-self.js";

export interface ListCommand {
  /** What the keys begin with; empty: all keys. */
  readonly prefix: string;
  /** The key to go on after; null: from the first one. */
  readonly after: Key | null;
  readonly limit: number;
  /** Whether the records are wanted too. Then a page may be shorter than `limit`. */
  readonly values: boolean;
  /** R: how many owners of each partition must answer; null takes the configured number. */
  readonly r: number | null;
  /** Milliseconds until the caller wants an answer; null takes the configured number. */
  readonly timeoutMs: number | null;
}

export interface ListedItem {
  readonly key: Key;
  readonly version: Version;
  /** Null unless values were asked for. */
  readonly record: ReadResult["record"];
}

export interface Listed {
  readonly items: readonly ListedItem[];
  /** The last key that was looked at, listed or not, if more may follow; null: that was all. */
  readonly next: Key | null;
}

export interface ListPathDeps extends Pick<ReadPathDeps, "debtorsTo" | "onFailure"> {
  readonly ring: Ring;
  readonly clock: Clock;
  readonly peers: Pick<DataPeers, "list" | "read">;
  readonly stateOf: StateOf;
  readonly options: ListOptions;
}

export interface ListOptions {
  readonly replicaCount: number;
  readonly readQuorum: number;
  readonly requestTimeoutMs: number;
  readonly peerTimeoutMs: number;
}

/** Of records in one page with values. The first one is always in it, whatever its size. */
const VALUES_BYTES_MAX = 4 * 1024 * 1024;
/** Where nearly everything listed is deleted or expired, a page ends with what was found so far. */
const ROUNDS_MAX = 64;
/** More than a node's share of the keys wanted, so that one round is enough as a rule. */
const SHARE_MARGIN = 1.25;
const SHARE_MIN = 4;

/** What stays the same while one page is made. */
interface Listing {
  readonly command: ListCommand;
  readonly needed: number;
  readonly deadlineMs: number;
  /** Who has failed once is not asked to list again: a page would wait for him each time. */
  readonly failed: Set<NodeId>;
}

/** What has been found so far. */
interface Gathered {
  readonly items: ListedItem[];
  bytes: number;
  next: Key | null;
  /** Whether nothing more may be added. */
  isOver: boolean;
}

export class ListPath {
  readonly #deps: ListPathDeps;

  constructor(deps: ListPathDeps) {
    this.#deps = deps;
  }

  /** Rejects with `QuorumUnreachable` when of some partition fewer than R owners can answer. */
  async list(command: ListCommand): Promise<Listed> {
    const { clock, options } = this.#deps;
    const { after, r, timeoutMs } = command;
    const needed = r ?? options.readQuorum;
    const deadlineMs = clock.monotonicMs() + (timeoutMs ?? options.requestTimeoutMs);
    const listing: Listing = { command, needed, deadlineMs, failed: new Set() };
    const gathered: Gathered = { items: [], bytes: 0, next: after, isOver: false };
    for (let round = 0; round < ROUNDS_MAX && !gathered.isOver; round++) {
      try {
        await this.#gather(listing, gathered);
      } catch (thrown) {
        // Time was up: what has been found is true, and the rest can be asked for.
        if (round > 0 && clock.monotonicMs() >= deadlineMs) break;
        throw thrown;
      }
    }
    return { items: gathered.items, next: gathered.next };
  }

  /** One round: everybody lists, what they say is merged, and read where that is needed. */
  async #gather(listing: Listing, gathered: Gathered): Promise<void> {
    const { limit, values } = listing.command;
    const missing = limit - gathered.items.length;
    const { keys, upTo } = await this.#ask(listing, { after: gathered.next, missing });
    const bytesLeft = values ? VALUES_BYTES_MAX - gathered.bytes : Number.POSITIVE_INFINITY;
    const isFirst = gathered.items.length === 0;
    const taken = keys.slice(0, fitting(keys, { missing, bytesLeft, isFirst }));
    const wanted = values ? taken : taken.filter(({ version }) => version === null);
    const copies = new Map<Key, PackedRecord | null>();
    for (const chunk of chunksOf(wanted, MESSAGE_LIMITS)) await this.#read(chunk, listing, copies);

    const nowMs = this.#deps.clock.wallMs();
    for (const { key, version } of taken) {
      const copy = copies.get(key);
      if (copy === undefined)
        gathered.items.push({ key, version: version as Version, record: null });
      if (copy === undefined || copy === null || !hasValue(copy, nowMs)) continue;
      gathered.bytes += copy.bytes.length;
      gathered.items.push(values ? withRecord(copy) : { key, version: copy.version, record: null });
    }
    const isCut = taken.length < keys.length;
    gathered.next = isCut ? (taken.at(-1)?.key ?? gathered.next) : upTo;
    const isFull = gathered.items.length >= limit || (isCut && taken.length < missing);
    gathered.isOver = isFull || gathered.next === null;
  }

  async #ask(
    { command, needed, deadlineMs, failed }: Listing,
    { after, missing }: { readonly after: Key | null; readonly missing: number },
  ): Promise<MergedListing> {
    const { ring, peers, debtorsTo, options } = this.#deps;
    const { replicaCount } = options;
    const share = Math.min(1, (SHARE_MARGIN * replicaCount) / ring.members.length);
    const limit = Math.min(LIST_LIMIT_MAX, SHARE_MIN + Math.ceil(missing * share));
    const ask = { prefix: command.prefix, after, limit };
    const asked = this.#readable().filter((node) => !failed.has(node));
    const answers = await Promise.all(
      asked.map(async (node): Promise<NodePage | null> => {
        const call = (budgetMs: number) => peers.list(node, ask, budgetMs);
        const page = await this.#within(node, deadlineMs, call);
        if (page === null) failed.add(node);
        return page === null ? null : { node, ...page };
      }),
    );
    const pages = answers.filter((page) => page !== null);
    this.#demandOwners(new Set(pages.map(({ node }) => node)), needed);
    const isBehind = (node: NodeId, partition: Partition) => debtorsTo(node, partition).length > 0;
    return mergeListings(pages, { ring, replicaCount, isBehind });
  }

  /** Those that serve reads, as far as is known. */
  #readable(): readonly NodeId[] {
    const { ring, stateOf } = this.#deps;
    return ring.members.filter((node) => stateOf(node) === "up" || stateOf(node) === "suspect");
  }

  #demandOwners(answered: ReadonlySet<NodeId>, needed: number): void {
    const { ring, options } = this.#deps;
    for (const walk of ring.walks) {
      let owners = 0;
      for (let place = 0; place < options.replicaCount; place++) {
        if (answered.has(walk[place] as NodeId)) owners++;
      }
      if (owners < needed) throw unreachable(needed, walk, [...answered]);
    }
  }

  /** The newest copy of each key that anybody has, tombstones included; null: nobody has any. */
  async #read(
    chunk: readonly ListedKey[],
    { needed, deadlineMs }: Listing,
    copies: Map<Key, PackedRecord | null>,
  ): Promise<void> {
    const { ring, peers, options } = this.#deps;
    const keys = chunk.map(({ key }) => key);
    const answers = await Promise.all(
      this.#readable().map(async (node) => {
        const call = (budgetMs: number) => peers.read(node, keys, budgetMs);
        return { node, held: await this.#within(node, deadlineMs, call) };
      }),
    );
    for (const [index, key] of keys.entries()) {
      const walk = walkOf(ring, partitionOf(key));
      let quorum: ReadQuorum = openReadQuorum(needed);
      for (const { node, held } of answers) {
        const copy = held === null ? "failed" : (held[index] ?? null);
        quorum = countReadReply(quorum, {
          node,
          isOwner: isOwner(walk, options.replicaCount, node),
          copy: copy === "damaged" ? "failed" : copy,
        });
      }
      const answered = quorum.answers.map(({ node }) => node);
      if (answered.length < needed) throw unreachable(needed, walk, answered);
      copies.set(key, newestCopy(quorum));
    }
  }

  /** Null when the node does not answer in time. */
  async #within<T>(
    node: NodeId,
    deadlineMs: number,
    call: (budgetMs: number) => Promise<T>,
  ): Promise<T | null> {
    const { clock, options, onFailure } = this.#deps;
    const budgetMs = Math.min(options.peerTimeoutMs, deadlineMs - clock.monotonicMs());
    if (budgetMs <= 0) return null;
    try {
      return await call(budgetMs);
    } catch (thrown) {
      onFailure(node, thrown);
      return null;
    }
  }
}

interface Room {
  /** How many keys. */
  readonly missing: number;
  readonly bytesLeft: number;
  /** Whether the page is empty: then one is taken whatever its size. */
  readonly isFirst: boolean;
}

/** How many of the keys, from the first on, fit into the page. */
function fitting(keys: readonly ListedKey[], { missing, bytesLeft, isFirst }: Room): number {
  let bytes = 0;
  let count = 0;
  for (const key of keys) {
    bytes += key.bytes;
    const isTooLarge = bytes > bytesLeft && !(isFirst && count === 0);
    if (count === missing || isTooLarge) return count;
    count++;
  }
  return count;
}

function withRecord(copy: PackedRecord): ListedItem {
  const record = unpackRecord(copy) as ListedItem["record"];
  return { key: copy.key, version: copy.version, record };
}

function unreachable(needed: number, walk: Walk, answered: readonly NodeId[]): QuorumUnreachable {
  const failed = walk.filter((node) => !answered.includes(node));
  return new QuorumUnreachable({ needed, answered, failed, outcome: "not-applied" });
}
