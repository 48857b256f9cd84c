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
  type Version,
  versionAt,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import { type Digests, VersionBeyondClock, type VersionsAsk } from "./ports/peers.js";
import type { ApplyOutcome, HeldVersion, RecordStore, VersionPage } from "./ports/record-store.js";

export interface ReplicaDeps {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Whether a version was stamped by a clock too far ahead of ours. */
  readonly isBeyondClock: (ms: number) => boolean;
  readonly isForeign: (partition: Partition) => boolean;
  /** Resolves when no later start of this node can begin below the version. */
  readonly reserveClock: (version: Version) => Promise<void>;
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
    const outcomes = await this.transfer(records);
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

  read(keys: readonly Key[]): Promise<readonly (PackedRecord | null)[]> {
    return this.#deps.store.read(keys);
  }

  digests(): Promise<Digests> {
    return this.#deps.store.partitions();
  }

  versions({ partition, cursor }: VersionsAsk): Promise<VersionPage> {
    return this.#deps.store.versions(partition, cursor);
  }

  #raise(version: Version): void {
    if (this.#releasedUpTo === null || version > this.#releasedUpTo) this.#releasedUpTo = version;
  }
}
