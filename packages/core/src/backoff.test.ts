import { attemptsWithin, backoffMs } from "./backoff.js";

const BACKOFF = { firstMs: 1_000, longestMs: 8_000 };

it.each`
  attempt  | chance | expected | why
  ${1}     | ${0}   | ${1_000} | ${"the first pause"}
  ${2}     | ${0}   | ${2_000} | ${"twice as long"}
  ${4}     | ${0}   | ${8_000} | ${"the longest"}
  ${5}     | ${0}   | ${8_000} | ${"no longer than that"}
  ${4}     | ${1}   | ${4_000} | ${"half of it at least"}
  ${5_000} | ${0.5} | ${6_000} | ${"no overflow"}
`("after attempt $attempt at chance $chance: $expected ms ($why)", (row) => {
  expect(backoffMs(row.attempt, BACKOFF, row.chance)).toBe(row.expected);
});

it.each`
  spanMs    | expected | why
  ${0}      | ${1}     | ${"one attempt is always made"}
  ${1_000}  | ${2}     | ${"one pause"}
  ${3_000}  | ${3}     | ${"two pauses"}
  ${15_000} | ${5}     | ${"1 + 2 + 4 + 8 seconds"}
  ${23_001} | ${7}     | ${"and twice the longest"}
`("$spanMs ms hold $expected attempts: $why", ({ spanMs, expected }) => {
  expect(attemptsWithin(spanMs, BACKOFF)).toBe(expected);
});
