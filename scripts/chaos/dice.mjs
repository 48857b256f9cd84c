/**
 * Chance from a seed: the same seed gives the same throws, so that a run can be told about.
 *
 * What real processes do in between is not repeatable; who was struck, when and for how long, is.
 */

const RANGE = 2 ** 32;

export class Dice {
  #state;

  /** @param {string} seed any text; two that differ in anything give throws of their own */
  constructor(seed) {
    // FNV-1a: short texts that differ in one letter must not begin alike, hence the throws below.
    let hash = 0x811c9dc5;
    for (const byte of Buffer.from(seed)) hash = Math.imul(hash ^ byte, 0x01000193);
    this.#state = hash >>> 0;
    for (let skipped = 0; skipped < 8; skipped++) this.next();
  }

  /** From 0 up to, and without, 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / RANGE;
  }

  /** A whole number from 0 up to, and without, `limit`. @param {number} limit */
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  /** @param {number} least @param {number} most */
  between(least, most) {
    return least + this.next() * (most - least);
  }

  /** @template T @param {readonly T[]} items @returns {T} */
  oneOf(items) {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("there is nothing to choose from");
    return item;
  }
}
