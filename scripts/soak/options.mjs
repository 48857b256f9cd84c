/** The command line of `npm run soak`. Pure: what is wrong is returned, for somebody to print. */

import { parseArgs } from "node:util";

/**
 * @typedef {object} Options
 * @property {number} minutes
 * @property {string} seed
 * @property {number} clients
 * @property {number} share of the measured capacity, in percent
 * @property {number} records loaded beforehand
 * @property {string | null} write the page that gets the figures
 * @property {string | null} picture the file that gets the chart of the first node killed
 */

/** @typedef {{options: Options} | {problem: string} | {help: true}} Parsed */

const LIMITS = /** @type {const} */ ({
  minutes: { least: 1, most: 1_440, otherwise: 30 },
  clients: { least: 12, most: 200, otherwise: 48 },
  share: { least: 1, most: 100, otherwise: 60 },
  records: { least: 0, most: 1_000_000, otherwise: 20_000 },
});

export const USAGE = `npm run soak -- [options]
  --minutes <n>    a fault in each of them (${LIMITS.minutes.otherwise})
  --share <n>      of the capacity that is measured first, in percent (${LIMITS.share.otherwise})
  --clients <n>    half of them stay at one node, half ask any (${LIMITS.clients.otherwise})
  --records <n>    of 100 bytes, loaded before (${LIMITS.records.otherwise})
  --seed <text>    who is struck, when and for how long; printed, to do it again
  --write <page>   puts the figures between that page's marks for them
  --picture <svg>  draws the first failover in which a node is killed, second by second
Exit codes: 0 all promises kept; 1 data lost or different; 2 usage; 3 only a limit of time or of
  growth was missed.`;

const TEXT = /** @type {const} */ ({ type: "string" });

/** @param {readonly string[]} argv @param {() => string} anySeed @returns {Parsed} */
export function parseOptions(argv, anySeed) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        minutes: TEXT,
        seed: TEXT,
        clients: TEXT,
        share: TEXT,
        records: TEXT,
        write: TEXT,
        picture: TEXT,
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { help: true };
    return {
      options: {
        minutes: wholeNumber("minutes", values.minutes),
        seed: values.seed ?? anySeed(),
        clients: wholeNumber("clients", values.clients),
        share: wholeNumber("share", values.share),
        records: wholeNumber("records", values.records),
        write: values.write ?? null,
        picture: values.picture ?? null,
      },
    };
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** @param {keyof typeof LIMITS} name @param {string | undefined} text */
function wholeNumber(name, text) {
  const { least, most, otherwise } = LIMITS[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}, not "${text}"`);
}
