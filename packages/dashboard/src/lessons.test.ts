import { membersIn, overviewOf, statusOf } from "../test-support/samples.js";
import { acted, advanced, BEGIN } from "./lesson-run.js";
import { type Answer, castOf, LESSONS } from "./lessons.js";

const cast = { home: "node1", other: "node2", third: "node3", key: "k" };
const lesson = (id: string) => LESSONS.find((it) => it.id === id)?.steps(cast) ?? [];
const ok: Answer = { status: 200, text: '{"standIns":["node1"]}' };

it("is four lessons, each with steps that can be told apart", () => {
  expect(LESSONS.map(({ id }) => id)).toEqual(["stop", "partition", "two-lost", "w1"]);
  for (const { steps } of LESSONS) {
    const said = steps(cast).map(({ say }) => say);
    expect(new Set(said).size).toBe(said.length);
  }
});

it("casts the node that serves the page, and two others", () => {
  expect(castOf(["node1", "node2", "node3"], "node2", "k")).toEqual({
    home: "node2",
    other: "node1",
    third: "node3",
    key: "k",
  });
  expect(castOf(["node1"], "node1", "k")).toBeNull();
});

it("goes on when what a step expects is seen, and not before its action", () => {
  const steps = lesson("stop");
  const gone = overviewOf({ members: membersIn({ node2: "down" }) });
  expect(advanced(BEGIN, steps, gone)).toBe(BEGIN);
  const run = advanced(acted(BEGIN, null), steps, gone);
  expect(run).toEqual({ at: 1, hasActed: false, answer: null });
});

it("tells the story of a node that stops", () => {
  const steps = lesson("stop");
  const gone = overviewOf({ members: membersIn({ node2: "down" }) });
  const owing = overviewOf({ members: membersIn({}, statusOf({ foreignRecords: 1 })) });
  let run = advanced(acted(BEGIN, null), steps, gone);
  run = advanced(acted(run, ok), steps, gone);
  expect(run.at).toBe(2);
  expect(advanced(run, steps, owing).at).toBe(2);
  run = advanced(run, steps, overviewOf());
  expect(advanced(acted(run, ok), steps, overviewOf()).at).toBe(steps.length);
});

it.each([
  { id: "two-lost", step: 2, answer: { status: 503, text: "" }, why: "a refusal is the point" },
  { id: "w1", step: 3, answer: { status: 404, text: "" }, why: "the loss is the point" },
])("$id step $step: $why", ({ id, step, answer }) => {
  const run = acted({ at: step, hasActed: false, answer: null }, answer);
  expect(advanced(run, lesson(id), overviewOf()).at).toBe(step + 1);
  const other = acted({ at: step, hasActed: false, answer: null }, ok);
  expect(advanced(other, lesson(id), overviewOf()).at).toBe(step);
});

it("does not take a node that has not noticed the loss of its disk for one that recovered", () => {
  const steps = lesson("w1");
  const wiped = acted({ at: 5, hasActed: false, answer: null }, null);
  const empty = overviewOf({ members: membersIn({}, statusOf({ records: 0 })) });
  const refilled = overviewOf({ members: membersIn({}, statusOf({ records: 1 })) });
  expect(advanced(wiped, steps, empty).at).toBe(5);
  expect(advanced(wiped, steps, refilled).at).toBe(6);
});
