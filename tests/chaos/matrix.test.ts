/** The table of the whole matrix, and the page that it is put into. */

import { matrixOf } from "../../scripts/chaos/matrix.mjs";
import { markdownTable, replacedIn } from "../../scripts/chaos/page.mjs";
import { problemsOf } from "../../scripts/chaos/verdict.mjs";
import { goodResult } from "./result.js";

const { judgement, gap } = goodResult();
const LOST = { ...judgement, lost: [{ key: "k", message: "" }] };
const NONE = { notPlayed: "" };

it("has a line for each fault over all its rounds, the worst times, and the sum", () => {
  const slower = goodResult({ gap: gap && { ...gap, ms: 1_200 }, equalAfterMs: 9_900 });
  const control = goodResult({ mustLose: true, judgement: LOST });
  const text = matrixOf([
    { fault: "kill-node", results: [goodResult(), slower], ...NONE },
    { fault: "lost-tails-everysec", results: [control], ...NONE },
    { fault: "clock-strobe", results: [], notPlayed: "no faketime" },
  ]);
  const lines = text.split("\n");
  const line = "| 1 | **kill-node**: `kill -9` of a node | 2 | 12,000 | 14 | 16 | 0 | 0 | 0 |";
  expect(lines[2]).toBe(`${line} 0 / 0 | 0 | 1,200 | 9.9 |`);
  expect(lines[3]).toContain("| 1 (as it must) |");
  expect(text).toContain("2 rounds, 2 times something broke, 12,000 writes acknowledged, lost 0,");
  expect(text).toContain("rounds with a gap above 1 s at a node that was left alone: 1 of 2.");
  expect(text).toContain("- row 11, clock-strobe: not played: no faketime.");
  expect(text).toContain("- row 5, `docker-compose stop`");
});

it.each([
  { broken: { isGraceful: true, resets: 2 }, says: ["2 requests were cut off"] },
  { broken: { isGraceful: false, resets: 2 }, says: [] },
  { broken: { mustLose: true }, says: ["the judge sees nothing"] },
  { broken: { mustLose: true, judgement: LOST }, says: [] },
])("$broken is broken by $says", ({ broken, says }) => {
  const texts = problemsOf(goodResult(broken)).map(({ text }) => text);
  expect(texts).toEqual(says.map((it) => expect.stringContaining(it)));
});

it("replaces what stands between its marks in a page, and nothing else", () => {
  const page = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n";
  const next = replacedIn(page, "x", "new");
  expect(next).toBe("a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n");
  expect(replacedIn(next, "x", "new")).toBe(next);
  expect(() => replacedIn(page, "y", "new")).toThrow(/has no "<!-- y: begin -->"/);
});

it("does not let a cell end a column", () => {
  expect(markdownTable(["a"], [["b|c"]])).toBe("| a |\n| --- |\n| b\\|c |");
});
