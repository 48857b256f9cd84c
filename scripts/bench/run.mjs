/** One run of the benchmark: the speeds that were asked for, then the stories, one by one. */

import { chooseGenerator } from "./load.mjs";
import { machine } from "./machine.mjs";
import { profileCells } from "./profile.mjs";
import { ratiosOf } from "./ratios.mjs";
import { cellsOf, STORY_NAMES } from "./section-names.mjs";
import { measureSpeeds } from "./speed.mjs";
import { STORIES } from "./stories.mjs";

/**
 * @param {import("./options.mjs").Options} options
 * @param {{signal: AbortSignal, note: (text: string) => void}} surroundings
 * @returns {Promise<import("./report.mjs").Results>}
 */
export async function runBench({ sections, seconds, rounds, records, ...rest }, { signal, note }) {
  const generator = rest.generator ?? chooseGenerator();
  const speedOptions = { seconds, rounds, generator, signal, note };
  const speeds = await measureSpeeds(cellsOf(sections), speedOptions);
  /** @type {Record<string, import("./stories.mjs").Story>} */
  const stories = {};
  for (const name of STORY_NAMES.filter((it) => sections.includes(it))) {
    note(name);
    stories[name] = await STORIES[name]({ seconds, records, signal, note });
  }
  const run = { seconds, rounds, generator };
  return { machine: machine(), run, speeds, ratios: ratiosOf(speeds), stories };
}

/**
 * @param {import("./options.mjs").Options} options
 * @param {{signal: AbortSignal, note: (text: string) => void}} surroundings
 */
export function profileSections({ sections, seconds, generator }, { signal, note }) {
  const by = generator ?? chooseGenerator();
  const options = { seconds, rounds: 1, generator: by, signal, note };
  return profileCells(cellsOf(sections), options);
}
