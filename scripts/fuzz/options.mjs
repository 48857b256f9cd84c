/** The command line of `npm run fuzz`. Pure: what is wrong is returned, for somebody to print. */

import { parseArgs } from "node:util";
import { TARGETS } from "./targets.mjs";

/**
 * @typedef {object} Options
 * @property {readonly import("./target.mjs").Target[]} targets
 * @property {number} inputs of all targets together
 * @property {number} seed
 * @property {boolean} json
 */

/** @typedef {{options: Options} | {problem: string} | {help: true}} Parsed */

const INPUTS = { least: 1_000, most: 100_000_000, otherwise: 1_000_000 };
const SEED_MAX = 0x7fff_ffff;

export const USAGE = `npm run fuzz -- [options]
  --only <a,b>    of these; all of them unless given
${TARGETS.map(({ name, what, where }) => `    ${name.padEnd(16)} ${what} (${where})`).join("\n")}
  --inputs <n>    of all targets together (${INPUTS.otherwise.toLocaleString("en")})
  --seed <n>      what is tried; printed, to do it again
  --json          one JSON document on standard output instead of the table
Exit codes: 0 nothing found; 1 something found, with its seed and the smallest input; 2 usage.`;

/** @param {readonly string[]} argv @param {() => number} anySeed @returns {Parsed} */
export function parseOptions(argv, anySeed) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: "string" },
        inputs: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { help: true };
    return {
      options: {
        targets: targetsIn(values.only),
        inputs: whole("inputs", values.inputs ?? String(INPUTS.otherwise), INPUTS),
        seed: whole("seed", values.seed ?? String(anySeed()), { least: 0, most: SEED_MAX }),
        json: values.json,
      },
    };
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** @param {string | undefined} text */
function targetsIn(text) {
  if (text === undefined) return TARGETS;
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !TARGETS.some((known) => known.name === name));
  if (unknown.length > 0) throw new RangeError(`--only: there is no "${unknown.join('", "')}"`);
  return TARGETS.filter(({ name }) => names.includes(name));
}

/** @param {string} name @param {string} text @param {{least: number, most: number}} limits */
function whole(name, text, { least, most }) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
