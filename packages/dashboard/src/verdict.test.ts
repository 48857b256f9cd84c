import { memberOf, membersIn, overviewOf, statusOf } from "../test-support/samples.js";
import { debtsOf } from "./debts.js";
import { verdictOf } from "./verdict.js";

const recovery = { ...statusOf().recovery, isOver: false, partitionsLeft: 412, secondsLeft: 12 };
const owing = statusOf({ foreignRecords: 1_204 });

it.each([
  {
    overview: overviewOf(),
    level: "ok",
    sentence: "All is well.",
    detail: "3 nodes up, node1 leads, 300 copies of records, each where it belongs.",
  },
  {
    overview: overviewOf({ leader: null }),
    level: "busy",
    sentence: "All 3 nodes are up.",
    detail: "A leader is being elected. Reads and writes need none.",
  },
  {
    overview: overviewOf({ members: membersIn({ node2: "suspect" }) }),
    level: "warn",
    sentence: "node2 has gone quiet.",
    detail: expect.stringContaining("few more seconds"),
  },
  {
    overview: overviewOf({
      members: [memberOf("node1"), memberOf("node2", { state: "suspect", status: null })],
    }),
    level: "bad",
    sentence: "node2 does not answer.",
    detail: expect.stringContaining("stand in already"),
  },
  {
    overview: overviewOf({ members: membersIn({ node2: "down" }, { foreignRecords: 1 }) }),
    level: "bad",
    sentence: "node2 is down.",
    detail: expect.stringContaining("nothing acknowledged is lost. 2 records are kept for it."),
  },
  {
    overview: overviewOf({ members: membersIn({ node2: "down", node3: "down" }) }),
    level: "bad",
    sentence: "node2 and node3 are down.",
    detail: expect.stringContaining("Writes that need 2 nodes are refused"),
  },
  {
    overview: overviewOf({
      members: [
        memberOf("node1"),
        memberOf("node2", { status: statusOf({ storeAnswers: false }) }),
      ],
    }),
    level: "bad",
    sentence: "The Redis of node2 does not answer.",
    detail: expect.stringContaining("stand in"),
  },
  {
    overview: overviewOf({
      members: [
        memberOf("node1"),
        memberOf("node2", {
          state: "recovering",
          status: statusOf({ state: "recovering", recovery }),
        }),
      ],
    }),
    level: "busy",
    sentence: "node2 is catching up.",
    detail: "412 partitions left to compare, about 12 s. The others serve its reads.",
  },
  {
    overview: overviewOf({ members: [memberOf("node1", { status: owing }), memberOf("node2")] }),
    level: "busy",
    sentence: "Everybody is back; the last records are on their way.",
    detail: "1,204 records to hand off: under way. Every acknowledged write has its copies.",
  },
])("$level: $sentence", ({ overview, ...verdict }) => {
  expect(verdictOf(overview, [debtsOf(overview)])).toEqual(verdict);
});

it("says how long it takes, at the pace of the last seconds", () => {
  const members = [memberOf("node1", { status: statusOf({ foreignRecords: 300 }) })];
  const overview = overviewOf({ members, replicaCount: 1 });
  const now = debtsOf(overview);
  const before = { ...now, atMs: now.atMs - 10_000, foreignRecords: 400 };
  expect(verdictOf(overview, [before, now]).detail).toContain(
    "300 records to hand off: about 30 s.",
  );
});
