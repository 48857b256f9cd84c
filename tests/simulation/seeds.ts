/**
 * What the files of the simulation have in common. The seeds are split over files because Jest
 * runs files side by side.
 */

import { type CampaignResult, type Mix, tallyText } from "@ringkv/testing";
import { simulate } from "./worker.js";

export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
}

/** One seed to be replayed, from the environment: SEED=4711 npm run jest -- tests/simulation. */
const replayed = process.env["SEED"];

/** Runs these seeds, or the one that is replayed, and prints what they saw. */
export async function runSeeds(mix: Mix, seeds: SeedRange): Promise<CampaignResult> {
  const range = replayed === undefined ? seeds : rangeOf(replayed);
  const result = await simulate({ ...range, mix, plant: null });
  const last = range.from + range.seeds - 1;
  process.stdout.write(
    `simulation (${mix}), seeds ${range.from} to ${last}\n${tallyText(result.tally)}\n`,
  );
  return result;
}

function rangeOf(seed: string): SeedRange {
  const from = Number(seed);
  if (!Number.isSafeInteger(from)) throw new RangeError(`SEED is not a number: ${seed}`);
  return { from, seeds: 1 };
}
