/** The command line of `npm run chaos`. Pure: what is wrong is returned, for somebody to print. */

import { parseArgs } from "node:util";
import { ALL_FAULT_NAMES, FAULT_NAMES } from "./faults.mjs";

/**
 * @typedef {object} Options
 * @property {readonly import("./faults.mjs").FaultName[]} faults
 * @property {number} seconds of load for each fault
 * @property {number} seeds how often each fault is played, each time with other throws
 * @property {string} seed
 * @property {number} clients
 * @property {number} rate operations per second, of all clients together
 * @property {number} records loaded beforehand for `wipe`
 * @property {boolean} json
 * @property {string | null} write the page that gets the table
 */

/** @typedef {{options: Options} | {problem: string} | {help: true}} Parsed */

const LIST_WIDTH = 72;

const LIMITS = /** @type {const} */ ({
  seconds: { least: 5, most: 3_600, otherwise: 30 },
  seeds: { least: 1, most: 1_000, otherwise: 1 },
  // One that writes and one that reads stay at each node; fewer would leave nobody who roams.
  clients: { least: 9, most: 200, otherwise: 24 },
  rate: { least: 100, most: 50_000, otherwise: 800 },
  records: { least: 0, most: 1_000_000, otherwise: 5_000 },
});

/** @param {readonly string[]} names */
function listed(names) {
  /** @type {string[]} */
  const lines = [];
  for (const name of names) {
    const line = lines.at(-1);
    if (line === undefined || line.length + name.length > LIST_WIDTH) lines.push(name);
    else lines[lines.length - 1] = `${line}, ${name}`;
  }
  return lines.join(",\n                   ");
}

export const USAGE = `npm run chaos -- [options]
  --all            the whole matrix instead of the usual ten
  --faults <a,b>   of ${listed(ALL_FAULT_NAMES)}
                   (usual: ${listed(FAULT_NAMES)})
  --seconds <n>    of load for each fault (${LIMITS.seconds.otherwise})
  --seeds <n>      rounds of each fault, each with other throws (${LIMITS.seeds.otherwise})
  --seed <text>    who is struck, when and for how long; printed, to do it again
  --clients <n>    half of them stay at one node, half ask any (${LIMITS.clients.otherwise})
  --rate <n>       operations per second, of all clients together (${LIMITS.rate.otherwise})
  --records <n>    of 100 bytes, loaded before a node is wiped (${LIMITS.records.otherwise})
  --write <page>   puts the matrix's table between that page's marks for it
  --json           one JSON document on standard output instead of the table
Exit codes: 0 all promises kept; 1 data lost or different, or a run that proves nothing;
  2 usage; 3 only a limit of time was missed.`;

/** @param {readonly string[]} argv @param {() => string} anySeed @returns {Parsed} */
export function parseOptions(argv, anySeed) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        all: { type: "boolean", default: false },
        faults: { type: "string" },
        seeds: { type: "string" },
        write: { type: "string" },
        seconds: { type: "string" },
        seed: { type: "string" },
        clients: { type: "string" },
        rate: { type: "string" },
        records: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { help: true };
    return {
      options: {
        faults: values.all ? ALL_FAULT_NAMES : faultsIn(values.faults),
        seeds: wholeNumber("seeds", values.seeds),
        write: values.write ?? null,
        seconds: wholeNumber("seconds", values.seconds),
        seed: values.seed ?? anySeed(),
        clients: wholeNumber("clients", values.clients),
        rate: wholeNumber("rate", values.rate),
        records: wholeNumber("records", values.records),
        json: values.json,
      },
    };
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** @param {string | undefined} text */
function faultsIn(text) {
  if (text === undefined) return FAULT_NAMES;
  const names = text.split(",").map((name) => name.trim());
  const unknown = names.filter((name) => !ALL_FAULT_NAMES.some((known) => known === name));
  if (unknown.length > 0) throw new RangeError(`--faults: there is no "${unknown.join('", "')}"`);
  // In our order, and once: a table with two lines of one name would be misread.
  return ALL_FAULT_NAMES.filter((name) => names.includes(name));
}

/** @param {keyof typeof LIMITS} name @param {string | undefined} text */
function wholeNumber(name, text) {
  const { least, most, otherwise } = LIMITS[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
