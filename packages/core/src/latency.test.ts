import {
  addLatencies,
  emptyLatencies,
  latenciesSince,
  latencyBucketOf,
  percentileMs,
} from "./latency.js";

const counted = (...durations: number[]) => {
  const counts = emptyLatencies();
  for (const ms of durations) counts[latencyBucketOf(ms)] = (counts[latencyBucketOf(ms)] ?? 0) + 1;
  return counts;
};

describe("percentileMs", () => {
  it.each([
    { durations: [], share: 0.5, about: null, why: "nothing was measured" },
    { durations: [10], share: 0.5, about: 10, why: "one duration is its own median" },
    { durations: [1, 2, 100], share: 0.5, about: 2, why: "the middle one" },
    { durations: [1, 2, 100], share: 0.99, about: 100, why: "the slowest" },
    { durations: [0], share: 1, about: 0.1, why: "no shorter than the first bucket" },
  ])("$share of $durations is about $about: $why", ({ durations, share, about }) => {
    const ms = percentileMs(counted(...durations), share);
    if (about === null) expect(ms).toBeNull();
    else {
      expect(ms).toBeGreaterThanOrEqual(about * 0.999);
      expect(ms).toBeLessThanOrEqual(about * 1.2);
    }
  });

  it("keeps what is longer than any bucket in the last one", () => {
    expect(percentileMs(counted(1e9), 1)).toBeGreaterThan(40_000);
  });
});

it("tells what was counted since an earlier look", () => {
  expect(latenciesSince(counted(1, 1, 50), counted(1))).toEqual(counted(1, 50));
});

it("takes counts that have shrunk for those of a new start", () => {
  expect(latenciesSince(counted(3), counted(1, 1))).toEqual(counted(3));
});

it("adds the counts of two nodes", () => {
  expect(addLatencies(counted(1, 5), counted(5))).toEqual(counted(1, 5, 5));
});
