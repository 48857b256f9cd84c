/**
 * Verification: whether all owners hold the same, from the records themselves and not from the
 * running sums, which are checked on the way.
 *
 * A question of an operator. Every node that holds something of a partition reads and checks its
 * records; what is odd is looked at again, because a write may be on its way. It mends nothing: the
 * nodes whose copies are odd are asked to look after them.
 */

import {
  allPartitions,
  digestOf,
  type NodeId,
  ownersOf,
  type Partition,
  type Ring,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import { contentsOf, type PartitionContents, summarise } from "./contents.js";
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
  /** Running sums that do not match the records. Their nodes have been asked to rebuild them. */
  readonly wrongDigests: readonly { readonly node: NodeId; readonly partition: Partition }[];
  /** Records that are no longer what was stored. Their nodes have been asked to mend them. */
  readonly damaged: readonly Damage[];
}

export interface Damage {
  readonly node: NodeId;
  readonly partition: Partition;
  readonly records: number;
}

export interface VerifyDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly store: Pick<RecordStore, "partitions" | "page">;
  readonly peers: Pick<Peers, "digests" | "contents" | "scrub">;
  /** Has this node look after its own copy of a partition, soon; see `Scrub.request`. */
  readonly requestScrub: (partition: Partition) => Promise<void>;
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
  /** Owners that do not all hold the same; empty: they do. */
  readonly differing: readonly NodeId[];
  /** Holders whose running sum is not that of their records. */
  readonly wrong: readonly NodeId[];
  readonly damaged: readonly Damage[];
}

function isOdd({ differing, wrong, damaged }: Look): boolean {
  return differing.length + wrong.length + damaged.length > 0;
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
    await this.#haveMended(odd);
    const differing = [...odd].filter(([, look]) => look.differing.length > 0).map(([it]) => it);
    const damaged = [...odd.values()].flatMap((look) => look.damaged);
    return {
      equal: differing.length === 0 && damaged.length === 0 && this.#notAsked.size === 0,
      partitions: partitions.length,
      differing: differing.toSorted((a, b) => a - b),
      notAsked: [...this.#notAsked].toSorted(),
      wrongDigests: [...odd].flatMap(([partition, { wrong }]) =>
        wrong.map((node) => ({ node, partition })),
      ),
      damaged: damaged.toSorted((a, b) => a.partition - b.partition),
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
        if (isOdd(look)) looks.set(partition, look);
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
    for (const [partition, look] of looks) {
      const sumOf = (node: NodeId, digests: typeof before) =>
        digests.get(node)?.get(partition)?.sum;
      const wrong = look.wrong.filter((node) => sumOf(node, before) === sumOf(node, after));
      if (isOdd({ ...look, wrong })) odd.set(partition, { ...look, wrong });
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

  /** Asks the owners, and who else says that it holds something of the partition. */
  async #lookAt(partition: Partition, digests: ReadonlyMap<NodeId, Digests>): Promise<Look> {
    const { ring, options } = this.#deps;
    const walk = walkOf(ring, partition);
    const owners = ownersOf(walk, options.replicaCount);
    const holders = walk.filter((node) => {
      const isHolder = owners.includes(node) || digests.get(node)?.has(partition);
      return isHolder && !this.#notAsked.has(node);
    });
    const asked = holders.map(async (node) => [node, await this.#heldBy(node, partition)] as const);
    const held = (await Promise.all(asked)).filter(isAnswer);
    const own = held.filter(([node]) => owners.includes(node));
    const isDiffering = new Set(own.map(([, { sum }]) => sum)).size > 1;
    const isWrong = ([node, { digest, damaged }]: Answer) => {
      const running = digests.get(node)?.get(partition) ?? NOTHING;
      const isRight = digest.sum === running.sum && digest.records === running.records;
      // What a damaged record has added to the sum cannot be told.
      return damaged === 0 && !isRight;
    };
    return {
      differing: isDiffering ? own.map(([node]) => node) : [],
      wrong: held.filter(isWrong).map(([node]) => node),
      damaged: held
        .filter(([, { damaged }]) => damaged > 0)
        .map(([node, { damaged }]) => ({ node, partition, records: damaged })),
    };
  }

  /** Null: it could not be asked. */
  async #heldBy(node: NodeId, partition: Partition): Promise<PartitionContents | null> {
    const { self, store, peers, options } = this.#deps;
    const pageOf = (cursor: string | null) =>
      node === self
        ? contentsOf(store, partition, cursor)
        : peers.contents(node, { partition, cursor }, options.transferTimeoutMs);
    try {
      return await summarise(pageOf);
    } catch (thrown) {
      return this.#cannotAsk(node, thrown);
    }
  }

  /** Asks each node whose copy of a partition is odd to look after it. */
  async #haveMended(odd: ReadonlyMap<Partition, Look>): Promise<void> {
    const { self, peers, requestScrub, options } = this.#deps;
    for (const [partition, { differing, wrong, damaged }] of odd) {
      const nodes = new Set([...differing, ...wrong, ...damaged.map(({ node }) => node)]);
      for (const node of nodes) {
        if (this.#notAsked.has(node)) continue;
        const request =
          node === self
            ? requestScrub(partition)
            : peers.scrub(node, partition, options.transferTimeoutMs);
        await request.catch((thrown: unknown) => this.#cannotAsk(node, thrown));
      }
    }
  }

  #cannotAsk(node: NodeId, thrown: unknown): null {
    if (!(thrown instanceof PeerFailure || thrown instanceof StoreUnavailable)) throw thrown;
    this.#notAsked.add(node);
    return null;
  }
}

const NOTHING = digestOf([]);

type Answer = readonly [node: NodeId, held: PartitionContents];

function isAnswer(asked: readonly [NodeId, PartitionContents | null]): asked is Answer {
  return asked[1] !== null;
}
