/** What is printed at the end: a table with a line for each fault, then what was wrong. Pure. */

import { describe } from "./history.mjs";
import { isTooLong } from "./verdict.mjs";

/** @typedef {import("./round.mjs").RoundResult} RoundResult */
/** @typedef {import("./history.mjs").History} History */

const VIOLATIONS_SHOWN = 5;
/** Of a key's writes and reads, the last ones. */
const OPERATIONS_SHOWN = 14;
const MEGABYTE = 1024 * 1024;

const COLUMNS = [
  "fault",
  "operations",
  "acknowledged",
  "refused",
  "unknown",
  "lost",
  "zombies",
  "invented",
  "stale r=1",
  "r>1",
  "longest gap ms",
  "down after s",
  "equal after s",
];

/** @param {readonly RoundResult[]} results */
export function tableOf(results) {
  const rows = [COLUMNS, ...results.map(rowOf)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return lines.join("\n");
}

/** @param {RoundResult} result */
function rowOf({ fault, counts, judgement, gap, downAfterMs, equalAfterMs }) {
  const { lost, zombies, invented, stale } = judgement;
  const { operations, acknowledged, refused, unknown } = counts;
  const numbers = [operations, acknowledged, refused, unknown];
  const staleAtOne = stale.filter(({ r }) => r === 1);
  const staleAtMore = stale.filter(({ r }) => r > 1);
  const lists = [lost, zombies, invented, staleAtOne, staleAtMore].map(({ length }) => length);
  return [
    fault,
    ...[...numbers, ...lists].map((number) => number.toLocaleString("en")),
    gap === null ? "-" : Math.round(gap.ms).toLocaleString("en"),
    secondsOf(downAfterMs, "-"),
    secondsOf(equalAfterMs, "never"),
  ];
}

/** @param {number | null} ms @param {string} none */
function secondsOf(ms, none) {
  if (ms === null) return none;
  return Number.isFinite(ms) ? (ms / 1_000).toFixed(1) : "never";
}

/** JSON has no word for what never came, and null says that it was not to be expected. */
export function jsonOf(/** @type {object} */ value) {
  const never = (/** @type {string} */ _name, /** @type {unknown} */ it) =>
    it === Number.POSITIVE_INFINITY ? "never" : it;
  return JSON.stringify(value, never, 2);
}

/** How the node that lost its disk got its records back. @param {RoundResult} result */
export function recoveryText({ fault, recovery }) {
  if (recovery === null) return "";
  const { records, readyMs, ms, perSecond, rssBytesBefore, rssBytesMax } = recovery;
  const memory = `rss ${megabytes(rssBytesBefore)} before, ${megabytes(rssBytesMax)} at most`;
  if (ms === null) return `${fault}: the wiped node never had its ${number(records)} records again`;
  const speed = `${secondsOf(ms, "")} s, ${number(perSecond ?? 0)} records/s`;
  const ready = `ready after ${secondsOf(readyMs, "never")} s`;
  return `${fault}: ${number(records)} records back in ${speed}; ${ready}; ${memory}`;
}

/**
 * The first violations, each with what happened to its key.
 *
 * @param {History} history
 * @param {import("./judge.mjs").Judgement} judgement
 */
export function storiesOf(history, { lost, zombies, invented }) {
  const named = [
    ...lost.map((violation) => ({ ...violation, as: "lost" })),
    ...zombies.map((violation) => ({ ...violation, as: "zombie" })),
    ...invented.map((violation) => ({ ...violation, as: "invented" })),
  ];
  // One story for each key: every node that reads it wrong would tell the same.
  const first = named.filter(({ key }, index) => named.findIndex((it) => it.key === key) === index);
  return first.slice(0, VIOLATIONS_SHOWN).map(({ as, key, message }) => {
    const own = [...history.writes, ...history.reads, ...history.finalReads]
      .filter((operation) => operation.key === key)
      .toSorted((a, b) => a.beginMs - b.beginMs)
      .slice(-OPERATIONS_SHOWN);
    return [`${as}: ${message}`, ...own.map((operation) => `  ${describe(operation)}`)].join("\n");
  });
}

/** What a client tried that got nothing done for too long. @param {RoundResult} result */
export function gapStoryOf({ gap }) {
  if (gap === null || !isTooLong(gap)) return [];
  const head = `${gap.client} at ${gap.node}, ${gap.during}:`;
  return [[head, ...gap.meanwhile.map((line) => `  ${line}`)].join("\n")];
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / MEGABYTE).toFixed(0)} MiB`;
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString("en");
}
