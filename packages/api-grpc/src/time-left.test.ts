import { TIMEOUT_MS_MAX, timeLeftMs } from "./time-left.js";

const NOW_MS = 1_000_000;

it.each([
  { leftMs: Number.POSITIVE_INFINITY, expected: null, why: "the node's own limit holds" },
  { leftMs: 1_000, expected: 975, why: "the answer has 25 ms to get back" },
  { leftMs: 100, expected: 90, why: "of a short deadline a tenth" },
  { leftMs: 1, expected: 1, why: "there is no time that is none" },
  { leftMs: -5, expected: 1, why: "who is late is told so by the library" },
  { leftMs: 3_600_000, expected: TIMEOUT_MS_MAX, why: "no request takes longer" },
])("$leftMs ms until the deadline are $expected for the quorum: $why", ({ leftMs, expected }) => {
  expect(timeLeftMs(NOW_MS + leftMs, NOW_MS)).toBe(expected);
});

it("takes a date as well", () => {
  expect(timeLeftMs(new Date(NOW_MS + 1_000), NOW_MS)).toBe(975);
});
