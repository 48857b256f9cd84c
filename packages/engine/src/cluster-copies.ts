/**
 * Every key of the cluster once, partition by partition: from an owner that a read may rely on,
 * and from whoever holds something newer.
 *
 * What a read could be told when it began is in it, itself or newer. All members that can be asked
 * say what they hold (their digests) before the first record is read. A holder whose digest is not
 * the source's is compared with it by versions, and what is newer there comes from there. Whatever
 * is handed off meanwhile is confirmed by all owners before it is let go of, so it is found at the
 * source, which is read last. R owners that lack nothing, as far as is known, must have answered;
 * when too few are left it rejects, because a part would look like the whole.
 */

import {
  allPartitions,
  chunksOf,
  hash32,
  type Key,
  type Listing,
  type NodeId,
  ownersOf,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  QuorumUnreachable,
  type Ring,
  type StateOf,
  type Version,
  walkOf,
} from "@ringkv/core";
import { listAll, unseen } from "./listing.js";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import { type Digests, type PageAsk, PeerFailure } from "./ports/peers.js";
import type { RecordPage } from "./ports/record-store.js";
import type { HolderPeers } from "./with-self.js";

export interface ClusterCopiesDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  /** This node included. */
  readonly holders: HolderPeers;
  readonly stateOf: StateOf;
  /** Who is known to hold records of the partition that `node` may lack. */
  readonly debtorsTo: (node: NodeId, partition: Partition) => readonly NodeId[];
  readonly isWanted: (key: Key) => boolean;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly options: {
    readonly replicaCount: number;
    readonly readQuorum: number;
    readonly transferTimeoutMs: number;
  };
}

/** A call that fails is repeated after these pauses: a busy moment is no lost member. */
const PAUSES_MS = [100, 200, 400];

/** Records of one node that are compared at once; a partition with more is cut into slices. */
const LISTED_MAX = 20_000;
const SLICE_SEED = 0x51ce5eed;

/** Any key: whether the node answers reads is asked, not what it holds. */
const ANY_KEY = "snapshot" as Key;

/** Where the newest copy of a key is. */
interface Place {
  readonly node: NodeId;
  readonly version: Version;
  readonly bytes: number;
}

export class ClusterCopies {
  readonly #deps: ClusterCopiesDeps;
  /** What each member held when it was asked. */
  readonly #digests = new Map<NodeId, Digests>();
  readonly #servesReads = new Set<NodeId>();

  constructor(deps: ClusterCopiesDeps) {
    this.#deps = deps;
  }

  /** Asks all members what they hold. Rejects with `QuorumUnreachable` when that is not enough. */
  async begin(): Promise<void> {
    const { ring, stateOf } = this.#deps;
    const reachable = ring.members.filter((node) => stateOf(node) !== "down");
    await Promise.all(reachable.map((node) => this.#ask(node)));
    for (const partition of allPartitions()) this.#sourceOf(partition);
  }

  async *recordsOf(partition: Partition): AsyncGenerator<readonly PackedRecord[]> {
    const seen = new Set<Key>();
    for (;;) {
      const source = this.#sourceOf(partition);
      try {
        yield* this.#recordsFrom(source, partition, seen);
        return;
      } catch (thrown) {
        if (!(thrown instanceof PeerFailure)) throw thrown;
        this.#lose(thrown, partition);
      }
    }
  }

  /** It may hold what nobody else does if it is no owner; then the snapshot cannot be whole. */
  #lose({ node, reason }: PeerFailure, partition: Partition): void {
    this.#deps.log.warn({ node, reason, partition }, "a member is lost to a snapshot");
    this.#digests.delete(node);
    this.#servesReads.delete(node);
    if (!this.#ownersOf(partition).includes(node)) throw this.#unreachable(partition);
  }

  async #ask(node: NodeId): Promise<void> {
    const { holders, options } = this.#deps;
    const { transferTimeoutMs } = options;
    try {
      this.#digests.set(node, await holders.digests(node, transferTimeoutMs));
      await holders.read(node, [ANY_KEY], transferTimeoutMs);
      this.#servesReads.add(node);
    } catch (thrown) {
      if (!(thrown instanceof PeerFailure)) throw thrown;
    }
  }

  #ownersOf(partition: Partition): readonly NodeId[] {
    const { ring, options } = this.#deps;
    return ownersOf(walkOf(ring, partition), options.replicaCount);
  }

  /** This node if it will do: its records travel least. */
  #sourceOf(partition: Partition): NodeId {
    const { self, options } = this.#deps;
    const trusted = this.#trustedIn(partition);
    const source = trusted.includes(self) ? self : trusted[0];
    if (source === undefined || trusted.length < options.readQuorum) {
      throw this.#unreachable(partition);
    }
    return source;
  }

  /** Owners that serve reads, and whose debtors have said what they hold. */
  #trustedIn(partition: Partition): readonly NodeId[] {
    const { debtorsTo } = this.#deps;
    return this.#ownersOf(partition).filter((node) => {
      const debtors = debtorsTo(node, partition);
      return this.#servesReads.has(node) && debtors.every((debtor) => this.#digests.has(debtor));
    });
  }

  #unreachable(partition: Partition): QuorumUnreachable {
    const answered = this.#trustedIn(partition);
    const failed = this.#ownersOf(partition).filter((node) => !answered.includes(node));
    const needed = this.#deps.options.readQuorum;
    return new QuorumUnreachable({ needed, answered, failed, outcome: "not-applied" });
  }

  async *#recordsFrom(
    source: NodeId,
    partition: Partition,
    seen: Set<Key>,
  ): AsyncGenerator<readonly PackedRecord[]> {
    const { holders, isWanted, options } = this.#deps;
    const held = this.#digestOf(source, partition);
    const others = [...this.#digests.keys()].filter(
      (node) => node !== source && this.#digests.get(node)?.has(partition),
    );
    const differing = others.filter((node) => !isSame(this.#digestOf(node, partition), held));
    if (differing.length > 0) yield* this.#newerThanAt(source, differing, { partition, seen });

    let cursor: string | null = null;
    do {
      const ask: PageAsk = { partition, cursor };
      const page: RecordPage = await this.#patiently(() =>
        holders.page(source, ask, options.transferTimeoutMs),
      );
      const fresh = unseen(page.records, seen).filter(({ key }) => isWanted(key));
      if (fresh.length > 0) yield fresh;
      cursor = page.cursor;
    } while (cursor !== null);

    // Some are damaged at the source, or its store was emptied: the others' copies are as good.
    if (seen.size >= held.records) return;
    for (const node of others) yield* this.#missing(node, { partition, seen });
  }

  /** What is newer at some of `nodes` than at the source, each record once. */
  async *#newerThanAt(
    source: NodeId,
    nodes: readonly NodeId[],
    { partition, seen }: { readonly partition: Partition; readonly seen: Set<Key> },
  ): AsyncGenerator<readonly PackedRecord[]> {
    const holders = [source, ...nodes];
    const sizes = holders.map((node) => this.#digestOf(node, partition).records);
    const slices = Math.max(1, Math.ceil(Math.max(...sizes) / LISTED_MAX));
    for (let slice = 0; slice < slices; slice++) {
      const places = new Map<Key, Place>();
      for (const node of holders) {
        const listing = await this.#listingOf(node, partition, (key) =>
          slices === 1 ? true : hash32(key, SLICE_SEED) % slices === slice,
        );
        for (const { key, version, bytes } of listing.values()) {
          const known = places.get(key);
          const isNews = known === undefined || version > known.version;
          if (isNews && !seen.has(key)) places.set(key, { node, version, bytes });
        }
      }
      for (const node of nodes) {
        const wanted = [...places].filter(([, place]) => place.node === node);
        const listed = wanted.map(([key, { bytes }]) => ({ key, bytes }));
        yield* this.#copies(node, listed, { seen, holders });
      }
    }
  }

  /** What `node` has and nobody has given yet. */
  async *#missing(
    node: NodeId,
    { partition, seen }: { readonly partition: Partition; readonly seen: Set<Key> },
  ): AsyncGenerator<readonly PackedRecord[]> {
    const listing = await this.#listingOf(node, partition, (key) => !seen.has(key));
    yield* this.#copies(node, [...listing.values()], { seen, holders: [node] });
  }

  /** A copy that turns out to be damaged, or gone, is looked for at the other holders. */
  async *#copies(
    node: NodeId,
    listed: readonly { readonly key: Key; readonly bytes: number }[],
    { seen, holders }: { readonly seen: Set<Key>; readonly holders: readonly NodeId[] },
  ): AsyncGenerator<readonly PackedRecord[]> {
    for (const chunk of chunksOf(listed, MESSAGE_LIMITS)) {
      const keys = chunk.map(({ key }) => key);
      const newest = new Map<Key, PackedRecord>();
      await this.#addCopies(node, keys, newest);
      const odd = keys.filter((key) => !newest.has(key));
      if (odd.length > 0) {
        for (const other of holders) if (other !== node) await this.#addCopies(other, odd, newest);
      }
      const fresh = unseen([...newest.values()], seen);
      if (fresh.length > 0) yield fresh;
    }
  }

  async #addCopies(
    node: NodeId,
    keys: readonly Key[],
    newest: Map<Key, PackedRecord>,
  ): Promise<void> {
    const { holders, options } = this.#deps;
    const copies = await this.#patiently(() =>
      holders.copies(node, keys, options.transferTimeoutMs),
    );
    for (const copy of copies) {
      if (copy === null || copy === "damaged") continue;
      const known = newest.get(copy.key);
      if (known === undefined || copy.version > known.version) newest.set(copy.key, copy);
    }
  }

  async #listingOf(
    node: NodeId,
    partition: Partition,
    isMeant: (key: Key) => boolean,
  ): Promise<Listing> {
    const { holders, isWanted, options } = this.#deps;
    const listing = await listAll(
      (cursor) =>
        this.#patiently(() =>
          holders.versions(node, { partition, cursor }, options.transferTimeoutMs),
        ),
      {
        isWanted: (key) => isWanted(key) && isMeant(key),
        recordsMax: Number.POSITIVE_INFINITY,
      },
    );
    return listing ?? NO_RECORDS;
  }

  #digestOf(node: NodeId, partition: Partition): PartitionDigest {
    return this.#digests.get(node)?.get(partition) ?? NOTHING;
  }

  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    const { clock, signal } = this.#deps;
    for (const pauseMs of PAUSES_MS) {
      try {
        return await call();
      } catch (thrown) {
        if (!(thrown instanceof PeerFailure)) throw thrown;
        await clock.sleep(pauseMs, signal);
      }
    }
    return call();
  }
}

const NO_RECORDS: Listing = new Map();
const NOTHING: PartitionDigest = { records: 0, sum: "" };

function isSame(a: PartitionDigest, b: PartitionDigest): boolean {
  return a.sum === b.sum && a.records === b.records;
}
