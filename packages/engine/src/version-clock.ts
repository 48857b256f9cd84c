/**
 * Stamps versions: strictly increasing on this node, across restarts, whatever its wall clock does.
 *
 * Two rules beyond the hybrid logical clock's own:
 * - No reading is used at or above the mark that the store keeps. The mark is moved ahead in the
 *   background, and a start begins at it, so that a node never repeats itself.
 * - The clock runs with the fastest one heard of, continuously, not only from message to message.
 *   In clusters of more than three nodes two sloppy quorums need not meet, and then only the clock
 *   orders them. A clock further ahead than `driftMaxMs` is broken, and is not followed.
 */

import {
  advance,
  type ClockReading,
  later,
  type NodeId,
  nodeNumberOf,
  readingOf,
  type Version,
  versionAt,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { MetaStore } from "./ports/meta-store.js";

/** How far ahead the mark is set. A restart may start this far in the future; less costs writes. */
export const CLOCK_RESERVE_MS = 3_000;

export interface VersionClockDeps {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly meta: Pick<MetaStore, "reserveClock">;
  readonly log: Log;
  readonly driftMaxMs: number;
}

export class VersionClock {
  readonly #deps: VersionClockDeps;
  readonly #nodeNumber: number;
  #last: ClockReading = { ms: 0, counter: 0 };
  #reservedUntilMs = 0;
  #reserving: Promise<void> | null = null;
  /** How far the fastest clock heard of is ahead of our monotonic one. */
  #aheadMs = Number.NEGATIVE_INFINITY;

  constructor(deps: VersionClockDeps) {
    this.#deps = deps;
    this.#nodeNumber = nodeNumberOf(deps.self);
  }

  /** Begins at the mark that an earlier start left. Must come before the first `next`. */
  startAt(reservedUntilMs: number): void {
    this.#reservedUntilMs = reservedUntilMs;
    this.#last = later(this.#last, { ms: reservedUntilMs, counter: 0 });
  }

  /** What this clock would stamp now, in milliseconds. */
  nowMs(): number {
    return Math.max(this.#physicalMs(), this.#last.ms);
  }

  /**
   * A version greater than every one stamped here before, and than `above`. Waits for the store
   * only when the mark has been reached; rejects with `StoreUnavailable` when it cannot be moved.
   */
  async next(above: Version | null = null): Promise<Version> {
    for (;;) {
      const floor = above === null ? this.#last : later(this.#last, readingOf(above));
      const reading = advance(floor, Math.floor(this.#physicalMs()));
      if (reading.ms < this.#reservedUntilMs) {
        this.#last = reading;
        return versionAt(reading, this.#nodeNumber);
      }
      await this.#reserve(reading.ms);
    }
  }

  /** Hears another node's clock. Returns false, and ignores it, when it is too far ahead. */
  observe(peerMs: number): boolean {
    if (this.isBeyond(peerMs)) return false;
    this.#aheadMs = Math.max(this.#aheadMs, peerMs - this.#deps.clock.monotonicMs());
    return true;
  }

  /**
   * Whether a reading is further ahead of our wall clock than clocks may drift apart. Measured from
   * the wall clock alone: from `nowMs`, a chain of slightly fast clocks could pull us anywhere.
   */
  isBeyond(ms: number): boolean {
    return ms > this.#deps.clock.wallMs() + this.#deps.driftMaxMs;
  }

  /** Moves the mark before it is reached. Called regularly; never rejects. */
  async renew(): Promise<void> {
    const nowMs = this.nowMs();
    if (this.#reservedUntilMs - nowMs > CLOCK_RESERVE_MS / 2) return;
    await this.#reserve(nowMs).catch((cause: unknown) => {
      this.#deps.log.warn({ err: cause }, "clock reservation not renewed");
    });
  }

  #physicalMs(): number {
    const { clock } = this.#deps;
    return Math.max(clock.wallMs(), clock.monotonicMs() + this.#aheadMs);
  }

  #reserve(fromMs: number): Promise<void> {
    this.#reserving ??= this.#moveMark(Math.ceil(fromMs) + CLOCK_RESERVE_MS).finally(() => {
      this.#reserving = null;
    });
    return this.#reserving;
  }

  async #moveMark(untilMs: number): Promise<void> {
    await this.#deps.meta.reserveClock(untilMs);
    this.#reservedUntilMs = Math.max(this.#reservedUntilMs, untilMs);
  }
}
