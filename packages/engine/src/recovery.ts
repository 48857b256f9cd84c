/**
 * Recovery: what a node does before it is `up`. It asks every member what it holds of this node's
 * partitions, co-owners and stand-ins alike, and pulls what it lacks, until it has been compared
 * with all of them.
 *
 * A partition counts as recovered when every member has been compared in it, all others when the
 * recovery is over. Nothing is remembered between runs, and nothing need be: what an interrupted
 * run has copied does not differ any more. It never pushes; hand-off and anti-entropy do.
 */

import {
  isOwner,
  type NodeId,
  type Partition,
  type PartitionDigest,
  type Ring,
  type StateOf,
  StoreFull,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import { type Digests, PeerFailure, type Peers } from "./ports/peers.js";
import type { RecordStore } from "./ports/record-store.js";
import type { Pull } from "./repair.js";

export interface RecoveryDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly store: Pick<RecordStore, "partitions">;
  readonly peers: Pick<Peers, "digests">;
  readonly pull: Pull;
  readonly stateOf: StateOf;
  readonly log: Log;
  readonly options: RecoveryOptions;
}

export interface RecoveryOptions {
  readonly replicaCount: number;
  readonly transferTimeoutMs: number;
  /** How long a recovery that gets nowhere waits for members that cannot be asked. */
  readonly recoveryPatienceMs: number;
}

export interface RecoveryProgress {
  readonly isOver: boolean;
  /** Partitions that have not been compared with every member yet. */
  readonly partitionsLeft: number;
  /** At least so many records are known to be missing here. */
  readonly recordsLeft: number;
  readonly recordsCopied: number;
  readonly bytesCopied: number;
  /** At the pace so far; null: nothing is known to be missing, or nothing has been copied yet. */
  readonly secondsLeft: number | null;
  /** Members that this node has not been compared with; after the end: could not be. */
  readonly notCompared: readonly NodeId[];
}

/**
 * Partitions copied at once, from all members together: enough to hide the round trips, and not so
 * many that their pages, of a mebibyte at most, would fill the memory.
 */
const CONCURRENCY = 16;
/** How soon a member that could not be asked is asked again. */
const STEP_MS = 100;
const LOG_EVERY_MS = 5_000;

export class Recovery {
  readonly #deps: RecoveryDeps;
  readonly #owned: readonly Partition[];
  /** By member: the partitions that have not been compared with it. */
  #left = new Map<NodeId, Set<Partition>>();
  /** By partition: with how many members it has not been compared. */
  #comparisonsLeft = new Map<Partition, number>();
  /** By partition: how many records were known to be missing when it was compared last. */
  readonly #missing = new Map<Partition, number>();
  readonly #underWay = new Set<Partition>();
  /** By partition: which copy of them all was its last one. */
  readonly #copiedAt = new Map<Partition, number>();
  #copies = 0;
  /** Counts up when everything begins anew: what earlier runs still find out is of no use. */
  #run = 0;
  #isOver = false;
  #copied = { records: 0, bytes: 0 };
  #beganAtMs = 0;
  #advancedAtMs = 0;
  #loggedAtMs = 0;

  constructor(deps: RecoveryDeps) {
    const { self, ring, options } = deps;
    this.#deps = deps;
    this.#owned = [...ring.walks.keys()]
      .map((index) => index as Partition)
      .filter((partition) => isOwner(walkOf(ring, partition), options.replicaCount, self));
    this.begin();
  }

  /** Nothing is recovered any more. Before `run`, at once, so that nothing is vouched for. */
  begin(): void {
    const { self, ring, clock } = this.#deps;
    const others = ring.members.filter((node) => node !== self);
    this.#left = new Map(others.map((node) => [node, new Set(this.#owned)]));
    this.#comparisonsLeft = new Map(this.#owned.map((it) => [it, others.length]));
    this.#missing.clear();
    this.#run++;
    this.#isOver = false;
    this.#copied = { records: 0, bytes: 0 };
    this.#beganAtMs = clock.monotonicMs();
    this.#advancedAtMs = this.#beganAtMs;
    this.#loggedAtMs = this.#beganAtMs;
  }

  /** Whether this node can say that it holds all that it should of the partition. */
  isRecovered(partition: Partition): boolean {
    return this.#isOver || this.#comparisonsLeft.get(partition) === 0;
  }

  /** Compares and copies until all is done, patience is at its end, or `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, options } = this.#deps;
    for (;;) {
      await this.#askEverybody(signal);
      if (signal.aborted) return;
      if (this.#left.size === 0) break;
      this.#logNowAndThen();
      const waitedMs = clock.monotonicMs() - this.#advancedAtMs;
      if (waitedMs >= options.recoveryPatienceMs) break;
      await clock.sleep(STEP_MS, signal).catch(() => {});
    }
    this.#isOver = true;
    const { partitionsLeft, recordsCopied, bytesCopied, notCompared } = this.progress();
    const tookMs = Math.round(clock.monotonicMs() - this.#beganAtMs);
    const fields = { recordsCopied, bytesCopied, tookMs };
    if (partitionsLeft === 0) log.info(fields, "recovered");
    else {
      const what = "members cannot be asked: serving what is here, which may be out of date";
      log.warn({ ...fields, partitionsLeft, notCompared }, what);
    }
  }

  progress(): RecoveryProgress {
    const { records, bytes } = this.#copied;
    const partitionsLeft = [...this.#comparisonsLeft.values()].filter((left) => left > 0).length;
    const recordsLeft = [...this.#missing.values()].reduce((sum, missing) => sum + missing, 0);
    const perMs = records / (this.#deps.clock.monotonicMs() - this.#beganAtMs);
    const isKnown = !this.#isOver && records > 0 && recordsLeft > 0;
    return {
      isOver: this.#isOver,
      partitionsLeft,
      recordsLeft: this.#isOver ? 0 : recordsLeft,
      recordsCopied: records,
      bytesCopied: bytes,
      secondsLeft: isKnown ? Math.ceil(recordsLeft / perMs / 1_000) : null,
      notCompared: [...this.#left.keys()],
    };
  }

  async #askEverybody(signal: AbortSignal): Promise<void> {
    const { stateOf, log } = this.#deps;
    // A suspect too: at the start everybody is one.
    const reachable = [...this.#left.keys()].filter((node) => stateOf(node) !== "down");
    const width = Math.max(1, Math.floor(CONCURRENCY / reachable.length));
    await Promise.all(
      reachable.map(async (node) => {
        try {
          await this.#recoverFrom(node, { width, signal });
        } catch (thrown) {
          if (!isOrdinary(thrown)) throw thrown;
          // Not connected yet is how every start begins.
          if (thrown instanceof PeerFailure && thrown.reason === "refused") return;
          log.info({ node, err: thrown }, "recovery is interrupted and will go on");
        }
      }),
    );
  }

  async #recoverFrom(
    node: NodeId,
    { width, signal }: { readonly width: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { store, peers, options } = this.#deps;
    const run = this.#run;
    const began = this.#copies;
    const [ours, theirs] = await Promise.all([
      store.partitions(),
      peers.digests(node, options.transferTimeoutMs),
    ]);
    if (run !== this.#run) return;
    const differing: Partition[] = [];
    for (const partition of this.#left.get(node) ?? []) {
      const missing = missingIn(ours.get(partition), theirs.get(partition));
      if (missing === null) this.#compared(node, partition);
      else {
        this.#missing.set(partition, missing);
        differing.push(partition);
      }
    }
    const queue = differing.toReversed();
    const work = async () => {
      for (let next = queue.pop(); next !== undefined && !signal.aborted; next = queue.pop()) {
        // What has come from another member meanwhile is compared anew: often nothing is left.
        if ((this.#copiedAt.get(next) ?? 0) > began) continue;
        const isWhole = await this.#copy(next, node, ours);
        if (run !== this.#run) return;
        if (isWhole) this.#compared(node, next);
      }
    };
    await Promise.all(Array.from({ length: width }, work));
  }

  /** False: another member's copy is under way, and this one's turn comes later. */
  async #copy(partition: Partition, node: NodeId, ours: Digests): Promise<boolean> {
    if (this.#underWay.has(partition)) return false;
    this.#underWay.add(partition);
    try {
      const isEmpty = !ours.has(partition);
      await this.#deps.pull({ partition, node, isEmpty }, (records, bytes) => {
        this.#copied.records += records;
        this.#copied.bytes += bytes;
        this.#missing.set(partition, Math.max(0, (this.#missing.get(partition) ?? 0) - records));
        this.#advancedAtMs = this.#deps.clock.monotonicMs();
        this.#logNowAndThen();
      });
      this.#copiedAt.set(partition, ++this.#copies);
      return true;
    } finally {
      this.#underWay.delete(partition);
    }
  }

  #compared(node: NodeId, partition: Partition): void {
    const left = this.#left.get(node);
    if (!left?.delete(partition)) return;
    if (left.size === 0) this.#left.delete(node);
    const others = (this.#comparisonsLeft.get(partition) ?? 1) - 1;
    this.#comparisonsLeft.set(partition, others);
    if (others === 0) this.#missing.delete(partition);
    this.#advancedAtMs = this.#deps.clock.monotonicMs();
  }

  #logNowAndThen(): void {
    const { clock, log } = this.#deps;
    if (clock.monotonicMs() - this.#loggedAtMs < LOG_EVERY_MS) return;
    this.#loggedAtMs = clock.monotonicMs();
    log.info(this.progress(), "recovering");
  }
}

/** How many records at least the other side has more; null: there is nothing to be had from it. */
function missingIn(
  ours: PartitionDigest | undefined,
  theirs: PartitionDigest | undefined,
): number | null {
  if (theirs === undefined) return null;
  if (ours === undefined) return theirs.records;
  if (ours.sum === theirs.sum && ours.records === theirs.records) return null;
  return Math.max(0, theirs.records - ours.records);
}

/** A store of ours that is full or away, or a member that does not answer, is waited for. */
function isOrdinary(thrown: unknown): boolean {
  const isOurStore = thrown instanceof StoreUnavailable || thrown instanceof StoreFull;
  return isOurStore || thrown instanceof PeerFailure;
}
