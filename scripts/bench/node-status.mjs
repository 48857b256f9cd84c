/** What a node says about itself, and waiting until it says something. */

import { setTimeout as wait } from "node:timers/promises";
import { BenchFailure } from "./failure.mjs";

const POLL_MS = 50;
const PATIENCE_MS = 300_000;

/**
 * @typedef {object} NodeStatus as far as it is looked at here
 * @property {number} records
 * @property {number} foreignRecords
 * @property {{owned: number, foreign: number, differing: number}} partitions
 * @property {readonly {node: string, state: string}[]} members
 */

/** @param {string} url @returns {Promise<NodeStatus | null>} null: no answer, or none of use */
export async function statusOf(url) {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(5_000) });
    return response.ok ? /** @type {NodeStatus} */ (await response.json()) : null;
  } catch {
    return null;
  }
}

/** @param {string} url @returns {Promise<boolean>} */
export async function isReady(url) {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Resolves with the milliseconds that it took, within a twentieth of a second.
 *
 * @param {string} what for whoever waits in vain
 * @param {() => Promise<boolean>} holds
 * @param {AbortSignal} signal
 */
export async function msUntil(what, holds, signal) {
  const begin = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - begin;
    signal.throwIfAborted();
    if (performance.now() - begin > PATIENCE_MS)
      throw new BenchFailure(`after ${PATIENCE_MS / 1_000} s still not: ${what}`);
    await wait(POLL_MS);
  }
}

/**
 * Until everybody is up and nobody holds anything for others: a busy machine may have let a member
 * seem away for a moment, and what stood in for it would be counted as its own.
 *
 * @param {readonly string[]} urls
 * @param {AbortSignal} signal
 */
export function msUntilSettled(urls, signal) {
  const isSettled = async () => {
    const statuses = await Promise.all(urls.map(statusOf));
    return statuses.every(
      (it) => it?.foreignRecords === 0 && it.members.every(({ state }) => state === "up"),
    );
  };
  return msUntil("everybody is up and holds only what is its own", isSettled, signal);
}
