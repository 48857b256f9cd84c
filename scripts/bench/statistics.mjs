/** Medians and seeded draws of keys. Pure: the same seed gives the same keys, in every run. */

/** Skew of the Zipf draws, as the YCSB has it: the most popular of 10,000 keys gets a tenth. */
const ZIPF_EXPONENT = 0.99;

/** @param {readonly number[]} values @returns {number} NaN for none */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/**
 * Numbers from 0 to 1, by mulberry32: small, and even enough to pick keys.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {"uniform" | "zipf"} distribution
 * @param {{draws: number, keyCount: number, seed: number}} wanted
 * @returns {number[]} numbers of keys, from 0
 */
export function drawKeys(distribution, { draws, keyCount, seed }) {
  const random = seededRandom(seed);
  const pick =
    distribution === "uniform"
      ? () => Math.floor(random() * keyCount)
      : zipfPicker(keyCount, random);
  return Array.from({ length: draws }, pick);
}

/** @param {number} keyCount @param {() => number} random */
function zipfPicker(keyCount, random) {
  let sum = 0;
  const upTo = Array.from({ length: keyCount }, (_, rank) => {
    sum += (rank + 1) ** -ZIPF_EXPONENT;
    return sum;
  });
  return () => {
    const point = random() * sum;
    let [low, high] = [0, keyCount - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {number} */ (upTo[middle]) < point) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/**
 * Printable, not to be compressed to nothing, and the same for everybody.
 *
 * @param {number} bytes
 * @param {number} seed
 */
export function valueTextOf(bytes, seed) {
  const random = seededRandom(seed);
  let text = "";
  while (text.length < bytes) text += Math.floor(random() * 2 ** 48).toString(36);
  return text.slice(0, bytes);
}
