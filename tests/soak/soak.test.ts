/** What the soak makes of its figures: growth, what the judge gets, the page, the verdict. */

import type { Operation } from "../../scripts/chaos/history.mjs";
import { failoverOf } from "../../scripts/soak/failover-chart.mjs";
import { parseOptions } from "../../scripts/soak/options.mjs";
import { exitCodeOf, lineOf, pageOf, problemsOf, summaryOf } from "../../scripts/soak/report.mjs";
import { growthOf, slopePerHour } from "../../scripts/soak/slope.mjs";
import { type Minute, type SoakResult, whatCountsAtTheEnd } from "../../scripts/soak/soak.mjs";

const MEGABYTE = 1024 * 1024;

describe("growth", () => {
  it.each([
    { values: [], expected: null, why: "nothing" },
    { values: [7], expected: null, why: "one point is no line" },
    { values: [5, 5, 5], expected: 0, why: "flat" },
    { values: [1, 2, 3], expected: 60, why: "one a minute" },
    { values: [9, 7, 5], expected: -120, why: "it shrinks" },
    { values: [0, 2, 0, 2], expected: 24, why: "the line in the middle" },
  ])("is $expected an hour: $why", ({ values, expected }) => {
    const slope = slopePerHour(values.map((value, minute) => ({ minute, value })));
    expect(slope === null ? null : Math.round(slope)).toBe(expected);
  });

  it("is that of the longest life, without its first minutes", () => {
    const life = (pid: number, from: number, values: readonly number[]) =>
      values.map((rssBytes, index) => ({ minute: from + index, process: "node1", pid, rssBytes }));
    const samples = [...life(1, 1, [100, 3]), ...life(2, 3, [500, 10, 11, 12, 13])];
    expect(growthOf(samples, 1)).toEqual([{ process: "node1", minutes: 4, bytesPerHour: 60 }]);
  });
});

function write(key: string, version: string | null, outcome: Operation["outcome"]): Operation {
  const times = { beginMs: 0, endMs: 1, said: "", r: 0, value: `${key} ${version}` };
  return { kind: "put", client: "c", node: "node1", key, version, outcome, ...times };
}

it("keeps of each key the newest acknowledged write, and what may still come", () => {
  const newest = write("a", "3", "ok");
  const unknown = write("a", null, "unknown");
  const writes = [write("a", "1", "ok"), newest, write("a", null, "refused"), unknown];
  const other = write("b", "2", "ok");
  expect(whatCountsAtTheEnd([...writes, other])).toEqual([newest, other, unknown]);
});

it("counts what was done in each second, by whose clients", () => {
  const homes = new Map([
    ["ann", "node1"],
    ["bob", "node2"],
    ["eve", null],
  ]);
  const at = (client: string, endMs: number): Operation => {
    return { ...write("k", "1", "ok"), client, endMs };
  };
  const done = [at("ann", 1_500), at("ann", 1_600), at("bob", 2_500), at("eve", 1_500)];
  const times = { beganMs: 2_000, healedMs: 4_000, wholeMs: 5_000 };
  const incident = { victims: ["node2"], what: "", ...times };
  const { lines, marks } = failoverOf(done, homes, { incident, startMs: 1_000 });
  const firstTwo = lines.map(({ name, points }) => [name, points[0], points[1]]);
  expect(firstTwo).toEqual([
    ["others", [0, 2], [1, 0]],
    ["victim's", [0, 0], [1, 1]],
    ["anybody's", [0, 1], [1, 0]],
  ]);
  expect(marks.map(({ at: second }) => second)).toEqual([1, 3, 4]);
});

function minute(number: number, more: Partial<Minute> = {}): Minute {
  return {
    minute: number,
    fault: "kill-node",
    victim: "node2",
    counts: { operations: 1_000, acknowledged: 500, refused: 3, unknown: 2 },
    judged: { stale: 1, lost: 0, zombies: 0, invented: 0 },
    gapMs: 300,
    wholeMs: 4_000,
    equalMs: 500,
    backlog: 0,
    vitals: [
      {
        node: "node1",
        pid: 1,
        rssBytes: 100 * MEGABYTE,
        heapBytes: 0,
        openFiles: 50,
        handles: 40,
        lagP99Ms: 20,
        redisPid: 2,
        redisRssBytes: 15 * MEGABYTE,
        redisUsedBytes: 0,
      },
    ],
    ...more,
  };
}

function result(more: Partial<SoakResult> = {}): SoakResult {
  return {
    capacity: 1_000,
    rate: 600,
    minutes: Array.from({ length: 30 }, (_, index) => minute(index + 1)),
    judgement: { lost: [], zombies: [], invented: [], stale: [], late: 0 },
    stories: [],
    equalMs: 400,
    backlogGoneMs: 900,
    keysRead: 5_000,
    failover: null,
    ...more,
  };
}

it("tells each minute in a line, and all of them in a page", () => {
  expect(lineOf(minute(7))).toMatch(/^ {2}7 {2}kill-node node2 .*gap 300 ms.*rss 100 .*lag p99 20/);
  const page = pageOf(result());
  expect(page).toContain("| lost, zombies, invented | 0, 0, 0 |");
  expect(page).toContain("node1 0.0 MiB/h (over 25 minutes)");
  expect(page).toContain("| 30 | kill-node, node2 | 1,000 | 300 | 100 | 15 | 50 | 20 | 0 |");
  expect(summaryOf(result())).toContain("operations: 30,000");
});

const lossOf = (key: string) => ({ ...result().judgement, lost: [{ key, message: "" }] });
it.each([
  { broken: {}, code: 0, says: [] },
  { broken: { judgement: lossOf("k") }, code: 1, says: ["1 acknowledged writes lost"] },
  { broken: { equalMs: null }, code: 1, says: ["not equal at the end"] },
  { broken: { backlogGoneMs: null }, code: 1, says: ["still owed"] },
  { broken: { minutes: [minute(1, { gapMs: 1_001 })] }, code: 3, says: ["1 minutes with a gap"] },
  {
    broken: { minutes: [minute(1, { equalMs: null })] },
    code: 1,
    says: ["not equal within 30 s"],
  },
  {
    broken: {
      minutes: result().minutes.map((it) => {
        const vitals = it.vitals.map((own) => ({ ...own, rssBytes: it.minute * 2 * MEGABYTE }));
        return { ...it, vitals };
      }),
    },
    code: 3,
    says: ["node1 grows by 120.0 MiB/h"],
  },
])("is exit code $code when $says", ({ broken, code, says }) => {
  const problems = problemsOf(result(broken));
  expect(problems.map(({ text }) => text)).toEqual(says.map((it) => expect.stringContaining(it)));
  expect(exitCodeOf(problems)).toBe(code);
});

it.each([
  { argv: [], expected: { options: expect.objectContaining({ minutes: 30, share: 60 }) } },
  { argv: ["--help"], expected: { help: true } },
  { argv: ["--minutes", "0"], expected: { problem: expect.stringMatching(/--minutes takes/) } },
  { argv: ["--share", "101"], expected: { problem: expect.stringMatching(/--share takes/) } },
  { argv: ["--nonsense"], expected: { problem: expect.stringMatching(/nonsense/) } },
])("reads $argv", ({ argv, expected }) => {
  expect(parseOptions(argv, () => "any")).toEqual(expected);
});
