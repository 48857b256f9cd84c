/**
 * The Clock port of one simulated process: a wall clock with an offset of its own, a monotonic
 * clock that starts with the process, and timers that wait while it is frozen.
 */

import type { Clock } from "@ringkv/engine";
import type { SimProcess } from "./sim-process.js";
import type { Timeline } from "./sim-timeline.js";

/** When every simulation begins, in wall time. */
export const SIM_EPOCH_MS = 1_700_000_000_000;

export class SimClock implements Clock {
  readonly #timeline: Timeline;
  readonly #process: SimProcess;
  readonly #startedAtMs: number;
  readonly #offsetMs: number;
  readonly #sleepers = new WeakMap<AbortSignal, Set<(thrown: unknown) => void>>();

  /** @param offsetMs how far this machine's wall clock is ahead of true time. */
  constructor(timeline: Timeline, process: SimProcess, offsetMs: number) {
    this.#timeline = timeline;
    this.#process = process;
    this.#startedAtMs = timeline.nowMs;
    this.#offsetMs = offsetMs;
  }

  wallMs(): number {
    return Math.floor(SIM_EPOCH_MS + this.#timeline.nowMs + this.#offsetMs);
  }

  monotonicMs(): number {
    return this.#timeline.nowMs - this.#startedAtMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const sleepers = this.#sleepersOf(signal);
    return new Promise((resolve, reject) => {
      const timer = this.#process.schedule(ms, () => {
        sleepers.delete(wake);
        resolve();
      });
      const wake = (thrown: unknown) => {
        this.#process.cancel(timer);
        reject(thrown);
      };
      sleepers.add(wake);
    });
  }

  /** One listener per signal: one per sleep would pile up for as long as the node runs. */
  #sleepersOf(signal: AbortSignal): Set<(thrown: unknown) => void> {
    const known = this.#sleepers.get(signal);
    if (known !== undefined) return known;
    const sleepers = new Set<(thrown: unknown) => void>();
    this.#sleepers.set(signal, sleepers);
    signal.addEventListener("abort", () => {
      for (const wake of sleepers) wake(signal.reason);
      sleepers.clear();
    });
    return sleepers;
  }
}
