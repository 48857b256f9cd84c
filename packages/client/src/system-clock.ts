/** The only file of the client that reads a clock or waits. It decides nothing. */

import { setTimeout as wait } from "node:timers/promises";

export interface Clock {
  /** Milliseconds since an arbitrary start. Never goes back. */
  monotonicMs(): number;
  /** Rejects when the signal is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
};
