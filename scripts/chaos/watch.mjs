/**
 * Asks every node five times a second how it sees the others, and keeps what changed: when a
 * victim was missed, by whom, and how much memory and how many records each node had.
 */

import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 200;
/** One that is stopped or hangs is asked again soon. */
const TIMEOUT_MS = 500;

/** @typedef {{by: string, node: string, state: string, atMs: number}} Sighting */
/** @typedef {{node: string, atMs: number, records: number, rssBytes: number}} Sample */

/**
 * @typedef {object} Status the part of `/status` that is looked at
 * @property {{node: string, state: string}[]} members
 * @property {number} records
 * @property {{rssBytes: number}} memory
 */

export class Watch {
  /** @type {Sighting[]} changes only */
  sightings = [];
  /** @type {Sample[]} */
  samples = [];
  #stage;
  #stopping = new AbortController();
  /** @type {Promise<unknown>} */
  #running;

  /** @param {import("./stage.mjs").Stage} stage */
  constructor(stage) {
    this.#stage = stage;
    this.#running = Promise.all(stage.nodes.map((node) => this.#follow(node)));
    this.#running.catch(() => {}); // Whoever stops it hears of it.
  }

  async stop() {
    this.#stopping.abort();
    await this.#running;
  }

  /** What it said last; null: it has not been asked yet. @param {string} node */
  lastSample(node) {
    return this.samples.findLast((sample) => sample.node === node) ?? null;
  }

  /** @param {string} by */
  async #follow(by) {
    /** @type {Map<string, string>} */
    const seen = new Map();
    while (!this.#stopping.signal.aborted) {
      const beganMs = performance.now();
      const status = /** @type {Status | null} */ (
        await this.#stage.door(by).json("/status", TIMEOUT_MS)
      );
      const atMs = performance.now();
      if (status !== null) {
        const { members, records, memory } = status;
        this.samples.push({ node: by, atMs, records, rssBytes: memory.rssBytes });
        for (const { node, state } of members) {
          if (seen.get(node) === state) continue;
          seen.set(node, state);
          this.sightings.push({ by, node, state, atMs });
        }
      }
      await wait(Math.max(0, POLL_MS - (atMs - beganMs)));
    }
  }
}
