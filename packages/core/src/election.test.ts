import fc from "fast-check";
import {
  type Ballot,
  candidacy,
  type ElectionState,
  elected,
  electionFrom,
  follow,
  isElected,
  isElectionDue,
  judgeVote,
  laterBallot,
  patienceMs,
  recall,
  retryAfterMs,
  seeTerm,
  withoutLeader,
} from "./election.js";
import type { NodeId } from "./types.js";

const [A, B, C, D, E] = ["a", "b", "c", "d", "e"] as [NodeId, NodeId, NodeId, NodeId, NodeId];

const fresh = (term: number, votedFor: NodeId | null = null) => electionFrom({ term, votedFor });
const leading = (term: number): ElectionState => ({
  term,
  votedFor: A,
  role: "leader",
  leader: A,
});

describe("a vote", () => {
  it.each([
    { state: fresh(0), term: 1, granted: true, why: "the first term of all" },
    { state: fresh(4), term: 5, granted: true, why: "a new term" },
    { state: fresh(5), term: 5, granted: true, why: "nobody has asked in this term yet" },
    { state: fresh(5, B), term: 5, granted: true, why: "it has it already: the answer got lost" },
    { state: fresh(5, C), term: 5, granted: false, why: "another one has it" },
    { state: fresh(5, A), term: 5, granted: false, why: "the voter is a candidate itself" },
    { state: fresh(6), term: 5, granted: false, why: "that term is over" },
    { state: leading(5), term: 5, granted: false, why: "the voter leads this term" },
    { state: fresh(5, C), term: 6, granted: true, why: "a vote binds for its term only" },
    { state: leading(5), term: 6, granted: true, why: "even a leader goes when a term opens" },
  ])("is $granted: $why", ({ state, term, granted }) => {
    const answer = judgeVote(state, { term, candidate: B, isPreVote: false }, true);
    expect(answer.granted).toBe(granted);
    expect(answer.state.term).toBe(Math.max(term, state.term));
    if (granted) expect(answer.state).toMatchObject({ votedFor: B, role: "follower" });
    else expect(answer.state).toEqual(state);
  });

  it.each([
    { state: fresh(4), term: 5, hears: false, granted: true, why: "it misses the leader too" },
    { state: fresh(4), term: 5, hears: true, granted: false, why: "the voter hears the leader" },
    { state: leading(4), term: 5, hears: true, granted: false, why: "the voter is the leader" },
    { state: fresh(5, C), term: 5, hears: false, granted: false, why: "the term's vote is given" },
    { state: fresh(6), term: 5, hears: false, granted: false, why: "the candidate is behind" },
    { state: fresh(5, B), term: 5, hears: false, granted: true, why: "it would be given again" },
  ])("asked for in advance is $granted and binds nobody: $why", (row) => {
    const { state, term, hears, granted } = row;
    const answer = judgeVote(state, { term, candidate: B, isPreVote: true }, hears);
    expect(answer).toEqual({ state, granted });
  });
});

describe("isElected", () => {
  it.each([
    { voters: [A], members: [A], expected: true, why: "a cluster of one" },
    { voters: [], members: [A], expected: false, why: "not even its own vote" },
    { voters: [A], members: [A, B], expected: false, why: "half is no majority" },
    { voters: [A, B], members: [A, B, C], expected: true, why: "two of three" },
    { voters: [A, A, A], members: [A, B, C], expected: false, why: "a voter counts once" },
    { voters: [A, D, E], members: [A, B, C], expected: false, why: "strangers do not count" },
    { voters: [A, B], members: [A, B, C, D], expected: false, why: "the other half might elect" },
    { voters: [A, B, E], members: [A, B, C, D, E], expected: true, why: "three of five" },
    { voters: [], members: [], expected: false, why: "nobody elects nobody" },
  ])("$why: $expected", ({ voters, members, expected }) => {
    expect(isElected(voters, members)).toBe(expected);
  });

  it("never lets two sets of voters that share nobody both elect", () => {
    const members = [A, B, C, D, E];
    for (let set = 0; set < 2 ** members.length; set++) {
      const some = members.filter((_, index) => (set >> index) % 2 === 1);
      const rest = members.filter((member) => !some.includes(member));
      expect(isElected(some, members) && isElected(rest, members)).toBe(false);
    }
  });
});

describe("stepping down", () => {
  it.each([
    { state: leading(5), term: 6, expected: fresh(6), why: "a leader sees a higher term" },
    { state: fresh(5, A), term: 6, expected: fresh(6), why: "the vote was for the old term" },
    { state: leading(5), term: 5, expected: leading(5), why: "its own term" },
    { state: leading(5), term: 4, expected: leading(5), why: "a term that is over" },
  ])("$why", ({ state, term, expected }) => {
    expect(seeTerm(state, term)).toEqual(expected);
  });

  it.each([
    { state: fresh(5), term: 5, leader: B, at: 5, why: "the leader of our term" },
    { state: candidacy(fresh(4), A), term: 5, leader: B, at: 5, why: "who was faster" },
    { state: fresh(5), term: 7, leader: B, at: 7, why: "the leader of a term that we missed" },
    { state: fresh(5), term: 4, leader: null, at: 5, why: "not one whose term is over" },
  ])("a node follows $why", ({ state, term, leader, at }) => {
    expect(follow(state, term, B)).toMatchObject({ term: at, role: "follower", leader });
  });

  it("keeps the vote: it was given in this term, whoever leads it", () => {
    expect(follow(fresh(5, C), 5, B).votedFor).toBe(C);
    expect(withoutLeader(leading(5))).toEqual(fresh(5, A));
  });
});

describe("taking office", () => {
  const candidate = candidacy(fresh(4, B), A);

  it("is for a candidate in the term of its candidacy", () => {
    expect(candidate).toEqual({ term: 5, votedFor: A, role: "candidate", leader: null });
    expect(elected(candidate, A, 5)).toEqual(leading(5));
  });

  it.each([
    { state: seeTerm(candidate, 6), why: "a higher term has been heard of" },
    { state: follow(candidate, 5, B), why: "another one has been elected" },
    { state: candidacy(candidate, A), why: "the votes are those of an earlier candidacy" },
  ])("is too late when $why", ({ state }) => {
    expect(elected(state, A, 5)).toEqual(state);
  });
});

describe("laterBallot", () => {
  it.each`
    held         | next         | stays        | why
    ${[0, null]} | ${[1, A]}    | ${[1, A]}    | ${"the first vote ever"}
    ${[5, null]} | ${[5, A]}    | ${[5, A]}    | ${"the first vote of a term"}
    ${[5, A]}    | ${[5, B]}    | ${[5, A]}    | ${"the second vote of a term"}
    ${[5, A]}    | ${[5, null]} | ${[5, A]}    | ${"a vote is not taken back"}
    ${[5, A]}    | ${[6, null]} | ${[6, null]} | ${"a higher term"}
    ${[5, A]}    | ${[4, B]}    | ${[5, A]}    | ${"a write that came late"}
  `("of $held and $next keeps $stays: $why", ({ held, next, stays }) => {
    const ballot = ([term, votedFor]: [number, NodeId | null]): Ballot => ({ term, votedFor });
    expect(laterBallot(ballot(held), ballot(next))).toEqual(ballot(stays));
  });
});

describe("recall", () => {
  const candidate = candidacy(fresh(4), A);
  it.each([
    { held: { term: 5, votedFor: A }, expected: candidate, why: "it is what was written" },
    { held: { term: 5, votedFor: null }, expected: candidate, why: "the vote is on its way" },
    { held: { term: 4, votedFor: B }, expected: candidate, why: "the write is on its way" },
    { held: { term: 5, votedFor: B }, expected: fresh(5, B), why: "the vote was given before" },
    { held: { term: 9, votedFor: null }, expected: fresh(9), why: "the disk knows a later term" },
  ])("goes by the disk: $why", ({ held, expected }) => {
    expect(recall(candidate, held)).toEqual(expected);
  });
});

describe("when an election is due", () => {
  const times = { leaderSilenceMs: 2_000, retryMs: 1_000 };

  it.each([
    { chance: 0, patience: 2_000, retry: 500 },
    { chance: 0.5, patience: 3_000, retry: 1_000 },
    { chance: 0.999, patience: 3_998, retry: 1_499 },
  ])("depends on chance: $chance", ({ chance, patience, retry }) => {
    expect(patienceMs(times, chance)).toBeCloseTo(patience);
    expect(retryAfterMs(times, chance)).toBeCloseTo(retry);
  });

  it.each([
    { state: fresh(1), nowMs: 9, due: false, why: "there is time left" },
    { state: fresh(1), nowMs: 10, due: true, why: "the time is over" },
    { state: candidacy(fresh(1), A), nowMs: 10, due: true, why: "nobody was elected" },
    { state: leading(1), nowMs: 10, due: false, why: "this node leads" },
  ])("$due: $why", ({ state, nowMs, due }) => {
    expect(isElectionDue(state, nowMs, 10)).toBe(due);
  });
});

describe("against a dumb twin that writes every vote into a book", () => {
  const request = fc.record({
    term: fc.integer({ min: 0, max: 6 }),
    candidate: fc.constantFrom(B, C, D),
    isPreVote: fc.boolean(),
    hears: fc.boolean(),
  });

  it("grants the same requests", () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        const book = new Map<number, NodeId>();
        let highest = 0;
        let state = fresh(0);
        for (const { hears, ...asked } of requests) {
          const { term, candidate, isPreVote } = asked;
          const isFree = term >= highest && (book.get(term) ?? candidate) === candidate;
          const answer = judgeVote(state, asked, hears);
          expect(answer.granted).toBe(isFree && !(isPreVote && hears));
          if (!isPreVote) {
            highest = Math.max(highest, term);
            if (isFree) book.set(term, candidate);
          }
          state = answer.state;
          expect(state).toMatchObject({ term: highest, votedFor: book.get(highest) ?? null });
        }
      }),
    );
  });

  it("never gives a term two leaders, whoever asks whom in whatever order", () => {
    const members = [A, B, C, D, E];
    const step = fc.tuple(fc.nat(4), fc.nat(4), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const states = members.map(() => fresh(0));
        const votes = new Map<string, NodeId[]>();
        const leaders = new Map<number, NodeId>();
        for (const [from, to, rises] of steps) {
          const candidate = members[from] as NodeId;
          let asking = states[from] as ElectionState;
          if (rises) asking = candidacy(asking, candidate);
          states[from] = asking;
          if (asking.role !== "candidate") continue;
          const { term } = asking;
          const voters = votes.get(`${term}${candidate}`) ?? [candidate];
          const voter = states[to] as ElectionState;
          const { state, granted } = judgeVote(voter, { term, candidate, isPreVote: false }, false);
          if (from !== to) states[to] = state;
          if (granted) voters.push(members[to] as NodeId);
          votes.set(`${term}${candidate}`, voters);
          if (!isElected(voters, members)) continue;
          states[from] = elected(asking, candidate, term);
          expect(leaders.get(term) ?? candidate).toBe(candidate);
          leaders.set(term, candidate);
        }
      }),
    );
  });
});
