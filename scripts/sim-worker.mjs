/**
 * One process of a simulation: runs a range of seeds on the built code, perhaps with a bug planted
 * in it, and reports to the process that forked it.
 *
 * Arguments: one JSON object, see `WorkerTask`.
 */

import { register } from "node:module";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { plantedBug } from "../tests/simulation/planted-bugs.mjs";

/**
 * @typedef {object} WorkerTask
 * @property {number} from
 * @property {number} seeds
 * @property {import("@ringkv/testing").Mix} mix
 * @property {string | null} plant name of a planted bug
 *
 * @typedef {{kind: "progress", tally: import("@ringkv/testing").Tally}
 *   | {kind: "result", result: import("@ringkv/testing").CampaignResult}} WorkerMessage
 */

/** @param {WorkerMessage} message */
const tell = (message) => void process.send?.(message);

const task = /** @type {WorkerTask} */ (JSON.parse(process.argv[2] ?? "{}"));
const { from, seeds, mix, plant } = task;
const bug = plant === null ? null : plantedBug(plant);
if (bug !== null) {
  register("../tests/simulation/plant-hooks.mjs", import.meta.url, { data: bug.patches });
}
// Errors are an everyday answer here, and nobody reads where they were made.
Error.stackTraceLimit = 0;

const { runCampaign } = await import("@ringkv/testing");
const result = await runCampaign({
  from,
  seeds,
  mix,
  only: bug === null ? null : [bug.caughtBy],
  onProgress: async (tally) => {
    tell({ kind: "progress", tally });
    await turnOfTheLoop(); // Else nothing is sent before the end.
  },
});
tell({ kind: "result", result });
process.disconnect?.();
