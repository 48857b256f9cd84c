/** Which functions time went to, from small profiles. */

import { packageCosts, topCosts } from "../../scripts/bench/top-costs.mjs";

const frame = (functionName: string, url = "", lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
});
const PROFILE = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 3, 6] },
    { id: 2, callFrame: frame("(idle)") },
    {
      id: 3,
      callFrame: frame("read", "file:///x/packages/engine/dist/read-path.js", 15),
      children: [4],
    },
    { id: 4, callFrame: frame("write", "node:net", 99), children: [5] },
    { id: 5, callFrame: frame("writev") },
    { id: 6, callFrame: frame("writev") },
  ],
  samples: [2, 3, 5, 5, 6, 2],
  timeDeltas: [1_000, 100, 300, 300, 300, 9_000],
};

it("counts the time in a function itself, and waiting not at all", () => {
  expect(topCosts([PROFILE], 9)).toEqual([
    { name: "writev", place: "for read packages/engine/dist/read-path.js:16", share: 0.6 },
    { name: "writev", place: "", share: 0.3 },
    { name: "read", place: "packages/engine/dist/read-path.js:16", share: 0.1 },
  ]);
});

it("sums several nodes up and shows no more than asked for", () => {
  const costs = topCosts([PROFILE, PROFILE], 1);
  expect(costs).toEqual([expect.objectContaining({ name: "writev", share: 0.6 })]);
});

it("sums up by package, what Node.js did on its behalf apart", () => {
  expect(packageCosts([PROFILE])).toEqual([
    { name: "engine", place: "Node.js on its behalf", share: 0.6 },
    { name: "Node.js", place: "", share: 0.3 },
    { name: "engine", place: "itself", share: 0.1 },
  ]);
});
