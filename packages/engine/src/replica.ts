/**
 * One node's own copies: what it does for its peers, and for itself as a coordinator.
 *
 * It keeps a record when it is newer and says so when it is not; it never decides who should hold
 * a record, nor what an answer is worth.
 *
 * A stand-in forgets what it has handed off, but not that it did. A write that an owner stored
 * before the hand-off reached it may come here after it; taken for new, the two answers would
 * acknowledge a write that is older than one acknowledged before. A node that is recovering may
 * have forgotten anything, so it stores what it is given and does not vouch for it.
 */

import {
  type Key,
  msOf,
  type PackedRecord,
  type Partition,
  partitionOf,
  Recovering,
  type Version,
  versionAt,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import {
  type ApplyAnswer,
  type Digests,
  type PageAsk,
  type Unvouched,
  VersionBeyondClock,
} from "./ports/peers.js";
import type {
  ApplyOutcome,
  HeldVersion,
  RecordPage,
  RecordStore,
  VersionPage,
} from "./ports/record-store.js";

export interface ReplicaDeps {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Whether a version was stamped by a clock too far ahead of ours. */
  readonly isBeyondClock: (ms: number) => boolean;
  readonly isForeign: (partition: Partition) => boolean;
  /** Whether this node can say that it holds all that it should of the partition. */
  readonly isRecovered: (partition: Partition) => boolean;
  /** Whether clients may be told what is here. */
  readonly servesReads: () => boolean;
  /** A record has been taken for others. */
  readonly standsIn: (partition: Partition) => void;
  /** Resolves when no later start of this node can begin below the version. */
  readonly reserveClock: (version: Version) => Promise<void>;
}

const UNVOUCHED: Unvouched = Object.freeze({ outcome: "unvouched" });

export class Replica {
  readonly #deps: ReplicaDeps;
  /** At least as new as all that was let go of; null: nothing ever was. */
  #releasedUpTo: Version | null = null;

  constructor(deps: ReplicaDeps) {
    this.#deps = deps;
  }

  /** Whatever was let go of before, or lost with a disk, is older than this. */
  forgetUpTo(ms: number): void {
    if (ms > 0) this.#raise(versionAt({ ms, counter: 0 }, 0));
  }

  /**
   * A client's records, fresh from a coordinator. One whose version lies far in the future is
   * refused, and all that came with it: kept, it could not be overwritten for that long.
   */
  async apply(records: readonly PackedRecord[]): Promise<readonly ApplyAnswer[]> {
    for (const { version } of records) {
      if (this.#deps.isBeyondClock(msOf(version))) throw new VersionBeyondClock(version);
    }
    const outcomes = await this.transfer(records);
    return outcomes.map((outcome, index) => this.#judge(records[index] as PackedRecord, outcome));
  }

  /** What a copy that is on disk now is worth to the coordinator. */
  #judge({ key, version }: PackedRecord, outcome: ApplyOutcome): ApplyAnswer {
    if (outcome.outcome === "stale") return outcome;
    const { isForeign, isRecovered, standsIn } = this.#deps;
    const partition = partitionOf(key);
    if (isForeign(partition)) {
      standsIn(partition);
      // Looked at afterwards: a release may have overtaken this call on its way to the store.
      const floor = this.#releasedUpTo;
      if (floor !== null && version <= floor) return { outcome: "stale", held: floor };
    }
    return isRecovered(partition) ? outcome : UNVOUCHED;
  }

  /** Records that some node has accepted before. Their versions are facts. */
  transfer(records: readonly PackedRecord[]): Promise<readonly ApplyOutcome[]> {
    return this.#deps.store.apply(records, this.#deps.clock.wallMs());
  }

  /** Forgets copies that all their owners have confirmed. Returns how many were forgotten. */
  async release(records: readonly HeldVersion[]): Promise<number> {
    const newest = records.map(({ version }) => version).reduce((a, b) => (a > b ? a : b));
    await this.#deps.reserveClock(newest);
    this.#raise(newest);
    return this.#deps.store.release(records);
  }

  async read(keys: readonly Key[]): Promise<readonly (PackedRecord | null)[]> {
    if (!this.#deps.servesReads()) throw new Recovering("this node has not recovered yet");
    return this.#deps.store.read(keys);
  }

  copies(keys: readonly Key[]): Promise<readonly (PackedRecord | null)[]> {
    return this.#deps.store.read(keys);
  }

  page({ partition, cursor }: PageAsk): Promise<RecordPage> {
    return this.#deps.store.page(partition, cursor);
  }

  digests(): Promise<Digests> {
    return this.#deps.store.partitions();
  }

  versions({ partition, cursor }: PageAsk): Promise<VersionPage> {
    return this.#deps.store.versions(partition, cursor);
  }

  #raise(version: Version): void {
    if (this.#releasedUpTo === null || version > this.#releasedUpTo) this.#releasedUpTo = version;
  }
}
