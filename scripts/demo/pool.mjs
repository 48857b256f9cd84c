/** Many requests, few at a time, each repeated until it is answered. */

import { setTimeout as wait } from "node:timers/promises";

const FIRST_PAUSE_MS = 50;
const PAUSE_MS_MAX = 1_000;
/** A cluster with one node away answers again within seconds; a minute means that it will not. */
const GIVE_UP_AFTER_MS = 60_000;

/**
 * @template T
 * @param {readonly T[]} items
 * @param {number} inFlight
 * @param {(item: T, index: number) => Promise<void>} handle
 */
export async function forEachOf(items, inFlight, handle) {
  const entries = items.entries(); // Shared: every worker takes the next one.
  const work = async () => {
    for (const [index, item] of entries) await handle(item, index);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
}

/**
 * Asks until the answer is final: 2xx, or a 4xx other than "too many". A 5xx or no answer may mean
 * that it was done or not; doing it again does no harm, since the same bytes are written.
 *
 * @param {() => Promise<import("./node-client.mjs").Answer>} ask
 * @param {(answer: import("./node-client.mjs").Answer) => void} onRetry
 */
export async function untilAnswered(ask, onRetry) {
  const start = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    const answer = await ask();
    const isFinal = answer.status >= 200 && answer.status < 500 && answer.status !== 429;
    if (isFinal || performance.now() - start > GIVE_UP_AFTER_MS) return answer;
    onRetry(answer);
    await wait(pauseMs);
  }
}
