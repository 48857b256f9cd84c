/**
 * What a node does when nobody asks: tasks that come round, each on its own, until the node stops.
 *
 * A round that fails is logged and tried again by the next one; nothing depends on one round.
 */

import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";

export interface BackgroundDeps {
  readonly clock: Clock;
  readonly log: Log;
}

export class Background {
  readonly #deps: BackgroundDeps;
  readonly #stopped = new AbortController();
  readonly #running = new Map<Promise<void>, AbortController>();

  constructor(deps: BackgroundDeps) {
    this.#deps = deps;
  }

  /** Aborts when the node stops. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Work that ends by itself when the signal aborts, and never rejects. */
  run(work: (signal: AbortSignal) => Promise<void>): void {
    // A signal of its own: some platforms complain of many who wait for the same one.
    const own = new AbortController();
    if (this.signal.aborted) own.abort();
    const running = work(own.signal).finally(() => this.#running.delete(running));
    this.#running.set(running, own);
  }

  /** Runs `task` now and then once per interval. */
  every(intervalMs: number, task: () => Promise<void>): void {
    this.run(async (signal) => {
      while (!signal.aborted) {
        await this.quietly("background round failed", task());
        await this.#deps.clock.sleep(intervalMs, signal).catch(() => {});
      }
    });
  }

  /** Work whose failure somebody must see, and nobody waits for. Never rejects. */
  readonly quietly = async (message: string, work: Promise<unknown>): Promise<void> => {
    await work.catch((cause: unknown) => {
      if (!this.signal.aborted) this.#deps.log.warn({ err: cause }, message);
    });
  };

  /** Resolves when everything has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const own of this.#running.values()) own.abort();
    await Promise.all(this.#running.keys());
  }
}
