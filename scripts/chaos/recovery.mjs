/**
 * Fills a cluster beforehand, and says how fast a node that has lost its disk got its records back
 * and how much memory that took.
 */

import { setTimeout as wait } from "node:timers/promises";
import { forEachOf } from "../demo/pool.mjs";
import { pathOf } from "./client.mjs";
import { ChaosFailure } from "./failure.mjs";
import { meaningOfWrite } from "./history.mjs";

const IN_FLIGHT = 64;
const TIMEOUT_MS = 10_000;
const VALUE_BYTES = 100;
/** A machine that has other work may be late with some of very many writes; the same ones again. */
const ATTEMPTS_MAX = 20;
const PAUSE_MS = 250;
/** Deletions may be purged and keys change hands meanwhile; a whole node has nearly as many. */
const WHOLE_SHARE = 0.999;

/** @typedef {import("./history.mjs").Operation} Operation */
/** @typedef {import("./watch.mjs").Sample} Sample */

/**
 * Writes `count` records of 100 bytes, through all nodes in turn.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @param {number} count
 * @param {AbortSignal} signal
 */
export async function preload(stage, count, signal) {
  const { nodes } = stage;
  /** @type {Operation[]} */
  const writes = [];
  const numbers = Array.from({ length: count }, (_, number) => number);
  await forEachOf(numbers, IN_FLIGHT, async (number) => {
    signal.throwIfAborted();
    const key = `preload/${number}`;
    const node = /** @type {string} */ (nodes[number % nodes.length]);
    const value = `preload ${number} `.padEnd(VALUE_BYTES, ".");
    for (let attempt = 1; ; attempt++) {
      const beginMs = performance.now();
      const asking = { value, timeoutMs: TIMEOUT_MS };
      const answer = await stage.door(node).ask("PUT", pathOf(key), asking);
      const endMs = performance.now();
      const meaning = meaningOfWrite(answer);
      const kind = /** @type {const} */ ("put");
      writes.push({ kind, client: "preload", node, key, value, r: 0, beginMs, endMs, ...meaning });
      if (meaning.outcome === "ok") return;
      if (attempt === ATTEMPTS_MAX)
        throw new ChaosFailure(
          `a calm cluster did not take ${key}: ${meaning.said} ${answer.body}`,
        );
      await wait(PAUSE_MS, undefined, { signal });
    }
  });
  return writes;
}

/**
 * @typedef {object} Recovery
 * @property {number} records that the node had before
 * @property {number | null} readyMs from its start until it and all others were ready; null: never
 * @property {number | null} ms until it also had them again; null: it never did
 * @property {number | null} perSecond
 * @property {number} rssBytesBefore
 * @property {number} rssBytesMax from its start until it was whole
 */

/**
 * @param {readonly Sample[]} samples
 * @param {import("./incidents.mjs").Incident} incident
 * @returns {Recovery | null} null: the node was not seen before it was struck
 */
export function recoveryOf(samples, { victims, beganMs, healedMs, wholeMs }) {
  const own = samples.filter(({ node }) => victims.includes(node));
  const before = own.findLast(({ atMs }) => atMs < beganMs);
  if (before === undefined) return null;
  const { records } = before;
  const after = own.filter(({ atMs }) => atMs > healedMs);
  const full = after.find((sample) => sample.records >= WHOLE_SHARE * records);
  // Ready only when whole, where the node says so itself; else by the count alone.
  const readyMs = wholeMs ?? Number.POSITIVE_INFINITY;
  const endMs = full === undefined ? Number.POSITIVE_INFINITY : Math.max(full.atMs, readyMs);
  const ms = Number.isFinite(endMs) ? endMs - healedMs : null;
  const meanwhile = after.filter(({ atMs }) => atMs <= endMs).map(({ rssBytes }) => rssBytes);
  return {
    records,
    readyMs: wholeMs === null ? null : wholeMs - healedMs,
    ms,
    perSecond: ms === null ? null : Math.round((1_000 * records) / ms),
    rssBytesBefore: before.rssBytes,
    rssBytesMax: Math.max(0, ...meanwhile),
  };
}
