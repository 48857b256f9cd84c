/** What the demo says at the end. Pure. */

const SHARE_MIN = 0.28;
const SHARE_MAX = 0.38;
const NAMED_MAX = 5;

/**
 * @typedef {object} DemoResult
 * @property {string} source
 * @property {number} count
 * @property {number} bytes
 * @property {import("./load.mjs").LoadResult} load
 * @property {number} handoffMs
 * @property {ReadonlyMap<string, import("./verify.mjs").Comparison>} reads by the node asked
 * @property {ReadonlyMap<string, number>} held records by the node that holds them
 */

/** @param {DemoResult} result */
export function isClean({ count, load, reads }) {
  const comparisons = [...reads.values()];
  return (
    load.loaded === count &&
    comparisons.every(({ lost, different }) => lost.length === 0 && different.length === 0)
  );
}

/** @param {DemoResult} result @returns {string} */
export function reportOf({ source, count, bytes, load, handoffMs, reads, held }) {
  const lost = new Set([...reads.values()].flatMap((read) => read.lost));
  const different = new Set([...reads.values()].flatMap((read) => read.different));
  const lines = [
    `${number(load.loaded)} loaded, ${number(lost.size)} lost, ${number(different.size)} different`,
    "",
    `source     ${source}: ${number(count)} records, ${(bytes / 1e6).toFixed(1)} MB`,
    `loading    ${rate(load.loaded, load.elapsedMs)} through node1; ` +
      `${number(load.writtenWhileAway)} while node2 was away`,
    `repeated   ${number(load.unknown)} writes of unknown outcome, ${number(load.refused)} refused`,
    `hand-off   ${seconds(handoffMs)} s from node2's return until nobody held anything for it`,
    ...[...reads].map(
      ([node, read]) => `reading    ${rate(count, read.elapsedMs)} through ${node}, byte for byte`,
    ),
    `primaries  ${sharesOf(load.primaries, load.loaded)}`,
    `held       ${[...held].map(([node, records]) => `${node} ${number(records)}`).join(", ")}`,
    ...sample("not loaded", load.failures),
    ...sample("lost", [...lost]),
    ...sample("different", [...different]),
  ];
  return lines.join("\n");
}

/** @param {ReadonlyMap<string, number>} primaries @param {number} loaded */
function sharesOf(primaries, loaded) {
  const shares = [...primaries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, records]) => {
      const share = records / loaded;
      const outside = share < SHARE_MIN || share > SHARE_MAX ? " (expected 28 to 38 %)" : "";
      return `${node} ${(100 * share).toFixed(1)} %${outside}`;
    });
  return shares.join(", ");
}

/** @param {string} label @param {readonly string[]} items */
function sample(label, items) {
  if (items.length === 0) return [];
  const more = items.length > NAMED_MAX ? [`… and ${number(items.length - NAMED_MAX)} more`] : [];
  return ["", `${label}:`, ...items.slice(0, NAMED_MAX), ...more];
}

/** @param {number} count @param {number} elapsedMs */
function rate(count, elapsedMs) {
  const perSecond = Math.round(count / (elapsedMs / 1_000));
  return `${number(perSecond)} records/s (${seconds(elapsedMs)} s)`;
}

/** @param {number} elapsedMs */
function seconds(elapsedMs) {
  return (elapsedMs / 1_000).toFixed(1);
}

/** @param {number} value */
function number(value) {
  return value.toLocaleString("en");
}
