/** How fast something grows: the straight line that fits best (least squares). Pure. */

const MINUTES_PER_HOUR = 60;

/** @typedef {{minute: number, value: number}} Point */

/**
 * Per hour; null: two points at least, at different times, make a line.
 *
 * @param {readonly Point[]} points
 */
export function slopePerHour(points) {
  const mean = (/** @type {readonly number[]} */ numbers) =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const meanMinute = mean(points.map(({ minute }) => minute));
  const meanValue = mean(points.map(({ value }) => value));
  let above = 0;
  let below = 0;
  for (const { minute, value } of points) {
    above += (minute - meanMinute) * (value - meanValue);
    below += (minute - meanMinute) ** 2;
  }
  return points.length < 2 || below === 0 ? null : (above / below) * MINUTES_PER_HOUR;
}

/** @typedef {{minute: number, process: string, pid: number, rssBytes: number}} MemorySample */

/**
 * The longest life of each process, without its first minutes: memory of one that was killed begins
 * anew, and would look as if it had shrunk.
 *
 * @param {readonly MemorySample[]} samples
 * @param {number} warmUpMinutes from each start
 */
export function growthOf(samples, warmUpMinutes) {
  const lives = groupedBy(samples, ({ process, pid }) => `${process} ${pid}`);
  const warm = [...lives.values()].map((life) => {
    const first = Math.min(...life.map(({ minute }) => minute));
    return life.filter(({ minute }) => minute >= first + warmUpMinutes);
  });
  const names = [...new Set(samples.map(({ process }) => process))].toSorted();
  return names.map((process) => {
    const own = warm.filter(([sample]) => sample?.process === process);
    const [longest = []] = own.toSorted((a, b) => b.length - a.length);
    const points = longest.map(({ minute, rssBytes }) => ({ minute, value: rssBytes }));
    return { process, minutes: points.length, bytesPerHour: slopePerHour(points) };
  });
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 */
function groupedBy(items, keyOf) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
