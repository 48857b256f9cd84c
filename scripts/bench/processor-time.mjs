/**
 * What processes have cost, as Linux counts it: time on a processor, and memory. Elsewhere there is
 * no such file, and nothing is said.
 */

import { readFileSync } from "node:fs";

/** Linux counts in hundredths of a second on every platform that Node.js runs on. */
const TICK_MS = 10;

/** @typedef {Readonly<Record<string, readonly number[]>>} ProcessIds by what they are: `node` */

/**
 * @param {ProcessIds} processes
 * @returns {Record<string, number>} milliseconds on a processor since each started, in sum
 */
export function processorMs(processes) {
  return sums(processes, (pid) => ticksIn(textOf(`/proc/${pid}/stat`)) * TICK_MS);
}

/** @param {ProcessIds} processes @returns {Record<string, number>} resident memory, in sum */
export function residentBytes(processes) {
  return sums(processes, (pid) => residentBytesIn(textOf(`/proc/${pid}/status`)));
}

/** User and system time, of all threads. @param {string} stat */
export function ticksIn(stat) {
  // The second field is a name in brackets, which may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** @param {string} status */
export function residentBytesIn(status) {
  return 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
}

/** @param {ProcessIds} processes @param {(pid: number) => number} measureOf */
function sums(processes, measureOf) {
  const rows = Object.entries(processes).map(([kind, pids]) => [
    kind,
    pids.map(measureOf).reduce((a, b) => a + b, 0),
  ]);
  return /** @type {Record<string, number>} */ (Object.fromEntries(rows));
}

/** @param {string} file */
function textOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
