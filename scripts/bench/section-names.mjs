/** What `--only` takes: speeds, which are cells of a table, and stories, which are played out. */

import { SPEED_SECTIONS } from "./cells.mjs";

/** @typedef {keyof typeof SPEED_SECTIONS} SpeedSection */
/** @typedef {typeof STORY_NAMES[number]} StoryName */
/** @typedef {SpeedSection | StoryName} SectionName */

export const STORY_NAMES = /** @type {const} */ ([
  "snapshot",
  "recovery",
  "handoff",
  "start",
  "failover",
  "idle",
  "record-cost",
]);

export const SPEED_NAMES = /** @type {SpeedSection[]} */ (Object.keys(SPEED_SECTIONS));

/** @type {readonly SectionName[]} */
export const SECTION_NAMES = [...SPEED_NAMES, ...STORY_NAMES];

/** @param {readonly SectionName[]} sections */
export function cellsOf(sections) {
  return SPEED_NAMES.filter((name) => sections.includes(name)).flatMap(
    (name) => /** @type {readonly import("./cells.mjs").Cell[]} */ (SPEED_SECTIONS[name]),
  );
}
