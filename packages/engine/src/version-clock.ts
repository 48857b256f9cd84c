/**
 * Stamps versions: strictly increasing on this node, across restarts, whatever its wall clock does.
 *
 * Two rules beyond the hybrid logical clock's own:
 * - No reading is used at or above the mark that the store keeps. The mark is moved ahead in the
 *   background, and a start begins at it, so that a node never repeats itself.
 * - The clock runs with the fastest one heard of, continuously, not only from message to message.
 *   In clusters of more than three nodes two sloppy quorums need not meet, and then only the clock
 *   orders them. A clock further ahead than `driftMaxMs` is broken, and is not followed.
 *
 * That holds for our own clock too. One that jumps ahead of all that the others tell is not
 * followed, for what it had stamped could not be overwritten before time comes to it; one that
 * jumps back does not make the others' clocks look broken.
 *
 * A start at the mark, or a restamp, puts our stamps ahead of the clock. That lead is told to the
 * others as what it is, a floor that time overtakes, and not as a clock to run with; and the mark
 * is set ahead of the clock, not of the lead. Else each restart would push the whole cluster
 * further into the future, until its nodes refused one another's versions.
 */

import {
  advance,
  type ClockReading,
  COUNTER_MAX,
  later,
  type NodeId,
  nodeNumberOf,
  Recovering,
  readingOf,
  type Version,
  versionAt,
  versionsAfter,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { MetaStore } from "./ports/meta-store.js";

/** How far ahead the mark is set. A restart may start this far in the future; less costs writes. */
export const CLOCK_RESERVE_MS = 3_000;

/** Room above a lead over the clock: tens of thousands of stamps for each of these milliseconds. */
const LEAD_RESERVE_MS = 10;

export interface VersionClockDeps {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly meta: Pick<MetaStore, "reserveClock">;
  readonly log: Log;
  readonly driftMaxMs: number;
  /** Whether more than half of the members have told their clocks since this node started. */
  readonly hasHeardMajority: () => boolean;
}

export class VersionClock {
  readonly #deps: VersionClockDeps;
  readonly #nodeNumber: number;
  #last: ClockReading = { ms: 0, counter: 0 };
  #reservedUntilMs = 0;
  #reserving: Promise<void> | null = null;
  /** The store has no mark: it is new, or another one was lost with versions that we stamped. */
  #isBlank = true;
  /** How far the fastest clock heard of is ahead of our monotonic one. */
  #aheadMs = Number.NEGATIVE_INFINITY;
  /** How far our own was at the start: what it would tell now, had nobody set it meanwhile. */
  readonly #bornAheadMs: number;

  constructor(deps: VersionClockDeps) {
    this.#deps = deps;
    this.#bornAheadMs = deps.clock.wallMs() - deps.clock.monotonicMs();
    this.#nodeNumber = nodeNumberOf(deps.self);
  }

  /**
   * Begins at the mark that an earlier start left; 0: there is none, and nothing is stamped before
   * a majority has told its clock. Must come before the first `next`.
   */
  startAt(reservedUntilMs: number): void {
    this.#reservedUntilMs = reservedUntilMs;
    this.#isBlank = reservedUntilMs === 0;
    this.#last = later(this.#last, { ms: reservedUntilMs, counter: 0 });
  }

  /** The clock, in milliseconds: it runs with time, and others may run with it. */
  nowMs(): number {
    const { clock, driftMaxMs } = this.#deps;
    const wallMs = clock.wallMs();
    const othersMs = clock.monotonicMs() + this.#aheadMs;
    const isOursBroken = othersMs > Number.NEGATIVE_INFINITY && wallMs > othersMs + driftMaxMs;
    return isOursBroken ? othersMs : Math.max(wallMs, othersMs);
  }

  /** No version above this millisecond has been stamped here, nor by an earlier start. */
  get stampedMs(): number {
    return this.#last.ms;
  }

  /**
   * A version greater than every one stamped here before, and than `above`. Waits for the store
   * only when the mark has been reached; rejects with `StoreUnavailable` when it cannot be moved,
   * and with `Recovering` before a node with a blank store has heard a majority.
   */
  async next(above: Version | null = null): Promise<Version> {
    this.#demandMark();
    for (;;) {
      const floor = above === null ? this.#last : later(this.#last, readingOf(above));
      const reading = advance(floor, Math.floor(this.nowMs()));
      if (reading.ms < this.#reservedUntilMs) {
        this.#last = reading;
        return versionAt(reading, this.#nodeNumber);
      }
      await this.#reserve(reading.ms);
    }
  }

  /** `count` versions in ascending order, each like one of `next`, all of one turn. */
  async nextMany(count: number): Promise<Version[]> {
    this.#demandMark();
    for (;;) {
      const nowMs = Math.floor(this.nowMs());
      const nodeNumber = this.#nodeNumber;
      const { versions, reading } = versionsAfter(this.#last, { nowMs, nodeNumber, count });
      if (reading.ms < this.#reservedUntilMs) {
        this.#last = reading;
        return versions;
      }
      await this.#reserve(reading.ms);
    }
  }

  /**
   * Hears another node's clock, and how far its stamps have come: from now on ours are above them.
   * Returns false, and ignores both, when one is too far ahead.
   */
  observe(peerMs: number, stampedMs: number = 0): boolean {
    if (this.isBeyond(peerMs) || this.isBeyond(stampedMs)) return false;
    this.#aheadMs = Math.max(this.#aheadMs, peerMs - this.#deps.clock.monotonicMs());
    this.#last = later(this.#last, { ms: stampedMs, counter: COUNTER_MAX });
    return true;
  }

  /**
   * Whether a reading is further ahead of our own clock than clocks may drift apart. Measured from
   * nobody else's: from `nowMs`, a chain of slightly fast clocks could pull us anywhere.
   */
  isBeyond(ms: number): boolean {
    const { clock, driftMaxMs } = this.#deps;
    // A clock that was set back must not make everybody else look broken.
    const ownMs = Math.max(clock.wallMs(), clock.monotonicMs() + this.#bornAheadMs);
    return ms > ownMs + driftMaxMs;
  }

  /** Resolves when no later start can begin at or below `version`; at once in the usual case. */
  async reserve(version: Version): Promise<void> {
    this.#demandMark();
    const { ms } = readingOf(version);
    while (ms >= this.#reservedUntilMs) await this.#reserve(ms);
  }

  /** Moves the mark before it is reached. Called regularly; never rejects. */
  async renew(): Promise<void> {
    // A mark that is only our own clock's would make the next start believe that it knows better.
    if (this.#isBlank && !this.#deps.hasHeardMajority()) return;
    this.#demandMark();
    const isFarFromClock = this.#reservedUntilMs - this.nowMs() > CLOCK_RESERVE_MS / 2;
    const isFarFromLead = this.#reservedUntilMs - this.#last.ms > LEAD_RESERVE_MS / 2;
    if (isFarFromClock && isFarFromLead) return;
    await this.#reserve(this.#last.ms).catch((cause: unknown) => {
      this.#deps.log.warn({ err: cause }, "clock reservation not renewed");
    });
  }

  /**
   * A node that lost its disk stamped up to a mark that is gone. The others run with its clock if
   * it ever was the fastest, and the mark was so far ahead of that: it begins above, or it could
   * stamp a version for the second time.
   */
  #demandMark(): void {
    if (!this.#isBlank) return;
    if (!this.#deps.hasHeardMajority()) {
      throw new Recovering("this node has not heard a majority since its start");
    }
    const ms = Math.ceil(this.nowMs()) + CLOCK_RESERVE_MS;
    this.#last = later(this.#last, { ms, counter: 0 });
    this.#isBlank = false;
  }

  /** Moves the mark above `fromMs`, and a good way above the clock. */
  #reserve(fromMs: number): Promise<void> {
    const clockMs = Math.ceil(this.nowMs());
    const untilMs = Math.max(clockMs + CLOCK_RESERVE_MS, fromMs + LEAD_RESERVE_MS);
    this.#reserving ??= this.#moveMark(untilMs).finally(() => {
      this.#reserving = null;
    });
    return this.#reserving;
  }

  async #moveMark(untilMs: number): Promise<void> {
    await this.#deps.meta.reserveClock(untilMs);
    this.#reservedUntilMs = Math.max(this.#reservedUntilMs, untilMs);
  }
}
