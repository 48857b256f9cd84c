/** Tries targets one after the other, each in several lanes, and gathers what was found. */

import fc from "fast-check";

/** So many connections try a target at once: a node serves them side by side. */
const LANES = 16;
const COUNTEREXAMPLE_LENGTH_MAX = 2_000;

/** @typedef {import("./target.mjs").Target} Target */

/**
 * @typedef {object} Found
 * @property {string} target
 * @property {string} what
 * @property {number | null} seed null: not of one input
 * @property {string} input the smallest that shows it
 */

/**
 * @typedef {object} Result
 * @property {string} target
 * @property {"socket" | "in process"} where
 * @property {number} inputs
 * @property {number} seconds
 * @property {number} slowestMs
 * @property {readonly Found[]} found
 */

/**
 * @typedef {object} Play
 * @property {Target} target
 * @property {number} inputs
 * @property {number} seed
 * @property {import("./stage.mjs").Stage | null} stage
 * @property {AbortSignal} signal
 */

/** @param {Play} play @returns {Promise<Result>} */
export async function playTarget({ target, inputs, seed, stage, signal }) {
  const startedAt = performance.now();
  const lanes = target.where === "socket" ? Math.min(target.lanes ?? LANES, inputs) : 1;
  const each = Array.from({ length: lanes }, (_, lane) => {
    const count = Math.floor(inputs / lanes) + (lane < inputs % lanes ? 1 : 0);
    return runLane({ target, inputs: count, seed: seed + lane, stage, signal });
  });
  const results = await Promise.all(each);
  const found = results.flatMap((lane) => lane.found);
  for (const what of (await stage?.problems()) ?? [])
    found.push({ target: target.name, what, seed: null, input: "" });
  return {
    target: target.name,
    where: target.where,
    inputs: results.reduce((sum, lane) => sum + lane.tried, 0),
    seconds: (performance.now() - startedAt) / 1_000,
    slowestMs: Math.max(...results.map((lane) => lane.slowestMs)),
    found,
  };
}

/** @param {Play} play */
async function runLane({ target, inputs, seed, stage, signal }) {
  const ground = /** @type {import("./target.mjs").Ground} */ (stage?.ground);
  const trial = await target.open(ground);
  let [tried, slowestMs] = [0, 0];
  const property = fc.asyncProperty(trial.arbitrary, async (input) => {
    if (signal.aborted) return;
    const startedAt = performance.now();
    const complaint = await trial.tryOut(input);
    tried++;
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    if (complaint !== "") throw new Error(complaint);
  });
  try {
    const details = await fc.check(property, { numRuns: inputs, seed });
    return { tried, slowestMs, found: details.failed ? [findingOf(target, details)] : [] };
  } finally {
    trial.close();
  }
}

/**
 * @param {Target} target
 * @param {import("fast-check").RunDetails<[any]>} details
 * @returns {Found}
 */
function findingOf({ name }, { seed, counterexample, errorInstance }) {
  const [input] = counterexample ?? [];
  return {
    target: name,
    what: /** @type {Error} */ (errorInstance).message,
    seed,
    input: textOf(input).slice(0, COUNTEREXAMPLE_LENGTH_MAX),
  };
}

/** Bytes as somebody can read them and put them back. @param {unknown} input @returns {string} */
function textOf(input) {
  const asText = (/** @type {string} */ _name, /** @type {unknown} */ value) => {
    const isBytes = typeof value === "object" && value !== null && "type" in value;
    return isBytes && "data" in value
      ? Buffer.from(/** @type {number[]} */ (value.data)).toString("latin1")
      : value;
  };
  return JSON.stringify(input, asText) ?? "";
}

/** How many inputs each target gets. @param {readonly Target[]} targets @param {number} inputs */
export function sharesOf(targets, inputs) {
  const all = targets.reduce((sum, { share }) => sum + share, 0);
  return targets.map(({ share }) => Math.max(1, Math.round((inputs * share) / all)));
}
