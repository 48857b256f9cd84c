/**
 * Chance, repeatable: every random choice of a simulation comes from one of these.
 *
 * sfc32 (Doty-Humphrey, PractRand), seeded by splitmix32. Good enough to choose faults; it protects
 * nothing.
 */

const WARM_UP_ROUNDS = 12;

export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Equal seeds give equal sequences; neighbouring seeds give unrelated ones. */
  constructor(seed: number) {
    const next = splitmix32(seed);
    this.#a = next();
    this.#b = next();
    this.#c = next();
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.uint32();
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 up to, but not including, 1. */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.unit();
  }

  /** An integer from 0 up to, but not including, `count`. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** A waiting time with this mean, memoryless. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** A generator of its own, so that one user's draws do not shift another's. */
  fork(): Prng {
    return new Prng(this.uint32());
  }
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
