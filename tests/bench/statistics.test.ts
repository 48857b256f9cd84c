/** Medians, draws of keys, and what Linux says of a process. */

import { processorMs, residentBytesIn, ticksIn } from "../../scripts/bench/processor-time.mjs";
import { drawKeys, median, valueTextOf } from "../../scripts/bench/statistics.mjs";

it.each([
  { values: [3, 1, 2], expected: 2 },
  { values: [4, 1, 3, 2], expected: 2.5 },
  { values: [10, 9], expected: 9.5 },
  { values: [7], expected: 7 },
  { values: [], expected: Number.NaN },
])("the median of $values is $expected", ({ values, expected }) => {
  expect(median(values)).toBe(expected);
});

describe.each(["uniform", "zipf"] as const)("%s keys", (distribution) => {
  const wanted = { draws: 20_000, keyCount: 1_000, seed: 1 };
  const draws = drawKeys(distribution, wanted);

  it("are numbers of keys, the same ones for the same seed", () => {
    expect(draws).toHaveLength(20_000);
    expect(draws.every((key) => Number.isInteger(key) && key >= 0 && key < 1_000)).toBe(true);
    expect(drawKeys(distribution, wanted)).toEqual(draws);
    expect(drawKeys(distribution, { ...wanted, seed: 2 })).not.toEqual(draws);
  });

  it("ask for the most popular one as often as they should", () => {
    const share = draws.filter((key) => key === 0).length / draws.length;
    // 1 of 1,000, and 1 / sum of 1/rank^0.99 up to 1,000.
    const expected = distribution === "uniform" ? 0.001 : 0.13;
    expect(Math.abs(share - expected)).toBeLessThan(0.1 * expected + 0.001);
  });
});

it("makes values of the size that is asked for, the same for the same seed", () => {
  expect(valueTextOf(1_000, 1)).toMatch(/^[0-9a-z]{1000}$/);
  expect(valueTextOf(1_000, 1)).toBe(valueTextOf(1_000, 1));
  expect(valueTextOf(100, 1)).not.toBe(valueTextOf(100, 2));
});

it("reads the times of a process whatever its name", () => {
  const stat = "42 (a) b (c) R 1 42 42 0 -1 4194304 9 0 0 0 117 23 0 0 20 0 11 0 5 6 7";
  expect(ticksIn(stat)).toBe(140);
  expect(residentBytesIn("VmPeak:\t 9 kB\nVmRSS:\t    2048 kB\n")).toBe(2_097_152);
});

it("says nothing of a process that is not there", () => {
  expect(processorMs({ gone: [2 ** 30], none: [] })).toEqual({ gone: Number.NaN, none: 0 });
});
