/**
 * Verification: whether all owners hold the same, from the records themselves and not from the
 * running sums, which are checked on the way.
 *
 * A question of an operator. It lists every partition on every owner, looks again at what differs,
 * because a write may be on its way, and repairs nothing: that is anti-entropy's.
 */

import {
  allPartitions,
  digestOf,
  type ListedRecord,
  type NodeId,
  type Partition,
  type PartitionDigest,
  type Ring,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import { EVERYTHING, listAll } from "./listing.js";
import type { Clock } from "./ports/clock.js";
import type { Digests, Peers } from "./ports/peers.js";
import { PeerFailure } from "./ports/peers.js";
import type { RecordStore } from "./ports/record-store.js";

export interface Verification {
  /** Every owner of every partition was asked, and holds what the others hold. */
  readonly equal: boolean;
  /** How many were compared. */
  readonly partitions: number;
  readonly differing: readonly Partition[];
  /** Members that could not be asked; what they hold is not known. */
  readonly notAsked: readonly NodeId[];
  /** Running sums that do not match the records. Anti-entropy rebuilds them. */
  readonly wrongDigests: readonly { readonly node: NodeId; readonly partition: Partition }[];
}

export interface VerifyDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly store: Pick<RecordStore, "partitions" | "versions">;
  readonly peers: Pick<Peers, "digests" | "versions">;
  readonly signal: AbortSignal;
  readonly options: {
    readonly replicaCount: number;
    readonly transferTimeoutMs: number;
    readonly secondLookMs: number;
  };
}

/** Partitions listed at once: more would compete with the clients for every node's disk. */
const CONCURRENCY = 8;

/** What is right in one look is right: under writes, two lists are seldom of the same moment. */
const LOOKS_MAX = 3;

/** Never rejects because a member, or this node's store, does not answer: that is in the answer. */
export function verify(deps: VerifyDeps): Promise<Verification> {
  return new Verifier(deps).run();
}

interface Look {
  readonly isDiffering: boolean;
  /** Owners whose running sum is not that of their records. */
  readonly wrong: readonly NodeId[];
}

class Verifier {
  readonly #deps: VerifyDeps;
  readonly #notAsked = new Set<NodeId>();

  constructor(deps: VerifyDeps) {
    this.#deps = deps;
  }

  async run(): Promise<Verification> {
    const { clock, signal, options } = this.#deps;
    const partitions = allPartitions();
    let odd = await this.#lookAtAll(partitions);
    for (let looks = 1; odd.size > 0 && looks < LOOKS_MAX; looks++) {
      await clock.sleep(options.secondLookMs, signal);
      odd = await this.#lookAtAll([...odd.keys()]);
    }
    const differing = [...odd].filter(([, look]) => look.isDiffering).map(([it]) => it);
    return {
      equal: differing.length === 0 && this.#notAsked.size === 0,
      partitions: partitions.length,
      differing: differing.toSorted((a, b) => a - b),
      notAsked: [...this.#notAsked].toSorted(),
      wrongDigests: [...odd].flatMap(([partition, { wrong }]) =>
        wrong.map((node) => ({ node, partition })),
      ),
    };
  }

  /** The partitions with which something is not right. */
  async #lookAtAll(partitions: readonly Partition[]): Promise<Map<Partition, Look>> {
    const before = await this.#digestsOfAll();
    const looks = new Map<Partition, Look>();
    const left = [...partitions].toReversed();
    const work = async () => {
      for (let partition = left.pop(); partition !== undefined; partition = left.pop()) {
        const look = await this.#lookAt(partition, before);
        if (look.isDiffering || look.wrong.length > 0) looks.set(partition, look);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return this.#withoutMoved(looks, before);
  }

  /** A running sum that has changed since was not compared with what it was the sum of. */
  async #withoutMoved(
    looks: ReadonlyMap<Partition, Look>,
    before: ReadonlyMap<NodeId, Digests>,
  ): Promise<Map<Partition, Look>> {
    const odd = new Map<Partition, Look>();
    if (looks.size === 0) return odd;
    const after = await this.#digestsOfAll();
    for (const [partition, { isDiffering, wrong }] of looks) {
      const sumOf = (node: NodeId, digests: typeof before) =>
        digests.get(node)?.get(partition)?.sum;
      const still = wrong.filter((node) => sumOf(node, before) === sumOf(node, after));
      if (isDiffering || still.length > 0) odd.set(partition, { isDiffering, wrong: still });
    }
    return odd;
  }

  async #digestsOfAll(): Promise<ReadonlyMap<NodeId, Digests>> {
    const { self, ring, store, peers, options } = this.#deps;
    const all = new Map<NodeId, Digests>();
    const ask = async (node: NodeId) => {
      const digests =
        node === self ? store.partitions() : peers.digests(node, options.transferTimeoutMs);
      const answer = await digests.catch((thrown: unknown) => this.#cannotAsk(node, thrown));
      if (answer !== null) all.set(node, answer);
    };
    await Promise.all(ring.members.map(ask));
    return all;
  }

  async #lookAt(partition: Partition, digests: ReadonlyMap<NodeId, Digests>): Promise<Look> {
    const { ring, options } = this.#deps;
    const owners = walkOf(ring, partition)
      .slice(0, options.replicaCount)
      .filter((node) => !this.#notAsked.has(node));
    const held = await Promise.all(owners.map((node) => this.#listedBy(node, partition)));
    const sums = held.filter((it) => it !== null).map(({ sum }) => sum);
    const wrong = owners.filter((node, index) => {
      const listed = held[index];
      const running = digests.get(node)?.get(partition) ?? NOTHING;
      return listed != null && (listed.sum !== running.sum || listed.records !== running.records);
    });
    return { isDiffering: new Set(sums).size > 1, wrong };
  }

  /** Null: it could not be asked. */
  async #listedBy(node: NodeId, partition: Partition): Promise<PartitionDigest | null> {
    const { self, store, peers, options } = this.#deps;
    const pageOf = (cursor: string | null) =>
      node === self
        ? store.versions(partition, cursor)
        : peers.versions(node, { partition, cursor }, options.transferTimeoutMs);
    try {
      const listing = (await listAll(pageOf, EVERYTHING)) ?? new Map<never, ListedRecord>();
      return digestOf(listing.values());
    } catch (thrown) {
      return this.#cannotAsk(node, thrown);
    }
  }

  #cannotAsk(node: NodeId, thrown: unknown): null {
    if (!(thrown instanceof PeerFailure || thrown instanceof StoreUnavailable)) throw thrown;
    this.#notAsked.add(node);
    return null;
  }
}

const NOTHING = digestOf([]);
