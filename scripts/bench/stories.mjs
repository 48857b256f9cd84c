/**
 * The stories of the benchmark: each plays one thing out on a cluster of its own and comes back
 * with a few figures and, sometimes, a picture.
 */

import { measureFailover } from "./failover.mjs";
import { measureHandoff } from "./handoff-time.mjs";
import { measureIdle } from "./idle.mjs";
import { measureRecordCost } from "./record-cost.mjs";
import { measureRecovery } from "./recovery-time.mjs";
import { measureSnapshot } from "./snapshot-time.mjs";
import { measureStart } from "./start-time.mjs";

/**
 * @typedef {object} Figure
 * @property {string} name as the JSON has it, its unit last
 * @property {string} what as people read it
 * @property {number} value
 * @property {string} unit
 */

/**
 * @typedef {object} Series a picture
 * @property {string} name of its file
 * @property {string} title
 * @property {string} across
 * @property {string} up
 * @property {readonly {name: string, points: readonly (readonly [number, number])[]}[]} lines
 * @property {readonly {at: number, what: string}[]} marks
 */

/** @typedef {{figures: readonly Figure[], series: readonly Series[]}} Story */

/**
 * @typedef {object} StoryOptions
 * @property {number} seconds
 * @property {number} records
 * @property {AbortSignal} signal
 * @property {(text: string) => void} note
 */

/** @typedef {(options: StoryOptions) => Promise<Story>} Teller */

/** @type {Readonly<Record<import("./section-names.mjs").StoryName, Teller>>} */
export const STORIES = {
  snapshot: measureSnapshot,
  recovery: measureRecovery,
  handoff: measureHandoff,
  start: measureStart,
  failover: measureFailover,
  idle: measureIdle,
  "record-cost": measureRecordCost,
};
