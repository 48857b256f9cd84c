import fc from "fast-check";
import type { NodeId, Version } from "./types.js";
import {
  advance,
  type ClockReading,
  collidingMembers,
  isVersion,
  later,
  msOf,
  nodeNumberOf,
  readingOf,
  VERSION_LENGTH,
  versionAt,
  versionsAfter,
} from "./version.js";

const MS_MAX = 2 ** 48 - 1;
const reading = fc.record({
  ms: fc.oneof(fc.nat(MS_MAX), fc.constantFrom(0, 15, 16, MS_MAX)),
  counter: fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0xffff)),
});
const nodeNumber = fc.nat(0xffff);

/** The order of tuples, spelled out. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

describe("advance", () => {
  it.each`
    last                          | nowMs | expected                      | why
    ${{ ms: 5, counter: 3 }}      | ${6}  | ${{ ms: 6, counter: 0 }}      | ${"time went on"}
    ${{ ms: 5, counter: 3 }}      | ${5}  | ${{ ms: 5, counter: 4 }}      | ${"the same millisecond"}
    ${{ ms: 5, counter: 3 }}      | ${1}  | ${{ ms: 5, counter: 4 }}      | ${"the wall clock jumped back"}
    ${{ ms: 5, counter: 0xfffe }} | ${5}  | ${{ ms: 5, counter: 0xffff }} | ${"the last of its millisecond"}
    ${{ ms: 5, counter: 0xffff }} | ${5}  | ${{ ms: 6, counter: 0 }}      | ${"the counter is full"}
    ${{ ms: 5, counter: 0xffff }} | ${1}  | ${{ ms: 6, counter: 0 }}      | ${"full, and the clock behind"}
  `("$last at $nowMs becomes $expected: $why", ({ last, nowMs, expected }) => {
    expect(advance(last, nowMs)).toEqual(expected);
  });

  it("is strictly increasing for every history of the physical clock", () => {
    fc.assert(
      fc.property(reading, fc.array(fc.nat(2 ** 41), { maxLength: 50 }), (start, history) => {
        let last: ClockReading = start;
        for (const nowMs of history) {
          const next = advance(last, nowMs);
          expect(compare([next.ms, next.counter], [last.ms, last.counter])).toBe(1);
          last = next;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("versionsAfter", () => {
  it("gives what stamping one by one gives, over the ends of milliseconds", () => {
    const start = fc.record({
      ms: fc.nat(1_000),
      counter: fc.integer({ min: 0xfff0, max: 0xffff }),
    });
    fc.assert(
      fc.property(start, fc.nat(1_002), nodeNumber, fc.nat(40), (last, nowMs, node, count) => {
        const expected: Version[] = [];
        let at: ClockReading = last;
        while (expected.length < count) {
          at = advance(at, nowMs);
          expected.push(versionAt(at, node));
        }
        const given = versionsAfter(last, { nowMs, nodeNumber: node, count });
        expect(given).toEqual({ versions: expected, reading: at });
      }),
    );
  });
});

describe("later", () => {
  it("is the maximum in the order of (ms, counter)", () => {
    fc.assert(
      fc.property(reading, reading, (a, b) => {
        const order = compare([a.ms, a.counter], [b.ms, b.counter]);
        expect(later(a, b)).toEqual(order >= 0 ? a : b);
        expect(later(b, a)).toEqual(later(a, b));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a version", () => {
  it("is ordered as plain text exactly as (ms, counter, node) is as numbers", () => {
    fc.assert(
      fc.property(reading, nodeNumber, reading, nodeNumber, (a, nodeA, b, nodeB) => {
        const [left, right] = [versionAt(a, nodeA), versionAt(b, nodeB)];
        const asText = left < right ? -1 : left > right ? 1 : 0;
        expect(asText).toBe(compare([a.ms, a.counter, nodeA], [b.ms, b.counter, nodeB]));
      }),
      { numRuns: 10_000 },
    );
  });

  it("keeps its reading", () => {
    fc.assert(
      fc.property(reading, nodeNumber, (at, node) => {
        const version = versionAt(at, node);
        expect(version).toHaveLength(VERSION_LENGTH);
        expect(isVersion(version)).toBe(true);
        expect(readingOf(version)).toEqual(at);
        expect(msOf(version)).toBe(at.ms);
      }),
      { numRuns: 1_000 },
    );
  });

  it("has a form that is in the data", () => {
    const at = { ms: 1_700_000_000_000, counter: 10 };
    expect(versionAt(at, nodeNumberOf("node1" as NodeId))).toBe("018bcfe56800000a90b6" as Version);
  });
});

describe("isVersion", () => {
  it.each`
    text                        | expected | why
    ${"018bcfe56800000a90b6"}   | ${true}  | ${"20 lower-case hex digits"}
    ${"018BCFE56800000A90B6"}   | ${false} | ${"upper case would order differently"}
    ${"018bcfe56800000a90b"}    | ${false} | ${"too short"}
    ${"018bcfe56800000a90b6a"}  | ${false} | ${"too long"}
    ${"018bcfe56800000a90b6\n"} | ${false} | ${"a line break at the end"}
    ${"018bcfe56800000a90bg"}   | ${false} | ${"not hex"}
    ${""}                       | ${false} | ${"nothing"}
  `("says $expected of $text: $why", ({ text, expected }) => {
    expect(isVersion(text)).toBe(expected);
  });
});

describe("node numbers", () => {
  it.each`
    node       | number
    ${"node1"} | ${0x90b6}
    ${"node2"} | ${0xa687}
    ${"node3"} | ${0x5105}
  `("gives $node the number that is in its versions for ever", ({ node, number }) => {
    expect(nodeNumberOf(node)).toBe(number);
  });

  it.each`
    members                          | expected                | why
    ${[]}                            | ${null}                 | ${"nobody"}
    ${["node1", "node2", "node3"]}   | ${null}                 | ${"the default cluster"}
    ${["node10", "node1", "node63"]} | ${["node10", "node63"]} | ${"two names with the same hash"}
    ${["node1", "node1"]}            | ${null}                 | ${"the same member twice"}
  `("collide in $members: $expected ($why)", ({ members, expected }) => {
    expect(collidingMembers(members)).toEqual(expected);
  });
});
