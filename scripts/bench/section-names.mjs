/** What `--only` takes: speeds, which are cells of a table, and stories, which are played out. */

import { SPEED_SECTIONS, titleOf } from "./cells.mjs";

/** @typedef {import("./cells.mjs").Cell} Cell */
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

/**
 * A cell that several sections have is measured once, on all systems that one of them wants.
 *
 * @param {readonly SectionName[]} sections
 * @returns {Cell[]}
 */
export function cellsOf(sections) {
  /** @type {Map<string, Cell>} */
  const cells = new Map();
  for (const name of SPEED_NAMES.filter((it) => sections.includes(it))) {
    for (const cell of /** @type {readonly Cell[]} */ (SPEED_SECTIONS[name])) {
      const title = titleOf(cell);
      const systems = new Set([...(cells.get(title)?.systems ?? []), ...cell.systems]);
      cells.set(title, { ...cell, systems: [...systems] });
    }
  }
  return [...cells.values()];
}
