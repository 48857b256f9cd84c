/**
 * What was measured, for people (tables in Markdown, so that a document can hold them as they are)
 * and for machines (one JSON object). Pure.
 */

import { BATCH_KEYS, titleOf } from "./cells.mjs";
import { TARGETS } from "./targets.mjs";

/** @typedef {import("./speed.mjs").Speed} Speed */
/** @typedef {import("./stories.mjs").Story} Story */

/**
 * @typedef {object} Results
 * @property {Readonly<Record<string, string>>} machine
 * @property {{seconds: number, rounds: number, generator: string}} run
 * @property {readonly Speed[]} speeds
 * @property {import("./ratios.mjs").Ratios} ratios
 * @property {Readonly<Record<string, Story>>} stories
 */

const SYSTEM_TITLES = {
  ringkv: "ringkv",
  webdis: "webdis, one Redis",
  etcd: "etcd, three nodes",
  redis: "bare Redis, its own protocol",
  bare: "Node.js doing nothing, three processes",
};

/** @param {Results} results */
export function reportOf({ machine, run, speeds, ratios, stories }) {
  const about = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  const blocks = [
    `${about.join(", ")}; ${run.rounds} rounds of ${run.seconds} s, load by ${run.generator}`,
    ...(speeds.length > 0 ? [speedTableOf(speeds)] : []),
    ...Object.entries(stories).map(([name, story]) => storyTableOf(name, story)),
    targetTableOf(valuesOf({ speeds, ratios, stories })),
  ];
  return blocks.filter(Boolean).join("\n\n");
}

/** @param {readonly Speed[]} speeds */
function speedTableOf(speeds) {
  const rows = speeds.map((speed) => {
    const { cell, system, outcome, why } = speed;
    const what = [titleOf(cell), SYSTEM_TITLES[system]];
    if (outcome === "not installed") return [...what, outcome, "", "", "", "", ""];
    if (outcome === "failed") return [...what, `FAILED: ${why}`, "", "", "", "", ""];
    const megabytes = Object.entries(speed.residentBytes).map(
      ([kind, bytes]) => `${kind} ${Math.round(bytes / 1e6)}`,
    );
    const cost = Object.entries(speed.processorUs).map(([kind, us]) => `${kind} ${us.toFixed(1)}`);
    return [
      ...what,
      thousands(speed.perSecond),
      speed.p50Ms.toFixed(2),
      speed.p99Ms.toFixed(2),
      cost.join(", "),
      megabytes.join(", "),
      besideOurs(speed, speeds),
    ];
  });
  const heading = ["load", "system", "requests/s", "p50 ms", "p99 ms", "CPU µs per request", "MB"];
  return markdownTable([...heading, "ringkv beside it"], rows);
}

/** @param {Speed} speed @param {readonly Speed[]} all */
function besideOurs(speed, all) {
  const ours = all.find(
    ({ cell, system, outcome }) =>
      system === "ringkv" && outcome === "measured" && titleOf(cell) === titleOf(speed.cell),
  );
  if (ours === undefined || ours === speed) return "";
  return `x ${(ours.perSecond / speed.perSecond).toFixed(2)}`;
}

/** @param {string} name @param {Story} story */
function storyTableOf(name, { figures }) {
  const rows = figures.map(({ what, value, unit }) => [what, `${shown(value)} ${unit}`.trim()]);
  return markdownTable([name, ""], rows);
}

/**
 * Every figure that a target may speak of, by its name.
 *
 * @param {Pick<Results, "speeds" | "ratios" | "stories">} results
 * @returns {Record<string, number | null>}
 */
export function valuesOf({ speeds, ratios, stories }) {
  const batches = speeds
    .filter(({ cell, outcome }) => cell.operation.startsWith("batch-") && outcome === "measured")
    .map(({ cell, perSecond }) => [
      cell.operation === "batch-get" ? "batch_get_keys_per_s" : "batch_put_records_per_s",
      perSecond * BATCH_KEYS,
    ]);
  const figures = Object.values(stories).flatMap((story) =>
    story.figures.map(({ name, value }) => [name, value]),
  );
  return { ...ratios, ...Object.fromEntries([...batches, ...figures]) };
}

/** @param {Readonly<Record<string, number | null>>} values */
function targetTableOf(values) {
  const rows = TARGETS.flatMap(({ name, what, least, most }) => {
    const value = values[name] ?? null;
    if (value === null || Number.isNaN(value)) return [];
    const isReached = value >= (least ?? -Infinity) && value <= (most ?? Infinity);
    const wanted = least === undefined ? `at most ${shown(most ?? 0)}` : `at least ${shown(least)}`;
    return [[what, wanted, shown(value), isReached ? "reached" : "missed"]];
  });
  return rows.length === 0 ? "" : markdownTable(["target", "wanted", "measured", ""], rows);
}

/** @param {Results} results */
export function jsonOf(results) {
  const { machine, run, speeds, ratios, stories } = results;
  const failures = speeds
    .filter(({ outcome }) => outcome === "failed")
    .map(({ cell, system, why }) => `${SYSTEM_TITLES[system]}, ${titleOf(cell)}: ${why}`);
  const figures = valuesOf(results);
  const cells = speeds.map((speed) => ({ title: titleOf(speed.cell), ...speed }));
  return JSON.stringify({ machine, run, ratios, figures, failures, cells, stories }, null, 2);
}

/** @param {readonly string[]} heading @param {readonly (readonly string[])[]} rows */
export function markdownTable(heading, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

/** @param {number} value */
function shown(value) {
  if (Math.abs(value) >= 100) return thousands(value);
  return value.toFixed(2);
}

/** @param {number} value */
function thousands(value) {
  return Math.round(value).toLocaleString("en");
}
