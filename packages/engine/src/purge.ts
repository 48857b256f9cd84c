/**
 * Purging: forgets the tombstones and expired records that protect nobody any more, in the
 * partitions whose primary this node is.
 *
 * Which ones, and why that is safe, is core/purge. This file makes the looks that it wants: every
 * member is up and tells what it holds; a member that does not answer, that changes its state or
 * that starts anew, and a pause of this process, make all earlier looks worthless. Then it asks the
 * other owners for their copies, has them purge first, and forgets its own last: an owner that
 * still holds a record gives it back to the others, and nothing worse comes of a run that is cut
 * short. It trusts no order from elsewhere: who calls it, and how often, cannot make it unsafe.
 */

import {
  chunksOf,
  heldByAll,
  type Look,
  type NodeId,
  type Partition,
  partitionOf,
  purgeAgeMs,
  purgeCutoffs,
  type Ring,
  type StateOf,
  StoreUnavailable,
  sortPartitions,
  walkOf,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import { PeerFailure, type Peers } from "./ports/peers.js";
import type { HeldVersion, PurgeableRecord, RecordStore } from "./ports/record-store.js";

/** What is left is due in the next run: purging must not hold up a queue for minutes. */
const RECORDS_MAX = 20_000;

/** Looks are half a deadline apart, so these go back further than any of them is asked for. */
const LOOKS_MAX = 8;

export interface PurgeDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly store: Pick<RecordStore, "partitions" | "purgeable">;
  readonly counters: Counters;
  /** Forgets this node's own copies; see `Replica.purge`. */
  readonly forget: (records: readonly HeldVersion[]) => Promise<readonly boolean[]>;
  readonly peers: Pick<Peers, "digests" | "copies" | "purge">;
  readonly stateOf: StateOf;
  /** See `Membership.steadySinceMs`. */
  readonly steadySinceMs: () => number;
  /** How long this node's store has answered without a failure. */
  readonly storeAnsweredForMs: () => number;
  readonly log: Log;
  readonly options: {
    readonly replicaCount: number;
    readonly transferTimeoutMs: number;
    readonly messageBudgetMaxMs: number;
  };
}

export class Purge {
  readonly #deps: PurgeDeps;
  /** Oldest first. Nothing has changed among the members since the first of them began. */
  #looks: Look[] = [];
  #isRunning = false;
  #purgedRecords = 0;

  constructor(deps: PurgeDeps) {
    this.#deps = deps;
  }

  /** The job. Resolves with how many records it purged; a member that is away is no failure. */
  async run(): Promise<number> {
    if (this.#isRunning || this.#isTooSoon()) return 0;
    this.#isRunning = true;
    const before = this.#purgedRecords;
    try {
      if (await this.#look()) await this.#purgeDue();
    } catch (thrown) {
      this.#looks = [];
      if (!(thrown instanceof PeerFailure || thrown instanceof StoreUnavailable)) throw thrown;
      this.#deps.log.info({ err: thrown }, "a purge ended early: not everybody answered");
    } finally {
      this.#isRunning = false;
    }
    const records = this.#purgedRecords - before;
    if (records > 0) this.#deps.log.info({ records }, "purged tombstones and expired records");
    return records;
  }

  /**
   * What the primary asks of an owner, and of itself. A store that was silent until now may still
   * carry out what it was asked then, so it must have answered for as long as two looks are apart.
   */
  async forget(records: readonly HeldVersion[]): Promise<readonly boolean[]> {
    const { storeAnsweredForMs, forget, options } = this.#deps;
    if (storeAnsweredForMs() >= purgeAgeMs(options.messageBudgetMaxMs)) return forget(records);
    return records.map(() => false);
  }

  /** More looks would find nothing out, and the memory that holds them is bounded. */
  #isTooSoon(): boolean {
    const { clock, options } = this.#deps;
    const last = this.#looks.at(-1);
    const sinceMs = clock.monotonicMs() - (last?.begunAtMs ?? Number.NEGATIVE_INFINITY);
    return sinceMs < options.messageBudgetMaxMs / 2;
  }

  /** Adds a look; false: somebody is not up, and there is none. */
  async #look(): Promise<boolean> {
    const { self, ring, clock, options } = this.#deps;
    const begunAtMs = clock.monotonicMs();
    const wallMs = clock.wallMs();
    if (!this.#isEverybodyUp()) return false;
    const inventory = new Map(await Promise.all(ring.members.map((node) => this.#heldBy(node))));
    const endedAtMs = clock.monotonicMs();
    const { replicaCount } = options;
    const sorted = sortPartitions(inventory, { ring, replicaCount, node: self });
    this.#looks.push({ begunAtMs, endedAtMs, wallMs, ...sorted });
    if (this.#looks.length > LOOKS_MAX) this.#looks.shift();
    return true;
  }

  async #heldBy(node: NodeId) {
    const { self, store, peers, options } = this.#deps;
    const held =
      node === self ? store.partitions() : peers.digests(node, options.transferTimeoutMs);
    return [node, await held] as const;
  }

  /** Drops the looks that a change has made worthless. */
  #isEverybodyUp(): boolean {
    const { ring, stateOf, steadySinceMs } = this.#deps;
    const sinceMs = steadySinceMs();
    const isUp = ring.members.every((node) => stateOf(node) === "up");
    this.#looks = this.#looks.filter(({ begunAtMs }) => isUp && begunAtMs >= sinceMs);
    return isUp;
  }

  async #purgeDue(): Promise<void> {
    const { store, options } = this.#deps;
    const cutoffs = purgeCutoffs(this.#looks, options.messageBudgetMaxMs);
    if (cutoffs.size === 0) return;
    const partitions = new Set(cutoffs.keys());
    const cutoffMs = Math.max(...cutoffs.values());
    const enoughAt = this.#purgedRecords + RECORDS_MAX;
    let skip: number | null = 0;
    while (skip !== null && this.#purgedRecords < enoughAt) {
      const before = this.#purgedRecords;
      const page = await store.purgeable({ partitions, cutoffMs, skip });
      const due = page.records.filter(({ key, absentFromMs }) => {
        return absentFromMs <= (cutoffs.get(partitionOf(key)) ?? Number.NEGATIVE_INFINITY);
      });
      for (const [coOwners, records] of this.#byCoOwners(due)) {
        for (const chunk of chunksOf(records, MESSAGE_LIMITS)) {
          if (!this.#isStillDue(chunk)) return;
          await this.#purge(chunk, coOwners);
        }
      }
      skip = page.next === null ? null : page.next - (this.#purgedRecords - before);
    }
  }

  /** Whether the looks that allowed it are still worth something. */
  #isStillDue(chunk: readonly PurgeableRecord[]): boolean {
    if (!this.#isEverybodyUp()) return false;
    const cutoffs = purgeCutoffs(this.#looks, this.#deps.options.messageBudgetMaxMs);
    return chunk.every(({ key }) => cutoffs.has(partitionOf(key)));
  }

  #byCoOwners(records: readonly PurgeableRecord[]) {
    const groups = new Map<string, [readonly NodeId[], PurgeableRecord[]]>();
    for (const record of records) {
      const coOwners = this.#coOwnersOf(partitionOf(record.key));
      const group = groups.get(coOwners.join());
      if (group === undefined) groups.set(coOwners.join(), [coOwners, [record]]);
      else group[1].push(record);
    }
    return groups.values();
  }

  #coOwnersOf(partition: Partition): readonly NodeId[] {
    const { ring, options } = this.#deps;
    return walkOf(ring, partition).slice(1, options.replicaCount);
  }

  async #purge(records: readonly HeldVersion[], coOwners: readonly NodeId[]): Promise<void> {
    const { peers, counters, options } = this.#deps;
    const { transferTimeoutMs } = options;
    const keys = records.map(({ key }) => key);
    const asked = coOwners.map(async (node) => {
      const copies = await peers.copies(node, keys, transferTimeoutMs);
      // Nobody knows what it was before the damage.
      return copies.map((copy) => (copy === "damaged" ? null : copy));
    });
    const common = heldByAll(records, await Promise.all(asked));
    if (common.length === 0) return;
    const told = coOwners.map((node) => peers.purge(node, common, transferTimeoutMs));
    const answers = await Promise.all(told);
    const left = common.filter((_, index) => answers.every((gone) => gone[index] === true));
    if (left.length === 0) return;
    const forgotten = (await this.forget(left)).filter(Boolean).length;
    this.#purgedRecords += forgotten;
    counters.add("recordsPurged", forgotten);
  }
}
