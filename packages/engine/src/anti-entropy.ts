/**
 * Anti-entropy: finds out which partitions differ between this node and the other owners, whatever
 * the reason, and has them repaired.
 *
 * Two owners exchange digests. A difference may be a write that is on its way, so only one that is
 * there in two looks, with the same two sums, counts. Both owners look, and both know how many
 * partitions differ; the one whose name comes first queues the repair, which works in both
 * directions. A partition that is written to all the time never looks settled: of those a few are
 * repaired in each round, in turn, so that none is left out and clients pay little for it.
 *
 * A partition that still differs in the next round, with the same two sums as before, has not been
 * helped by a repair: each of the two then computes its own digest anew from its records.
 */

import {
  areOwners,
  type NodeId,
  type Partition,
  type Ring,
  type StateOf,
  walkOf,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import type { Clock } from "./ports/clock.js";
import type { Jobs } from "./ports/jobs.js";
import type { Log } from "./ports/log.js";
import { type Digests, PeerFailure, type Peers } from "./ports/peers.js";
import type { RecordStore } from "./ports/record-store.js";

export interface AntiEntropyDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly store: Pick<RecordStore, "partitions" | "rebuildDigest">;
  readonly peers: Pick<Peers, "digests">;
  readonly jobs: Jobs;
  readonly stateOf: StateOf;
  readonly log: Log;
  readonly counters: Counters;
  /** Ends a look that waits for its second half. */
  readonly signal: AbortSignal;
  readonly options: {
    readonly replicaCount: number;
    readonly transferTimeoutMs: number;
    /** Longer than a write is on its way to the other owners. */
    readonly secondLookMs: number;
  };
}

/** Listing both sides of an equal partition costs milliseconds; under load all of them are busy. */
const BUSY_REPAIRS_MAX = 32;

/** Partitions that differ, each with the two sums that did. */
type Differing = ReadonlyMap<Partition, string>;

export class AntiEntropy {
  readonly #deps: AntiEntropyDeps;
  readonly #differing = new Map<NodeId, Differing>();
  /** The last busy partition that was queued; the next round goes on after it. */
  #busyUpTo = -1;

  constructor(deps: AntiEntropyDeps) {
    this.#deps = deps;
  }

  /** How many partitions differed from some other owner's when they were last compared. */
  get partitionsDiffering(): number {
    return new Set([...this.#differing.values()].flatMap((some) => [...some.keys()])).size;
  }

  /** Looks at all who are up: who recovers compares for itself. Rejects when a look did. */
  async round(): Promise<void> {
    const { self, ring, stateOf } = this.#deps;
    const others = ring.members.filter((node) => node !== self && stateOf(node) === "up");
    const looks = await Promise.allSettled(others.map((peer) => this.lookAt(peer)));
    for (const look of looks) if (look.status === "rejected") throw look.reason;
  }

  /** Compares with one member, and queues repairs. Rejects with `PeerFailure`. */
  async lookAt(peer: NodeId): Promise<void> {
    const { clock, options, signal, self, jobs } = this.#deps;
    const first = await this.#compare(peer);
    if (first.size > 0) await clock.sleep(options.secondLookMs, signal);
    const second = first.size > 0 ? await this.#compare(peer) : first;
    const inBoth = [...second].filter(([partition]) => first.has(partition));
    const differing = new Map(inBoth.filter(([partition, sums]) => first.get(partition) === sums));
    const before = this.#differing.get(peer);
    this.#differing.set(peer, differing);

    const partitions = [...differing.keys()];
    const busy = inBoth.map(([partition]) => partition).filter((it) => !differing.has(it));
    const due = [...partitions, ...this.#nextOf(busy)];
    if (self < peer && due.length > 0) {
      await jobs.enqueue(due.map((partition) => ({ kind: "repair", partition, peer })));
    }
    const unmoved = partitions.filter((it) => before?.get(it) === differing.get(it));
    for (const partition of unmoved) await this.#doubtDigest(partition);
  }

  /** In which partitions that the two share; null: the member did not answer. */
  async differingFrom(peer: NodeId): Promise<ReadonlySet<Partition> | null> {
    const differing = await this.#compare(peer).catch((thrown: unknown) => {
      if (thrown instanceof PeerFailure) return null;
      throw thrown;
    });
    return differing === null ? null : new Set(differing.keys());
  }

  /** A repair has made the two alike; the next look says whether they have stayed so. */
  noteRepaired(partition: Partition, peer: NodeId): void {
    const differing = new Map(this.#differing.get(peer));
    if (differing.delete(partition)) this.#differing.set(peer, differing);
  }

  #nextOf(busy: readonly Partition[]): Partition[] {
    const ascending = busy.toSorted((a, b) => a - b);
    const later = ascending.filter((partition) => partition > this.#busyUpTo);
    const inTurn = [...later, ...ascending.slice(0, ascending.length - later.length)];
    const chosen = inTurn.slice(0, BUSY_REPAIRS_MAX);
    this.#busyUpTo = chosen.at(-1) ?? this.#busyUpTo;
    return chosen;
  }

  async #doubtDigest(partition: Partition): Promise<void> {
    const { store, log, counters } = this.#deps;
    const wasWrong = await store.rebuildDigest(partition);
    if (!wasWrong) return;
    counters.add("digestsRebuilt", 1);
    log.warn({ partition }, "a digest did not match its records and was rebuilt");
  }

  async #compare(peer: NodeId): Promise<Differing> {
    const { store, peers, options } = this.#deps;
    const [ours, theirs] = await Promise.all([
      store.partitions(),
      peers.digests(peer, options.transferTimeoutMs),
    ]);
    const differing = new Map<Partition, string>();
    for (const partition of new Set([...ours.keys(), ...theirs.keys()])) {
      const [our, their] = [sumIn(ours, partition), sumIn(theirs, partition)];
      if (our !== their && this.#isShared(partition, peer)) {
        differing.set(partition, `${our} ${their}`);
      }
    }
    return differing;
  }

  #isShared(partition: Partition, peer: NodeId): boolean {
    const { self, ring, options } = this.#deps;
    return areOwners(walkOf(ring, partition), options.replicaCount, [self, peer]);
  }
}

/** The number of records is part of it: a sum alone would not tell a field that was damaged. */
function sumIn(digests: Digests, partition: Partition): string {
  const digest = digests.get(partition);
  return digest === undefined ? "nothing" : `${digest.records}:${digest.sum}`;
}
