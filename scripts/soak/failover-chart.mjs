/** One node killed under load, second by second: what who got done. The points are pure. */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lineChart } from "../bench/charts.mjs";

const BEFORE_SECONDS = 5;
const AFTER_SECONDS = 5;

/** @typedef {{name: string, points: (readonly [number, number])[]}} Line */
/** @typedef {{lines: Line[], marks: {at: number, what: string}[]}} Failover */

/**
 * @param {readonly import("../chaos/history.mjs").Operation[]} operations
 * @param {ReadonlyMap<string, string | null>} homes
 * @param {{incident: import("../chaos/incidents.mjs").Incident, startMs: number}} when
 * @returns {Failover}
 */
export function failoverOf(operations, homes, { incident, startMs }) {
  const { victims, beganMs, healedMs, wholeMs } = incident;
  const fromMs = Math.max(startMs, beganMs - 1_000 * BEFORE_SECONDS);
  const toMs = (wholeMs ?? healedMs) + 1_000 * AFTER_SECONDS;
  const isVictims = (/** @type {string | null | undefined} */ home) => victims.includes(home ?? "");
  const groups = /** @type {const} */ ([
    ["others", (/** @type {string} */ it) => !isVictims(homes.get(it)) && homes.get(it) !== null],
    ["victim's", (/** @type {string} */ it) => isVictims(homes.get(it))],
    ["anybody's", (/** @type {string} */ it) => homes.get(it) === null],
  ]);
  const done = operations.filter(({ outcome }) => outcome === "ok");
  const at = (/** @type {number} */ ms) => (ms - fromMs) / 1_000;
  return {
    lines: groups.map(([name, belongs]) => {
      const own = done.filter(({ client }) => belongs(client));
      return { name, points: perSecond(own, { fromMs, toMs }) };
    }),
    marks: [
      { at: at(beganMs), what: "kill -9" },
      { at: at(healedMs), what: "started" },
      ...(wholeMs === null ? [] : [{ at: at(wholeMs), what: "all up" }]),
    ],
  };
}

/**
 * @param {readonly {endMs: number}[]} operations
 * @param {{fromMs: number, toMs: number}} window
 */
function perSecond(operations, { fromMs, toMs }) {
  const seconds = Math.floor((toMs - fromMs) / 1_000);
  return Array.from({ length: seconds }, (_, second) => {
    const beginMs = fromMs + 1_000 * second;
    const inside = operations.filter(({ endMs }) => endMs >= beginMs && endMs < beginMs + 1_000);
    return /** @type {const} */ ([second, inside.length]);
  });
}

/** @param {string} file @param {Failover} failover */
export function drawFailover(file, { lines, marks }) {
  mkdirSync(path.dirname(file), { recursive: true });
  const title = "One node killed: operations done in each second, by whose clients";
  writeFileSync(file, lineChart({ title, across: "seconds", up: "ops/s", lines, marks }));
}
