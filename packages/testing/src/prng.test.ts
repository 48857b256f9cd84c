import { Prng } from "./prng.js";

describe("Prng", () => {
  it("repeats itself for the same seed, and only for the same", () => {
    const draw = (seed: number) => {
      const prng = new Prng(seed);
      return Array.from({ length: 50 }, () => prng.uint32()).join();
    };
    expect(draw(7)).toBe(draw(7));
    expect(new Set([0, 1, 2, 3, 4_294_967_295].map(draw)).size).toBe(5);
  });

  it("spreads evenly, also over the first draws of neighbouring seeds", () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let seed = 0; seed < 10_000; seed++) {
      const bucket = new Prng(seed).below(10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it("gives a fork a sequence of its own, untouched by what its parent draws later", () => {
    const [one, two] = [new Prng(1), new Prng(1)];
    const [forkOfOne, forkOfTwo] = [one.fork(), two.fork()];
    one.uint32();
    expect(forkOfOne.uint32()).toBe(forkOfTwo.uint32());
    expect(forkOfOne.uint32()).not.toBe(two.uint32());
  });

  it("draws exponential times around their mean", () => {
    const prng = new Prng(3);
    let sum = 0;
    for (let draw = 0; draw < 20_000; draw++) sum += prng.exponential(100);
    expect(Math.abs(sum / 20_000 - 100)).toBeLessThan(5);
  });

  it("refuses to pick from nothing", () => {
    expect(() => new Prng(1).pick([])).toThrow(RangeError);
  });
});
