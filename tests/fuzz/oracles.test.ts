/** What the fuzzing would notice: each kind of harm, planted. */

import fc from "fast-check";
import { frameOf, opening, saysGoodbye, TYPE } from "../../scripts/fuzz/h2-frames.mjs";
import { parseOptions } from "../../scripts/fuzz/options.mjs";
import {
  complaintAbout,
  complaintAboutAll,
  Ledger,
  receiptsIn,
} from "../../scripts/fuzz/oracles.mjs";
import { storyOf, tableOf, totalsOf } from "../../scripts/fuzz/report.mjs";
import { playTarget, sharesOf } from "../../scripts/fuzz/run.mjs";
import { TARGETS } from "../../scripts/fuzz/targets.mjs";

it.each`
  status | body                                  | complaint              | why
  ${400} | ${'{"code":"invalid_request"}'}       | ${/^$/}                | ${"a refusal"}
  ${503} | ${'{"code":"quorum_unreachable"}'}    | ${/^$/}                | ${"a busy machine"}
  ${501} | ${'{"code":"not_supported"}'}         | ${/^$/}                | ${"documented"}
  ${500} | ${'{"code":"internal"}'}              | ${/not documented/}    | ${"a bug"}
  ${500} | ${""}                                 | ${/not documented/}    | ${"a bug without words"}
  ${503} | ${"<html>"}                           | ${/not documented/}    | ${"not our words"}
  ${400} | ${"    at Node.read (node.js:1:2)"}   | ${/tells "at Node/}    | ${"a stack"}
  ${400} | ${"ENOENT /app/packages/server/dist"} | ${/tells "\/packages/} | ${"a folder"}
  ${400} | ${"ReplyError: WRONGTYPE in ioredis"} | ${/tells "ioredis/}    | ${"a library"}
`("$status $body: $why", ({ status, body, complaint }) => {
  expect(complaintAbout({ status, body })).toMatch(complaint);
});

it("looks at every answer of a connection", () => {
  const fine = 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n{"x":1}';
  const bug = 'HTTP/1.1 500 Internal Server Error\r\n\r\n{"code":"internal"}';
  expect(complaintAboutAll(Buffer.from(fine + fine))).toBe("");
  expect(complaintAboutAll(Buffer.from(fine + bug))).toContain("not documented");
  expect(complaintAboutAll(Buffer.from("garbage"))).toContain("not HTTP");
});

it("knows what was acknowledged, and notices what was not", () => {
  const version = "0191c3a4b2f300001a1b";
  const receipt = `{"key":"a\\"b","version":"${version}","partition":1,"stored":["n"]}`;
  expect(receiptsIn(`[${receipt},${receipt}]`)).toEqual(['a"b', 'a"b']);
  const ledger = new Ledger();
  ledger.note(receiptsIn(receipt));
  expect(ledger.strangersAmong(['a"b', "c"])).toEqual(["c"]);
});

it("sees the goodbye among other frames", () => {
  const settings = frameOf({ type: TYPE.settings });
  expect(saysGoodbye(settings)).toBe(false);
  expect(saysGoodbye(Buffer.concat([settings, frameOf({ type: TYPE.goaway })]))).toBe(true);
  expect(opening().toString("latin1")).toMatch(/^PRI \* HTTP\/2\.0/);
});

it("finds a planted bug, and says with which seed and with the smallest input", async () => {
  const target = {
    name: "planted",
    what: "a parser that does not like three",
    where: "in process",
    share: 1,
    open: async () => ({
      arbitrary: fc.nat(1_000),
      tryOut: (number: number) => (number >= 3 ? "too many" : ""),
      close: () => {},
    }),
  } as const;
  const { signal } = new AbortController();
  const result = await playTarget({ target, inputs: 100, seed: 5, stage: null, signal });
  expect(result.found).toEqual([{ target: "planted", what: "too many", seed: 5, input: "3" }]);
  const [found] = result.found;
  expect(found && storyOf(found)).toContain("again: npm run fuzz -- --only planted --seed 5");
  expect(tableOf([result])).toContain("1 found");
  expect(totalsOf([result]).sockets).toBe(0);
});

it.each`
  argv                          | problem                     | why
  ${["--only", "http,nothing"]} | ${/there is no "nothing"/}  | ${"an unknown target"}
  ${["--inputs", "12"]}         | ${/--inputs takes a whole/} | ${"too few to say anything"}
  ${["--seed", "x"]}            | ${/--seed takes a whole/}   | ${"no number"}
  ${["--loud"]}                 | ${/Unknown option/}         | ${"an unknown option"}
`("$argv is refused: $why", ({ argv, problem }) => {
  expect(parseOptions(argv, () => 1)).toEqual({ problem: expect.stringMatching(problem) });
});

it("tries a million inputs unless told otherwise, and every target has its share", () => {
  const parsed = parseOptions([], () => 42);
  expect(parsed).toMatchObject({ options: { inputs: 1_000_000, seed: 42, json: false } });
  expect(TARGETS.reduce((sum, { share }) => sum + share, 0)).toBe(100);
  expect(sharesOf(TARGETS, 1_000).reduce((sum, count) => sum + count, 0)).toBe(1_000);
});
