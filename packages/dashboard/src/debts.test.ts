import { memberOf, overviewOf, statusOf } from "../test-support/samples.js";
import { areOpen, debtsOf, secondsLeft } from "./debts.js";

const at = (seconds: number, foreignRecords: number, differing = 0) => {
  return { atMs: seconds * 1_000, foreignRecords, differing, recovering: 0 };
};

it("adds what members hold for others, and counts a pair that differs once", () => {
  const partitions = { owned: 1, foreign: 1, differing: 3 };
  const status = statusOf({ foreignRecords: 2, partitions });
  const members = [memberOf("node1", { status }), memberOf("node2", { status })];
  const debts = debtsOf(overviewOf({ members: [...members, memberOf("node3", { status: null })] }));
  expect(debts).toMatchObject({ foreignRecords: 4, differing: 3, recovering: 0 });
  expect(areOpen(debts)).toBe(true);
  expect(areOpen(debtsOf(overviewOf()))).toBe(false);
});

it.each([
  { looks: [], left: null, why: "nothing was seen" },
  { looks: [at(0, 5)], left: null, why: "one look has no pace" },
  { looks: [at(0, 100), at(10, 50)], left: 10, why: "half is done" },
  { looks: [at(0, 100), at(10, 100)], left: null, why: "it stands still" },
  { looks: [at(0, 50), at(10, 100)], left: null, why: "it grows" },
  { looks: [at(0, 10, 4), at(10, 0, 2)], left: 10, why: "the slowest decides" },
  { looks: [at(0, 10), at(10, 0)], left: 0, why: "it is done" },
])("$why: $left seconds", ({ looks, left }) => {
  expect(secondsLeft(looks)).toBe(left);
});
