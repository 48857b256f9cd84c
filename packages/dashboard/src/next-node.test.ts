import { membersIn, overviewOf } from "../test-support/samples.js";
import { nextBases } from "./next-node.js";

const [B, C] = ["http://127.0.0.1:8002", "http://127.0.0.1:8003"];
const well = overviewOf();

it.each([
  { overview: null, failed: "", bases: [""], why: "nobody else is known yet" },
  { overview: well, failed: "", bases: [B, C, ""], why: "home was asked just now" },
  { overview: well, failed: B, bases: ["", C, B], why: "home first" },
  {
    overview: overviewOf({ members: membersIn({ node2: "down" }) }),
    failed: "",
    bases: [C, B, ""],
    why: "who was down comes last",
  },
  {
    overview: overviewOf({ members: membersIn({ node2: "recovering", node3: "suspect" }) }),
    failed: "",
    bases: [B, C, ""],
    why: "one that catches up answers",
  },
])("asks $bases: $why", ({ overview, failed, bases }) => {
  expect(nextBases(overview, "node1", failed)).toEqual(bases);
});

it("asks nobody whose address it was not told", () => {
  const members = membersIn({}).map((member) => ({ ...member, http: null }));
  expect(nextBases(overviewOf({ members }), "node1", "")).toEqual([""]);
});
