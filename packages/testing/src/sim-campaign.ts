/**
 * Runs a range of seeds, and tells the story of the first one that fails.
 */

import type { Invariant, Violation } from "./history.js";
import { addTallies, NOTHING, type Tally, tallyOf } from "./sim-tally.js";
import { UniverseFactory } from "./sim-universe.js";
import type { Mix } from "./sim-weather.js";
import type { TraceLine } from "./universe-report.js";

export interface Campaign {
  readonly from: number;
  readonly seeds: number;
  readonly mix: Mix;
  /** Only these promises are checked; null: all. */
  readonly only: readonly Invariant[] | null;
  /** Hears now and then how far it is. Awaited: it may let other work of the process run. */
  readonly onProgress: (done: Tally) => Promise<void>;
}

export interface CampaignResult {
  readonly tally: Tally;
  readonly failure: Failure | null;
}

export interface Failure {
  readonly seed: number;
  readonly violation: Violation;
  /** How it came about, to be read by a person. */
  readonly story: string;
}

const PROGRESS_EVERY_SEEDS = 20;
const STORY_LINES_MAX = 100;

/** Stops at the first seed that fails. */
export async function runCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { from, seeds, mix, only, onProgress } = campaign;
  const universes = new UniverseFactory();
  let tally = NOTHING;
  for (let seed = from; seed < from + seeds; seed++) {
    const report = await universes.run(seed, { mix, only, trace: null });
    tally = addTallies(tally, tallyOf(report));
    const violation = report.violations[0];
    if (violation !== undefined) {
      return { tally, failure: { seed, violation, story: await tell(universes, seed, campaign) } };
    }
    if (tally.schedules % PROGRESS_EVERY_SEEDS === 0) await onProgress(tally);
  }
  return { tally, failure: null };
}

/** The same universe once more, with the last events that concern the key that went wrong. */
async function tell(
  universes: UniverseFactory,
  seed: number,
  { mix, only }: Pick<Campaign, "mix" | "only">,
): Promise<string> {
  const lines: TraceLine[] = [];
  const report = await universes.run(seed, { mix, only, trace: (line) => lines.push(line) });
  const [violation] = report.violations;
  if (violation === undefined) throw new Error(`seed ${seed} fails only when nobody looks`);
  const { invariant, message, key, atMs: untilMs } = violation;
  const about = lines.filter(
    (line) => line.atMs <= untilMs && (line.key === null || line.key === key),
  );
  return [
    `seed ${seed} (${report.setting}) breaks ${invariant}: ${message}`,
    `replay: npm run sim -- --seed ${seed} --mix ${mix}`,
    ...about
      .slice(-STORY_LINES_MAX)
      .map(({ atMs, text }) => `${atMs.toFixed(1).padStart(10)}  ${text}`),
  ].join("\n");
}
