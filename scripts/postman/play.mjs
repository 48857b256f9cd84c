/** The collection from its first section to its last, with what is done between them. */

import { readCollection, sectionsOf, withoutDrills } from "./collection.mjs";
import { CollectionRun } from "./collection-run.mjs";
import { stepBefore } from "./plan.mjs";

/** @typedef {import("./collection-run.mjs").SectionResult} SectionResult */

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {{signal: AbortSignal, note: (text: string) => void}} options
 * @returns {Promise<SectionResult[]>} of every section that could be run there
 */
export async function playCollection({ environment, act }, { signal, note }) {
  const collection = readCollection();
  const all = sectionsOf(collection);
  const run = new CollectionRun(collection, environment);
  /** @type {SectionResult[]} */
  const results = [];
  for (const section of act === null ? withoutDrills(all) : all) {
    signal.throwIfAborted();
    const step = stepBefore(section.name);
    if (step !== null) {
      note(`${step.action} ${step.node}`);
      await act?.(step);
    }
    note(section.name);
    results.push(await run.play(section));
  }
  return results;
}
