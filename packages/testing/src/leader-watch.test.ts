import type { NodeId } from "@ringkv/core";
import { LeaderWatch } from "./leader-watch.js";

const [A, B] = ["a", "b"] as [NodeId, NodeId];

const claim = (name: string, term: number, incarnation = 1) => {
  const node = name as NodeId;
  return { node, incarnation, term, leader: node as NodeId | null };
};

describe("the watch over leaders", () => {
  it.each([
    { claims: [claim("a", 1), claim("a", 1)], reports: 0, why: "one leader may say so twice" },
    { claims: [claim("a", 1), claim("b", 2)], reports: 0, why: "each term has its own" },
    { claims: [claim("b", 2), claim("a", 1)], reports: 0, why: "one has not noticed yet" },
    { claims: [claim("a", 1), claim("b", 1)], reports: 1, why: "a term has two" },
    { claims: [claim("a", 1), claim("a", 1, 2)], reports: 1, why: "nobody elected the second run" },
    { claims: [{ ...claim("a", 1), leader: null }], reports: 0, why: "nobody claims anything" },
    {
      claims: [{ ...claim("a", 1), leader: "b" as NodeId }],
      reports: 1,
      why: "nobody speaks for another",
    },
  ])("reports $reports times: $why", ({ claims, reports }) => {
    const reported: string[] = [];
    const watch = new LeaderWatch((message) => reported.push(message));
    for (const one of claims) watch.said(one);
    expect(reported).toHaveLength(reports);
  });

  it.each([
    { held: { term: 3, votedFor: B }, reports: 0, why: "it is on disk" },
    { held: { term: 3, votedFor: null }, reports: 1, why: "only the term is on disk" },
    { held: { term: 3, votedFor: A }, reports: 1, why: "another vote is" },
    { held: { term: 2, votedFor: B }, reports: 1, why: "one of an earlier term is" },
  ])("reports a vote $reports times: $why", ({ held, reports }) => {
    const reported: string[] = [];
    const watch = new LeaderWatch((message) => reported.push(message));
    watch.recorded(A, held);
    watch.voted(A, { term: 3, candidate: B, isPreVote: true });
    expect(reported).toEqual([]);
    watch.voted(A, { term: 3, candidate: B, isPreVote: false });
    expect(reported).toHaveLength(reports);
  });

  it("counts the terms that were led, and the most that led one", () => {
    const watch = new LeaderWatch(() => {});
    expect(watch).toMatchObject({ terms: 0, leadersPerTermMax: 0 });
    for (const one of [claim("a", 1), claim("b", 3), claim("c", 3)]) watch.said(one);
    expect(watch).toMatchObject({ terms: 2, leadersPerTermMax: 2 });
  });
});
