/** The table of all faults, a line for each, over all rounds of it. Pure. */

import { faultNamed, PLAYED_ELSEWHERE } from "./faults.mjs";
import { markdownTable } from "./page.mjs";

/** @typedef {import("./round.mjs").RoundResult} RoundResult */
/** @typedef {import("./verdict.mjs").Problem} Problem */
/** @typedef {import("./faults.mjs").FaultName} FaultName */

/**
 * One fault as it was played: its rounds, or why there are none.
 *
 * @typedef {{fault: FaultName, results: readonly RoundResult[], notPlayed: string}} Played
 */

const HEAD = [
  "row",
  "fault",
  "rounds",
  "acknowledged",
  "refused",
  "unknown",
  "lost",
  "zombies",
  "invented",
  "stale R=1 / more",
  "not equal",
  "longest gap ms",
  "equal after s",
];

/** @param {readonly Played[]} played */
export function matrixOf(played) {
  const rows = played
    .filter(({ results }) => results.length > 0)
    .map(({ fault, results }) => rowOf(fault, results));
  const left = [
    ...played.filter(({ notPlayed }) => notPlayed !== "").map(notPlayedText),
    ...PLAYED_ELSEWHERE.map(({ row, what, where }) => `- row ${row}, ${what}: ${where}.`),
  ];
  return [
    markdownTable(HEAD, rows),
    totalOf(played),
    `Not in this table:\n\n${left.join("\n")}`,
  ].join("\n\n");
}

/** @param {Played} played */
function notPlayedText({ fault, notPlayed }) {
  return `- row ${faultNamed(fault).row}, ${fault}: not played: ${notPlayed}.`;
}

/** @param {FaultName} name @param {readonly RoundResult[]} results */
function rowOf(name, results) {
  const { row, says, mustLose } = faultNamed(name);
  const sum = summing(results);
  const gaps = results.flatMap(({ gap }) => (gap === null ? [] : [gap.ms]));
  const equals = results.flatMap(({ equalAfterMs }) =>
    equalAfterMs === null ? [] : [equalAfterMs],
  );
  const staleAt = (/** @type {(r: number) => boolean} */ matches) =>
    sum(({ judgement }) => judgement.stale.filter(({ r }) => matches(r)).length);
  const lost = sum(({ judgement }) => judgement.lost.length);
  return [
    `${row}`,
    `**${name}**: ${says}`,
    `${results.length}`,
    ...[
      sum(({ counts }) => counts.acknowledged),
      sum(({ counts }) => counts.refused),
      sum(({ counts }) => counts.unknown),
    ].map(number),
    mustLose ? `${number(lost)} (as it must)` : number(lost),
    number(sum(({ judgement }) => judgement.zombies.length)),
    number(sum(({ judgement }) => judgement.invented.length)),
    `${staleAt((r) => r === 1)} / ${staleAt((r) => r > 1)}`,
    number(results.length - equals.length),
    gaps.length === 0 ? "-" : number(Math.max(...gaps)),
    equals.length === 0 ? "never" : (Math.max(...equals) / 1_000).toFixed(1),
  ];
}

/** What is promised, over all rounds that are not controls. @param {readonly Played[]} played */
function totalOf(played) {
  const results = played.flatMap((it) => it.results).filter(({ mustLose }) => !mustLose);
  const sum = summing(results);
  const gaps = results.flatMap(({ gap }) => (gap === null ? [] : [gap.ms]));
  const tooLong = gaps.filter((ms) => ms > 1_000).length;
  return (
    `In all, without controls: ${results.length} rounds, ` +
    `${number(sum(({ incidents }) => incidents.length))} times something broke, ` +
    `${number(sum(({ counts }) => counts.acknowledged))} writes acknowledged, ` +
    `lost ${sum(({ judgement }) => judgement.lost.length)}, ` +
    `zombies ${sum(({ judgement }) => judgement.zombies.length)}, ` +
    `invented ${sum(({ judgement }) => judgement.invented.length)}, ` +
    `never equal ${sum(({ equalAfterMs }) => (equalAfterMs === null ? 1 : 0))}; ` +
    `rounds with a gap above 1 s at a node that was left alone: ${tooLong} of ${gaps.length}.`
  );
}

/** @param {readonly RoundResult[]} results */
function summing(results) {
  return (/** @type {(result: RoundResult) => number} */ of) =>
    results.reduce((total, result) => total + of(result), 0);
}

/** @param {number} value */
function number(value) {
  return Math.round(value).toLocaleString("en");
}
