/** Waits until every debt is paid, then compares every record with what a node gives back. */

import { setTimeout as wait } from "node:timers/promises";
import { DemoFailure } from "./failure.mjs";
import { forEachOf, untilAnswered } from "./pool.mjs";

/** Each question makes every node look through its digests: not too often beside a load. */
const POLL_MS = 250;
const SETTLE_DEADLINE_MS = 300_000;

/** @typedef {import("./node-client.mjs").NodeClient} NodeClient */
/**
 * @typedef {object} Comparison
 * @property {string[]} lost
 * @property {string[]} different
 * @property {number} retried
 * @property {number} elapsedMs
 */

/**
 * Resolves when every node is ready and none holds records of others any more, with how long that
 * took since the call.
 *
 * @param {ReadonlyMap<string, NodeClient>} clients
 * @param {AbortSignal} signal
 */
export async function untilHandedOff(clients, signal) {
  const begin = performance.now();
  for (;;) {
    const problems = await Promise.all(
      [...clients].map(([name, client]) => problemOf(name, client)),
    );
    const open = problems.filter(Boolean);
    const elapsedMs = performance.now() - begin;
    if (open.length === 0) return { elapsedMs };
    if (elapsedMs > SETTLE_DEADLINE_MS)
      throw new DemoFailure(`the cluster has not settled: ${open.join("; ")}`);
    await wait(POLL_MS, undefined, { signal });
  }
}

/** @param {string} name @param {NodeClient} client @returns {Promise<string>} */
async function problemOf(name, client) {
  if (!(await client.isReady())) return `${name} is not ready`;
  const status = await client.status();
  if (status === null) return `${name} does not tell its status`;
  return status.foreignRecords > 0 ? `${name} holds ${status.foreignRecords} foreign records` : "";
}

/**
 * @param {import("./records.mjs").DemoRecord[]} records
 * @param {{client: NodeClient, inFlight: number, onRecord: () => void}} how
 * @returns {Promise<Comparison>}
 */
export async function compare(records, { client, inFlight, onRecord }) {
  const lost = /** @type {string[]} */ ([]);
  const different = /** @type {string[]} */ ([]);
  let retried = 0;
  const begin = performance.now();
  await forEachOf(records, inFlight, async ({ key, value }) => {
    const answer = await untilAnswered(
      () => client.get(key),
      () => retried++,
    );
    onRecord();
    // What cannot be read at all after a minute of asking is as good as lost.
    if (answer.status !== 200) lost.push(key);
    else if (!answer.body.equals(value)) different.push(key);
  });
  return { lost, different, retried, elapsedMs: performance.now() - begin };
}
