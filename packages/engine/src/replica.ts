/**
 * One node's own copies: what it does for its peers, and for itself as a coordinator.
 *
 * It keeps a record when it is newer and says so when it is not; it never decides who should hold
 * a record, nor what an answer is worth.
 *
 * A stand-in forgets what it has handed off, but not that it did. A write that an owner stored
 * before the hand-off reached it may come here after it; taken for new, the two answers would
 * acknowledge a write that is older than one acknowledged before.
 */

import {
  type Key,
  msOf,
  type PackedRecord,
  type Partition,
  partitionOf,
  StoreUnavailable,
  type Version,
  versionAt,
} from "@ringkv/core";
import { type ContentsPage, contentsOf } from "./contents.js";
import type { Clock } from "./ports/clock.js";
import { type Digests, VersionBeyondClock, type VersionsAsk } from "./ports/peers.js";
import type {
  ApplyOutcome,
  HeldCopy,
  HeldVersion,
  RecordStore,
  VersionPage,
} from "./ports/record-store.js";

export interface ReplicaDeps {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Whether a version was stamped by a clock too far ahead of ours. */
  readonly isBeyondClock: (ms: number) => boolean;
  readonly isForeign: (partition: Partition) => boolean;
  /** Resolves when no later start of this node can begin below the version. */
  readonly reserveClock: (version: Version) => Promise<void>;
  /** Hears of each partition in which a damaged record was met. */
  readonly noteDamage: (partition: Partition) => void;
  /** Resolves when the partition has been looked through, and what is damaged in it mended. */
  readonly scrub: (partition: Partition) => Promise<unknown>;
}

export class Replica {
  readonly #deps: ReplicaDeps;
  /** At least as new as all that was let go of; null: nothing ever was. */
  #releasedUpTo: Version | null = null;

  constructor(deps: ReplicaDeps) {
    this.#deps = deps;
  }

  /** What earlier starts let go of was older than the mark that they left. */
  startAt(reservedUntilMs: number): void {
    if (reservedUntilMs > 0) this.#raise(versionAt({ ms: reservedUntilMs, counter: 0 }, 0));
  }

  /**
   * A client's records, fresh from a coordinator. One whose version lies far in the future is
   * refused, and all that came with it: kept, it could not be overwritten for that long.
   */
  async apply(records: readonly PackedRecord[]): Promise<readonly ApplyOutcome[]> {
    for (const { version } of records) {
      if (this.#deps.isBeyondClock(msOf(version))) throw new VersionBeyondClock(version);
    }
    const outcomes = await this.#withoutDamage(records, await this.transfer(records));
    // Looked at afterwards: a release may have overtaken this call on its way to the store.
    const floor = this.#releasedUpTo;
    if (floor === null || records.every(({ version }) => version > floor)) return outcomes;
    return outcomes.map((outcome, index) => {
      const record = records[index] as PackedRecord;
      const isTooLate = record.version <= floor && this.#deps.isForeign(partitionOf(record.key));
      return isTooLate && outcome.outcome !== "stale" ? { outcome: "stale", held: floor } : outcome;
    });
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

  async read(keys: readonly Key[]): Promise<readonly HeldCopy[]> {
    const copies = await this.#deps.store.read(keys);
    for (const [index, copy] of copies.entries()) {
      if (copy === "damaged") this.#deps.noteDamage(partitionOf(keys[index] as Key));
    }
    return copies;
  }

  digests(): Promise<Digests> {
    return this.#deps.store.partitions();
  }

  versions({ partition, cursor }: VersionsAsk): Promise<VersionPage> {
    return this.#deps.store.versions(partition, cursor);
  }

  contents({ partition, cursor }: VersionsAsk): Promise<ContentsPage> {
    return contentsOf(this.#deps.store, partition, cursor);
  }

  /**
   * A version beyond every clock was never taken here: it is what damage has made of another one.
   * Told as stale it would drag the coordinator's clock along, so it is mended first. When that
   * cannot be done, this node has no answer.
   */
  async #withoutDamage(
    records: readonly PackedRecord[],
    outcomes: readonly ApplyOutcome[],
  ): Promise<readonly ApplyOutcome[]> {
    const { isBeyondClock, scrub } = this.#deps;
    const isOdd = (outcome: ApplyOutcome | undefined) =>
      outcome?.outcome === "stale" && isBeyondClock(msOf(outcome.held));
    if (!outcomes.some(isOdd)) return outcomes;
    const odd = records.filter((_, index) => isOdd(outcomes[index]));
    for (const partition of new Set(odd.map(({ key }) => partitionOf(key)))) {
      await scrub(partition).catch((cause: unknown) => {
        throw new StoreUnavailable("a damaged record is in the way", { cause });
      });
    }
    const again = [...(await this.transfer(odd))];
    if (again.some(isOdd)) throw new StoreUnavailable("a damaged record is in the way");
    return outcomes.map((outcome) => (isOdd(outcome) ? (again.shift() as ApplyOutcome) : outcome));
  }

  #raise(version: Version): void {
    if (this.#releasedUpTo === null || version > this.#releasedUpTo) this.#releasedUpTo = version;
  }
}
