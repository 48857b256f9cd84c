/** What the chaos prints, and when it fails. */

import {
  gapStoryOf,
  jsonOf,
  recoveryText,
  storiesOf,
  tableOf,
} from "../../scripts/chaos/report.mjs";
import { exitCodeOf, problemsOf } from "../../scripts/chaos/verdict.mjs";
import { goodResult } from "./result.js";

const SOME = [{ key: "k", message: "" }];
const { judgement, gap, incidents } = goodResult();

describe("the table", () => {
  it("has a line for each fault, in columns", () => {
    const stale = [1, 2, 1].map((r) => ({ key: "k", r, message: "" }));
    const down = goodResult({ fault: "all-down", gap: null, downAfterMs: null });
    const never = goodResult({ fault: "stop", downAfterMs: Infinity, equalAfterMs: null });
    const [head = "", ...lines] = tableOf(
      [goodResult(), down, never].map((it) => ({ ...it, judgement: { ...judgement, stale } })),
    ).split("\n");
    const cells = (line: string) => line.split(/ {2,}/);
    expect(cells(head)).toContain("longest gap ms");
    const counts = ["12,345", "6,000", "7", "8", "0", "0", "0", "2", "1"];
    expect(lines.map(cells)).toEqual([
      ["kill-node", ...counts, "403", "5.0", "6.7"],
      ["all-down", ...counts, "-", "-", "6.7"],
      ["stop", ...counts, "403", "never", "never"],
    ]);
    expect(new Set([head, ...lines].map(({ length }) => length)).size).toBe(1);
  });

  it("is told to machines too, with a word for what never came", () => {
    const result = goodResult({ downAfterMs: Infinity });
    expect(JSON.parse(jsonOf({ result }))).toEqual({ result: { ...result, downAfterMs: "never" } });
  });

  it("says how a wiped node got its records back", () => {
    const bytes = { rssBytesBefore: 99 * 2 ** 20, rssBytesMax: 150 * 2 ** 20 };
    const recovery = { records: 4_000, readyMs: 1_900, ms: 2_000, perSecond: 2_000, ...bytes };
    expect(recoveryText(goodResult({ recovery }))).toBe(
      "kill-node: 4,000 records back in 2.0 s, 2,000 records/s; ready after 1.9 s; " +
        "rss 99 MiB before, 150 MiB at most",
    );
    const never = { ...recovery, ms: null, perSecond: null };
    expect(recoveryText(goodResult({ recovery: never }))).toContain("never had its 4,000 records");
    expect(recoveryText(goodResult())).toBe("");
  });

  it("tells the story of a key once, from its writes to its last reads", () => {
    const base = { client: "c", node: "node1", key: "k", r: 0, beginMs: 1, endMs: 2, said: "200" };
    const write = {
      ...base,
      kind: "put" as const,
      value: "a",
      outcome: "ok" as const,
      version: "1",
    };
    const read = { ...write, kind: "get" as const, r: 1, value: null, version: null, beginMs: 3 };
    const history = { writes: [write], reads: [], finalReads: [read] };
    const twice = [...SOME, ...SOME];
    const [story = "", ...others] = storiesOf(history, { ...judgement, lost: twice });
    expect(others).toEqual([]);
    expect(story).toMatch(/^lost: \n {2}put of k by c via node1.*\n {2}read of k at r=1.*nothing/);
  });
});

it("tells what a client tried that got nothing done for too long, and only then", () => {
  expect(gapStoryOf(goodResult())).toEqual([]);
  const long = goodResult({ gap: gap && { ...gap, ms: 1_500 } });
  expect(gapStoryOf(long)).toEqual(["client1 at node2, node1: SIGKILL:\n  read of k"]);
});

describe("the verdict", () => {
  it("is that all promises were kept, where they were", () => {
    expect(problemsOf(goodResult())).toEqual([]);
    expect(exitCodeOf([])).toBe(0);
  });

  it.each([
    {
      broken: { judgement: { ...judgement, lost: SOME } },
      code: 1,
      says: "1 acknowledged writes lost",
    },
    {
      broken: { judgement: { ...judgement, zombies: SOME } },
      code: 1,
      says: "1 deleted keys are back",
    },
    {
      broken: { judgement: { ...judgement, invented: SOME } },
      code: 1,
      says: "1 values read that nobody",
    },
    { broken: { equalAfterMs: null }, code: 1, says: "never became equal" },
    { broken: { equalAfterMs: 30_100 }, code: 1, says: "equal 30.1 s after the healing" },
    {
      broken: { incidents: incidents.map((it) => ({ ...it, wholeMs: null })) },
      code: 1,
      says: "not all ready",
    },
    { broken: { calmWritesPerSecond: 49 }, code: 1, says: "only 49 acknowledged writes/s" },
    { broken: { unnoticed: incidents }, code: 1, says: "no visible effect" },
    {
      broken: { gap: gap && { ...gap, ms: 1_001 } },
      code: 3,
      says: "client1 at node2 had no success for 1001 ms",
    },
    { broken: { downAfterMs: 5_501 }, code: 3, says: "down after 5.5 s" },
    { broken: { downAfterMs: Infinity }, code: 3, says: "down after never" },
  ])("is exit code $code when it $says", ({ broken, code, says }) => {
    const problems = problemsOf(goodResult(broken));
    expect(problems.map(({ text }) => text)).toEqual([expect.stringContaining(says)]);
    expect(problems[0]?.text).toMatch(/^kill-node: /);
    expect(exitCodeOf(problems)).toBe(code);
  });

  it("is the graver exit code when data and time are both wrong", () => {
    const both = problemsOf(goodResult({ equalAfterMs: null, downAfterMs: 9_000 }));
    expect(both.map(({ about }) => about)).toEqual(["data", "time"]);
    expect(exitCodeOf(both)).toBe(1);
  });

  it("does not mind stale reads and late writes: R=1 and unknown outcomes allow them", () => {
    const stale = [{ key: "k", r: 1, message: "" }];
    expect(problemsOf(goodResult({ judgement: { ...judgement, stale, late: 3 } }))).toEqual([]);
  });
});
