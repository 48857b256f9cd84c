/**
 * When a fault strikes, whom, and for how long: as often as the time allows, one after the other,
 * each on a cluster that is whole again.
 */

import { setTimeout as wait } from "node:timers/promises";
import { untilWhole } from "./settle.mjs";

const CALM_MS = 1_000;
/** Down after 5 s, says the default, and somebody has to see it: the first fault lasts longer. */
const FIRST_MS = 7_500;
const DOWN_MS_MIN = 2_000;
const DOWN_MS_MAX = 8_000;
/** Within this a node that was healed is back, or the round is over. */
const WHOLE_WITHIN_MS = 60_000;
/** A node that has lost its disk is back when it has its records; they may be very many. */
const WIPED_WHOLE_WITHIN_MS = 600_000;

/**
 * @typedef {object} Incident
 * @property {readonly string[]} victims nodes
 * @property {string} what
 * @property {number} beganMs
 * @property {number} healedMs when the fault was lifted: the processes were told to start
 * @property {number | null} wholeMs when all were ready again and saw one another up; null: not
 *   in time
 */

/**
 * @typedef {object} Play
 * @property {import("./fault.mjs").Fault} fault
 * @property {import("./stage.mjs").Stage} stage
 * @property {import("./dice.mjs").Dice} dice
 * @property {number} seconds
 * @property {readonly string[]} [candidates] nodes that may be struck; any, unless said otherwise
 * @property {AbortSignal} signal
 * @property {(text: string) => void} note
 */

/** Resolves when the time is over and the last fault is lifted. @param {Play} play */
export async function playIncidents({ fault, stage, dice, seconds, signal, note, ...rest }) {
  const candidates = rest.candidates ?? stage.nodes;
  const endMs = performance.now() + 1_000 * seconds;
  /** @type {Incident[]} */
  const incidents = [];
  await wait(CALM_MS, undefined, { signal });
  for (;;) {
    const leftMs = endMs - performance.now() - CALM_MS;
    if (incidents.length > 0 && (fault.isOnce || leftMs < DOWN_MS_MIN)) break;
    const victim = dice.oneOf(candidates);
    const victims = struckBy(fault, stage, victim);
    const downMs = durationOf(fault, { dice, isFirst: incidents.length === 0, leftMs });

    const beganMs = performance.now();
    const done = await fault.begin(stage, victim, dice);
    await wait(Math.max(0, beganMs + downMs - performance.now()), undefined, { signal });
    const healedMs = performance.now();
    const more = await fault.end(stage, victim, dice);
    const withinMs = fault.isOnce ? WIPED_WHOLE_WITHIN_MS : WHOLE_WITHIN_MS;
    const isWhole = await untilWhole(stage, { withinMs, signal });
    const wholeMs = isWhole ? performance.now() : null;
    const what = more === undefined ? done : `${done}; ${more}`;
    incidents.push({ victims, what, beganMs, healedMs, wholeMs });
    note(`${victims.join(", ")}: ${what}, for ${((healedMs - beganMs) / 1_000).toFixed(1)} s`);
    if (!isWhole) break;
    await wait(CALM_MS, undefined, { signal });
  }
  await wait(Math.max(0, endMs - performance.now()), undefined, { signal });
  return incidents;
}

/**
 * @param {import("./fault.mjs").Fault} fault
 * @param {Play["stage"]} stage
 * @param {string} victim
 */
function struckBy({ strikes }, stage, victim) {
  if (strikes === "everything") return stage.nodes;
  return strikes === "two" ? [victim, stage.next(victim)] : [victim];
}

/**
 * @param {import("./fault.mjs").Fault} fault
 * @param {{dice: Play["dice"], isFirst: boolean, leftMs: number}} when
 */
function durationOf({ lastsMs }, { dice, isFirst, leftMs }) {
  if (lastsMs !== undefined) return dice.between(...lastsMs);
  const wanted = isFirst ? FIRST_MS : dice.between(DOWN_MS_MIN, DOWN_MS_MAX);
  return Math.max(DOWN_MS_MIN, Math.min(wanted, DOWN_MS_MAX, leftMs));
}
