/** Every duration is counted once, in the range that ends at or above it. */

import { DURATION_BOUNDS_MS, Durations, Histogram } from "./durations.js";

it.each([
  { ms: 0, range: 0, why: "nothing is less" },
  { ms: 0.25, range: 0, why: "a bound belongs to the range that it ends" },
  { ms: 0.26, range: 1, why: "just above it" },
  { ms: 10_000, range: 13, why: "the last bound" },
  { ms: 10_001, range: 14, why: "above all bounds" },
  { ms: Number.POSITIVE_INFINITY, range: 14, why: "however long" },
])("$ms ms is in range $range: $why", ({ ms, range }) => {
  const histogram = new Histogram();
  histogram.observe(ms);
  expect([...histogram.counts].findIndex((count) => count > 0)).toBe(range);
  expect([...histogram.counts].reduce((sum, count) => sum + count, 0)).toBe(1);
});

it("has bounds that grow", () => {
  expect(DURATION_BOUNDS_MS).toEqual(DURATION_BOUNDS_MS.toSorted((a, b) => a - b));
});

it("keeps one histogram for each combination of labels", () => {
  let nowMs = 5;
  const durations = new Durations({ monotonicMs: () => nowMs });
  const startedAtMs = durations.nowMs();
  nowMs = 8;
  durations.of("a", "b").observe(durations.nowMs() - startedAtMs);
  durations.of("a", "b").observe(4);
  durations.of("ab").observe(1);
  const told = durations.series.map(({ labels, histogram }) => [labels, histogram.sumMs]);
  expect(told).toEqual([
    [["a", "b"], 7],
    [["ab"], 1],
  ]);
});
