/** What a fault does again and again while it lasts, one time after the other. */

import { setTimeout as wait } from "node:timers/promises";

export class Repeating {
  /** @type {AbortController | null} */
  #stopping = null;
  /** @type {Promise<void>} */
  #running = Promise.resolve();

  /** @param {number} everyMs @param {() => unknown} act may take its time; must not reject */
  start(everyMs, act) {
    this.#stopping?.abort();
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#running = this.#run(everyMs, { act, signal: stopping.signal });
  }

  /** Resolves when the last time is over. */
  async stop() {
    this.#stopping?.abort();
    await this.#running;
  }

  /** @param {number} everyMs @param {{act: () => unknown, signal: AbortSignal}} what */
  async #run(everyMs, { act, signal }) {
    while (!signal.aborted) {
      await act();
      await wait(everyMs, undefined, { signal }).catch(() => {});
    }
  }
}
