/**
 * Judges the time: how long a client of a node that was left alone got nothing done, how soon the
 * victim was missed, how much was done while all was calm, and whether the fault was felt at all.
 *
 * Pure: everything was measured by others, on one monotonic clock in milliseconds.
 */

import { describe } from "./history.mjs";

/** @typedef {import("./history.mjs").Operation} Operation */
/** @typedef {import("./incidents.mjs").Incident} Incident */
/** @typedef {import("./watch.mjs").Sighting} Sighting */

/** Somebody who is back after less than this need not have been called down. */
const JUDGED_FROM_MS = 6_000;
/** An answer that was on its way when the fault was lifted still tells of it. */
const AFTERMATH_MS = 1_000;

/**
 * @typedef {object} Gap
 * @property {number} ms
 * @property {string} client
 * @property {string} node
 * @property {number} fromMs
 * @property {string} during which incident, and since when it lasted
 * @property {readonly string[]} meanwhile what the client tried, and what ended the gap
 */

const ATTEMPTS_SHOWN = 8;

/**
 * The longest time between two successes of one client, from each fault until the next one. Only of
 * clients that stay at a node which the fault does not strike; null: there is none.
 *
 * @param {readonly Operation[]} operations in the order in which they ended
 * @param {ReadonlyMap<string, string | null>} homes
 * @param {{incidents: readonly Incident[], endMs: number}} round
 * @returns {Gap | null}
 */
export function longestGap(operations, homes, { incidents, endMs }) {
  const windows = incidents.map((incident, index) => {
    const { victims, beganMs } = incident;
    return { incident, victims, fromMs: beganMs, toMs: incidents[index + 1]?.beganMs ?? endMs };
  });
  const successes = operations.filter(({ outcome }) => outcome === "ok");
  const gaps = [...homes].flatMap(([client, node]) => {
    if (node === null) return [];
    const atMs = successes.filter((it) => it.client === client).map((it) => it.endMs);
    const ofOthers = windows.filter(({ victims }) => !victims.includes(node));
    return ofOthers.flatMap((window) =>
      gapsIn(atMs, window).map((gap) => ({ ...gap, client, node, incident: window.incident })),
    );
  });
  const [longest] = gaps.toSorted((a, b) => b.ms - a.ms);
  if (longest === undefined) return null;
  const { incident, ...gap } = longest;
  return { ...gap, during: placeOf(gap, incident), meanwhile: attemptsIn(operations, gap) };
}

/** @param {{fromMs: number}} gap @param {Incident} incident */
function placeOf({ fromMs }, { victims, what, beganMs, healedMs }) {
  const seconds = (/** @type {number} */ ms) => (ms / 1_000).toFixed(1);
  const lasted = `${victims.join(", ")}: ${what}, for ${seconds(healedMs - beganMs)} s`;
  return `${lasted}; the gap began ${seconds(fromMs - beganMs)} s after it`;
}

/**
 * @param {readonly Operation[]} operations
 * @param {{client: string, fromMs: number, ms: number}} gap
 */
function attemptsIn(operations, { client, fromMs, ms }) {
  return operations
    .filter((it) => it.client === client && it.endMs > fromMs && it.endMs <= fromMs + ms)
    .slice(-ATTEMPTS_SHOWN)
    .map(describe);
}

/**
 * The last success before the window opens its first gap; the window's end closes the last one.
 *
 * @param {readonly number[]} successesMs
 * @param {{fromMs: number, toMs: number}} window
 */
function gapsIn(successesMs, { fromMs, toMs }) {
  const before = successesMs.findLast((atMs) => atMs <= fromMs) ?? fromMs;
  const inside = successesMs.filter((atMs) => atMs > fromMs && atMs < toMs);
  const points = [before, ...inside, toMs];
  return points.slice(1).map((atMs, index) => {
    const sinceMs = points[index] ?? atMs;
    return { ms: atMs - sinceMs, fromMs: sinceMs };
  });
}

/**
 * How long it took until every other node saw the victim as down, at worst. Infinity: one never
 * did. Null: no fault lasted long enough to tell.
 *
 * @param {readonly Incident[]} incidents
 * @param {readonly Sighting[]} sightings
 * @param {readonly string[]} nodes
 * @returns {number | null}
 */
export function longestUnnoticed(incidents, sightings, nodes) {
  const judged = incidents.filter(({ beganMs, healedMs }) => healedMs - beganMs >= JUDGED_FROM_MS);
  const times = judged.flatMap(({ victims, beganMs, healedMs }) => {
    const others = nodes.filter((node) => !victims.includes(node));
    return others.flatMap((by) =>
      victims.map((node) => {
        const seen = sightings.find(
          (sighting) =>
            sighting.by === by &&
            sighting.node === node &&
            sighting.state === "down" &&
            sighting.atMs >= beganMs &&
            sighting.atMs <= healedMs + AFTERMATH_MS,
        );
        return seen === undefined ? Number.POSITIVE_INFINITY : seen.atMs - beganMs;
      }),
    );
  });
  return times.length === 0 ? null : Math.max(...times);
}

/**
 * Acknowledged writes per second while nothing was broken: before the first fault, and between
 * the healing of each and the next one.
 *
 * @param {readonly Operation[]} writes
 * @param {{incidents: readonly Incident[], startMs: number, endMs: number}} round
 */
export function calmWriteRate(writes, { incidents, startMs, endMs }) {
  /** @type {{fromMs: number, toMs: number}[]} */
  const calm = [];
  let fromMs = startMs;
  for (const { beganMs, wholeMs } of incidents) {
    calm.push({ fromMs, toMs: beganMs });
    fromMs = wholeMs ?? endMs;
  }
  calm.push({ fromMs, toMs: endMs });
  const totalMs = calm.reduce((sum, window) => sum + Math.max(0, window.toMs - window.fromMs), 0);
  const acknowledged = writes.filter(
    ({ outcome, endMs: atMs }) =>
      outcome === "ok" && calm.some((window) => atMs >= window.fromMs && atMs < window.toMs),
  );
  return totalMs === 0 ? 0 : (1_000 * acknowledged.length) / totalMs;
}

/**
 * Faults of which neither a client of the victim nor another node noticed anything: they prove
 * nothing.
 *
 * @param {readonly Incident[]} incidents
 * @param {readonly Operation[]} operations
 * @param {readonly Sighting[]} sightings
 */
export function unnoticed(incidents, operations, sightings) {
  return incidents.filter(({ victims, beganMs, healedMs }) => {
    const isMeanwhile = (/** @type {number} */ atMs) =>
      atMs >= beganMs && atMs <= healedMs + AFTERMATH_MS;
    const failed = operations.some(
      ({ node, outcome, endMs }) =>
        outcome !== "ok" && victims.includes(node) && isMeanwhile(endMs),
    );
    const missed = sightings.some(
      ({ by, node, state, atMs }) =>
        state !== "up" && victims.includes(node) && !victims.includes(by) && isMeanwhile(atMs),
    );
    return !failed && !missed;
  });
}

/** The connection was there, the request was sent, and then neither: nobody knows what it did. */
const CUT_OFF = ["ECONNRESET", "EPIPE", "ABORTED"];

/**
 * How many requests were cut off while a fault lasted. A node that leaves as it should refuses what
 * it does not do, and cuts nothing off.
 *
 * @param {readonly Operation[]} operations
 * @param {readonly Incident[]} incidents
 */
export function resetsIn(operations, incidents) {
  const isDuring = (/** @type {number} */ atMs) =>
    incidents.some(({ beganMs, healedMs }) => atMs >= beganMs && atMs <= healedMs);
  return operations.filter(({ said, endMs }) => CUT_OFF.includes(said) && isDuring(endMs)).length;
}
