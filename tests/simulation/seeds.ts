/**
 * What both halves of the seed range have in common. The range is split over two files because Jest
 * gives each file a process of its own.
 */

import { type CampaignResult, runCampaign, tallyText } from "@ringkv/testing";

export const SEEDS = 500;

/** One seed to be replayed, from the environment: SEED=4711 npm run jest -- tests/simulation. */
const replayed = process.env["SEED"];

/** Runs this half's seeds, or the one that is replayed, and prints what they saw. */
export async function runHalf(half: 0 | 1): Promise<CampaignResult> {
  const seeds = SEEDS / 2;
  const range = replayed === undefined ? { from: 1 + half * seeds, seeds } : rangeOf(replayed);
  const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));
  const result = await runCampaign({ ...range, only: null, onProgress: turnOfTheLoop });
  const last = range.from + range.seeds - 1;
  process.stdout.write(`simulation, seeds ${range.from} to ${last}\n${tallyText(result.tally)}\n`);
  return result;
}

function rangeOf(seed: string): { from: number; seeds: number } {
  const from = Number(seed);
  if (!Number.isSafeInteger(from)) throw new RangeError(`SEED is not a number: ${seed}`);
  return { from, seeds: 1 };
}
