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
 *
 * The same holds for a purge: a client's write that is older than what was purged is not taken for
 * new. It is not stored at all, so that a coordinator whose clock lags stamps it again.
 */

import {
  type Key,
  type KeyPage,
  msOf,
  type Note,
  type PackedRecord,
  type Partition,
  partitionOf,
  Recovering,
  StoreUnavailable,
  type Version,
  versionAt,
} from "@ringkv/core";
import { type ContentsPage, contentsOf } from "./contents.js";
import type { Clock } from "./ports/clock.js";
import {
  type ApplyAnswer,
  type Digests,
  type KeyAsk,
  type PageAsk,
  type Unvouched,
  VersionBeyondClock,
} from "./ports/peers.js";
import type {
  ApplyOutcome,
  HeldCopy,
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
  /** Nothing younger is purged; see core's `purgeAgeMs`. */
  readonly purgeAgeMs: number;
  /** Hears of each partition in which a damaged record was met. */
  readonly noteDamage: (partition: Partition) => void;
  /** Resolves when the partition has been looked through, and what is damaged in it mended. */
  readonly scrub: (partition: Partition) => Promise<unknown>;
  /** What the outbox is to keep of a client's write of the key. Absent: nobody wants to hear. */
  readonly noteOf?: ((key: Key) => Note | undefined) | undefined;
}

const UNVOUCHED: Unvouched = Object.freeze({ outcome: "unvouched" });

export class Replica {
  readonly #deps: ReplicaDeps;
  /** At least as new as all that was let go of; null: nothing ever was. */
  #releasedUpTo: Version | null = null;
  /** At least as new as all that was purged; null: nothing ever was. */
  #purgedUpTo: Version | null = null;

  constructor(deps: ReplicaDeps) {
    this.#deps = deps;
  }

  /** With the mark that an earlier start left, in milliseconds; 0: there is none. */
  startAt(reservedUntilMs: number): void {
    // What earlier starts let go of was older than the mark.
    this.letGoUpTo(reservedUntilMs);
    // What they purged had been absent for so long when the clock had not reached the mark yet.
    const purgedUntilMs = reservedUntilMs - this.#deps.purgeAgeMs;
    if (purgedUntilMs > 0) this.#purgedUpTo = versionAt({ ms: purgedUntilMs, counter: 0 }, 0);
  }

  /** Whatever was handed off before, or lost with a disk, is older than this. */
  letGoUpTo(ms: number): void {
    if (ms > 0) this.#raise(versionAt({ ms, counter: 0 }, 0));
  }

  /**
   * A client's records, fresh from a coordinator. One whose version lies far in the future is
   * refused, and all that came with it: kept, it could not be overwritten for that long.
   */
  async apply(sent: readonly PackedRecord[]): Promise<readonly ApplyAnswer[]> {
    const records = this.#noted(sent);
    for (const { version } of records) {
      if (this.#deps.isBeyondClock(msOf(version))) throw new VersionBeyondClock(version);
    }
    const purged = this.#purgedUpTo;
    const timely = purged === null ? records : records.filter(({ version }) => version > purged);
    if (purged === null || timely.length === records.length) return this.#keep(records);
    const outcomes = timely.length === 0 ? [] : [...(await this.#keep(timely))];
    return records.map(({ version }): ApplyAnswer => {
      const outcome = version > purged ? outcomes.shift() : undefined;
      return outcome ?? { outcome: "stale", held: purged };
    });
  }

  #noted(records: readonly PackedRecord[]): readonly PackedRecord[] {
    const { noteOf } = this.#deps;
    if (noteOf === undefined) return records;
    return records.map((record) => {
      const note = noteOf(record.key);
      return note === undefined ? record : { ...record, note };
    });
  }

  async #keep(records: readonly PackedRecord[]): Promise<readonly ApplyAnswer[]> {
    const outcomes = await this.#withoutDamage(records, await this.#store(records));
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

  /**
   * Records that some node has accepted before. Their versions are facts. What is restored while an
   * owner is away is held for it, like a client's write.
   */
  async transfer(records: readonly PackedRecord[]): Promise<readonly ApplyOutcome[]> {
    const { isForeign, standsIn } = this.#deps;
    const outcomes = await this.#store(records);
    const held = records.filter((_, index) => outcomes[index]?.outcome !== "stale");
    const foreign = held.map(({ key }) => partitionOf(key)).filter(isForeign);
    for (const partition of new Set(foreign)) standsIn(partition);
    return outcomes;
  }

  #store(records: readonly PackedRecord[]): Promise<readonly ApplyOutcome[]> {
    return this.#deps.store.apply(records, this.#deps.clock.wallMs());
  }

  /** Forgets copies that all their owners have confirmed. Returns how many were forgotten. */
  async release(records: readonly HeldVersion[]): Promise<number> {
    const newest = records.map(({ version }) => version).reduce((a, b) => (a > b ? a : b));
    await this.#deps.reserveClock(newest);
    this.#raise(newest);
    return this.#deps.store.release(records);
  }

  /**
   * Forgets tombstones and expired records for good, but none that is younger than `purgeAgeMs` by
   * this node's own clock, whatever its peers' clocks say. Tells for each whether it is forgotten.
   */
  async purge(records: readonly HeldVersion[]): Promise<readonly boolean[]> {
    const cutoffMs = this.#deps.clock.wallMs() - this.#deps.purgeAgeMs;
    // A floor above the clock would make every coordinator stamp anew.
    const old = records.filter(({ version }) => msOf(version) <= cutoffMs);
    for (const { version } of old) {
      if (this.#purgedUpTo === null || version > this.#purgedUpTo) this.#purgedUpTo = version;
    }
    const forgotten = old.length === 0 ? [] : [...(await this.#deps.store.purge(old, cutoffMs))];
    return records.map(({ version }) => msOf(version) <= cutoffMs && forgotten.shift() === true);
  }

  async read(keys: readonly Key[]): Promise<readonly HeldCopy[]> {
    this.#demandRecovered();
    return await this.copies(keys);
  }

  async list(ask: KeyAsk): Promise<KeyPage> {
    this.#demandRecovered();
    return this.#deps.store.list({ ...ask, nowMs: this.#deps.clock.wallMs() });
  }

  async copies(keys: readonly Key[]): Promise<readonly HeldCopy[]> {
    const copies = await this.#deps.store.read(keys);
    for (const [index, copy] of copies.entries()) {
      if (copy === "damaged") this.#deps.noteDamage(partitionOf(keys[index] as Key));
    }
    return copies;
  }

  /** Without what is damaged, which is of no use to anybody else. */
  async page({ partition, cursor }: PageAsk): Promise<RecordPage> {
    const page = await this.#deps.store.page(partition, cursor);
    if (page.damaged.length > 0) this.#deps.noteDamage(partition);
    return { ...page, damaged: [] };
  }

  digests(): Promise<Digests> {
    return this.#deps.store.partitions();
  }

  versions({ partition, cursor }: PageAsk): Promise<VersionPage> {
    return this.#deps.store.versions(partition, cursor);
  }

  contents({ partition, cursor }: PageAsk): Promise<ContentsPage> {
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
    const again = [...(await this.#store(odd))];
    if (again.some(isOdd)) throw new StoreUnavailable("a damaged record is in the way");
    return outcomes.map((outcome) => (isOdd(outcome) ? (again.shift() as ApplyOutcome) : outcome));
  }

  #demandRecovered(): void {
    if (!this.#deps.servesReads()) throw new Recovering("this node has not recovered yet");
  }

  #raise(version: Version): void {
    if (this.#releasedUpTo === null || version > this.#releasedUpTo) this.#releasedUpTo = version;
  }
}
