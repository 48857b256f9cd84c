/** The command line of `npm run bench`. Pure: what is wrong is returned, for somebody to print. */

import { parseArgs } from "node:util";
import { SECTION_NAMES } from "./section-names.mjs";

/** @typedef {import("./section-names.mjs").SectionName} SectionName */

/**
 * @typedef {object} Options
 * @property {readonly SectionName[]} sections
 * @property {number} seconds of load for each system, cell and round
 * @property {number} rounds
 * @property {number} records for what is measured on a filled cluster
 * @property {import("./load.mjs").Generator | null} generator null: the better one that is there
 * @property {boolean} profile
 * @property {string | null} charts a folder
 * @property {boolean} json
 */

/** @typedef {{options: Options} | {problem: string} | {help: true}} Parsed */

const LIMITS = /** @type {const} */ ({
  seconds: { least: 1, most: 600, otherwise: 4 },
  rounds: { least: 1, most: 99, otherwise: 3 },
  records: { least: 1_000, most: 10_000_000, otherwise: 100_000 },
});
const RECORDS_OF_ALL = 1_000_000;
/** Within three minutes, at four seconds: what the targets speak of. @type {SectionName[]} */
const USUAL = ["get", "put", "batch"];

export const USAGE = `npm run bench -- [options]
  --only <a,b>     of ${SECTION_NAMES.slice(0, 9).join(", ")},
                   ${SECTION_NAMES.slice(9).join(", ")}; ${USUAL.join(", ")} unless given
  --all            all of them, with ${RECORDS_OF_ALL.toLocaleString("en")} records
  --seconds <n>    of load for each system, cell and round (${LIMITS.seconds.otherwise})
  --rounds <n>     of which the medians are shown (${LIMITS.rounds.otherwise})
  --records <n>    of 100 bytes, for what needs a filled cluster (${LIMITS.records.otherwise})
  --load <which>   wrk or autocannon; wrk where it is installed
  --profile        which functions of our nodes the time goes to, in the speed cells; alone
  --charts <dir>   SVG charts of what was measured
  --json           one JSON document on standard output instead of tables
Exit codes: 0 measured; 1 something failed, which is shown as a failure and not as a speed;
  2 usage.`;

/** @param {readonly string[]} argv @returns {Parsed} */
export function parseOptions(argv) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: "string" },
        all: { type: "boolean", default: false },
        seconds: { type: "string" },
        rounds: { type: "string" },
        records: { type: "string" },
        load: { type: "string" },
        profile: { type: "boolean", default: false },
        charts: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { help: true };
    const records = values.records ?? (values.all ? String(RECORDS_OF_ALL) : undefined);
    return {
      options: {
        sections: sectionsIn(values.only, values.all),
        seconds: wholeNumber("seconds", values.seconds),
        rounds: wholeNumber("rounds", values.rounds),
        records: wholeNumber("records", records),
        generator: generatorIn(values.load),
        profile: values.profile,
        charts: values.charts ?? null,
        json: values.json,
      },
    };
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** @param {string | undefined} text @param {boolean} all @returns {readonly SectionName[]} */
function sectionsIn(text, all) {
  if (text === undefined) return all ? SECTION_NAMES : USUAL;
  if (all) throw new RangeError("--all and --only contradict each other");
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !SECTION_NAMES.some((known) => known === name));
  if (unknown.length > 0) throw new RangeError(`--only: there is no "${unknown.join('", "')}"`);
  return SECTION_NAMES.filter((name) => names.includes(name));
}

/** @param {string | undefined} text */
function generatorIn(text) {
  if (text === undefined || text === "wrk" || text === "autocannon") return text ?? null;
  throw new RangeError(`--load takes wrk or autocannon, not "${text}"`);
}

/** @param {keyof typeof LIMITS} name @param {string | undefined} text */
function wholeNumber(name, text) {
  const { least, most, otherwise } = LIMITS[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
