/**
 * Answers that their clients do not read. What the network does not take stays in this process, so
 * each has a time to be read in that grows with its size, and all together have a size: above it
 * the one that has waited longest is given up. Its connection is closed, which a client sees as a
 * broken answer; the request itself has been carried out.
 */

import type { ServerResponse } from "node:http";

export interface UnreadLimits {
  /** Of all answers together. */
  readonly bytesMax: number;
  /** For any answer, and on top of that what its bytes take at the slowest pace. */
  readonly patienceMs: number;
  readonly bytesPerSecondMin: number;
}

/** Up to this size they are bounded by the number of connections. */
const SMALL_BYTES = 16 * 1_024;

interface Unread {
  readonly bytes: number;
  readonly timer: NodeJS.Timeout;
}

export class UnreadAnswers {
  readonly #limits: UnreadLimits;
  /** Oldest first. */
  readonly #unread = new Map<ServerResponse, Unread>();
  #bytes = 0;

  constructor(limits: UnreadLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** To be called when something was written; does nothing when it is on its way. */
  watch(response: ServerResponse): void {
    const bytes = response.writableLength;
    if (bytes <= SMALL_BYTES || this.#unread.has(response) || response.destroyed) return;
    const { bytesMax, patienceMs, bytesPerSecondMin } = this.#limits;
    const dueMs = patienceMs + (bytes / bytesPerSecondMin) * 1_000;
    const timer = setTimeout(() => this.#giveUp(response), dueMs).unref();
    this.#unread.set(response, { bytes, timer });
    this.#bytes += bytes;
    response.once("drain", () => this.#forget(response));
    response.once("close", () => this.#forget(response));
    // One alone may exceed the limit: then its time is what bounds it.
    for (const oldest of this.#unread.keys()) {
      if (this.#bytes <= bytesMax || oldest === response) return;
      this.#giveUp(oldest);
    }
  }

  #giveUp(response: ServerResponse): void {
    this.#forget(response);
    response.req.socket.destroy();
  }

  #forget(response: ServerResponse): void {
    const unread = this.#unread.get(response);
    if (unread === undefined) return;
    clearTimeout(unread.timer);
    this.#unread.delete(response);
    this.#bytes -= unread.bytes;
  }
}
