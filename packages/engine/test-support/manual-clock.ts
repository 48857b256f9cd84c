/**
 * Time that moves only when a test says so. Its two clocks are apart, so that a test can set the
 * wall clock back; it can also stop the whole process for a while, which timers notice late.
 */

import type { Clock } from "../src/ports/clock.js";

interface Timer {
  readonly dueMs: number;
  readonly fire: () => void;
}

export class ManualClock implements Clock {
  /** Wall time at monotonic zero; a test changes it to make the wall clock jump. */
  epochMs = 1_700_000_000_000;
  #elapsedMs = 0;
  #timers: Timer[] = [];

  wallMs(): number {
    return this.epochMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = { dueMs: this.#elapsedMs + ms, fire: resolve };
      this.#timers = [...this.#timers, timer].toSorted((a, b) => a.dueMs - b.dueMs);
      signal.addEventListener("abort", () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        reject(signal.reason);
      });
    });
  }

  /** Moves time forward, letting everything run that becomes ready on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    await settle();
    for (;;) {
      const next = this.#timers[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#timers.shift();
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.fire();
      await settle();
    }
    this.#elapsedMs = endMs;
  }

  /** The process stands still: time passes, and nothing runs until the next `advance`. */
  freeze(ms: number): void {
    this.#elapsedMs += ms;
  }
}

/** Lets every promise that can make progress do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
