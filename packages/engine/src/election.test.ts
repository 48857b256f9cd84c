import { type Ballot, laterBallot, NO_BALLOT, type NodeId, StoreUnavailable } from "@ringkv/core";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Counters } from "./counters.js";
import { Election } from "./election.js";
import { PeerFailure } from "./ports/peers.js";

const [SELF, B, C] = ["node1", "node2", "node3"] as [NodeId, NodeId, NodeId];

/** How a peer takes a request for its vote. */
type Mood = "grants" | "refuses" | "silent" | number;

/** An election whose chance is always one half: patience is 3 s, a retry comes after 1 s. */
function openElection({ members = [SELF, B, C], ballot = NO_BALLOT } = {}) {
  const clock = new ManualClock();
  const log = new LogBook();
  const stopped = new AbortController();
  const asked: string[] = [];
  const moods: Record<string, Mood> = { node2: "grants", node3: "grants" };
  const store = { ballot, isAway: false, writes: [] as string[] };
  const own = { isFit: true, announced: 0 };
  const election = new Election({
    counters: new Counters(),
    self: SELF,
    members,
    clock,
    random: { unit: () => 0.5 },
    meta: {
      recordVote: async (next: Ballot) => {
        if (store.isAway) throw new StoreUnavailable("away");
        store.writes.push(`${next.term} ${next.votedFor}`);
        store.ballot = laterBallot(store.ballot, next);
        return store.ballot;
      },
    },
    peers: {
      requestVote: async (node, { term, isPreVote }, budgetMs) => {
        asked.push(`${node} ${isPreVote ? "pre" : "vote"} ${term} (disk ${store.ballot.term})`);
        const mood = moods[node] ?? "silent";
        if (mood === "grants") return { term, granted: true };
        if (mood === "refuses") return { term: term - 1, granted: false };
        if (mood !== "silent") return { term: mood, granted: false };
        await clock.sleep(budgetMs, stopped.signal);
        throw new PeerFailure({ node, reason: "timed-out", sent: true });
      },
    },
    log,
    options: { heartbeatIntervalMs: 1_000, suspectAfterMs: 2_000 },
    isFit: () => own.isFit,
    announce: async () => void own.announced++,
  });
  const peers = members.filter((node) => node !== SELF);
  /** The peers answer the first beat, as far as they are there. */
  const start = (answering: readonly NodeId[] = peers) => {
    election.startAt(ballot);
    for (const node of answering) election.answered({ node, term: 0, leader: null });
    void election.run(stopped.signal);
  };
  /** Beats of `node` for `seconds`, one per second. */
  const beats = async (node: NodeId, seconds: number, term: number, leader: NodeId | null) => {
    for (let second = 0; second < seconds; second++) {
      election.heard({ node, term, leader });
      await clock.advance(1_000);
    }
  };
  const tools = { clock, log, stopped, asked, moods, store, own };
  return { ...tools, election, start, beats };
}

const request = (term: number, candidate = B, isPreVote = false) => ({
  term,
  candidate,
  isPreVote,
});

async function lead() {
  const opened = openElection();
  opened.start();
  await opened.clock.advance(3_000);
  expect(opened.election.leadership().isLeader).toBe(true);
  return opened;
}

describe("an election", () => {
  it("is held when no leader was heard: pre-vote, own vote on disk, vote", async () => {
    const { election, start, clock, asked, own, log } = openElection();
    start();
    await clock.advance(2_999);
    expect(asked).toEqual([]);
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 0 });
    await clock.advance(1);
    expect(asked).toEqual([
      "node2 pre 1 (disk 0)",
      "node3 pre 1 (disk 0)",
      "node2 vote 1 (disk 1)",
      "node3 vote 1 (disk 1)",
    ]);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 1 });
    expect(own.announced).toBe(1);
    expect(log.lines).toEqual(["info leader changed"]);
  });

  it("is not held while the leader beats", async () => {
    const { election, start, beats, asked, log } = openElection();
    start();
    await beats(B, 30, 4, B);
    expect(asked).toEqual([]);
    expect(election.leadership()).toEqual({ isLeader: false, leader: B, term: 4 });
    expect(log.lines).toEqual(["info leader changed"]);
  });

  it("needs no answer of a silent member, where the others are a majority", async () => {
    const { election, start, clock, moods } = openElection();
    moods["node3"] = "silent";
    start();
    await clock.advance(3_000);
    expect(election.leadership().isLeader).toBe(true);
  });

  it("opens no term when nobody would vote, and is tried again soon", async () => {
    const { election, start, clock, moods, asked, store } = openElection();
    Object.assign(moods, { node2: "refuses", node3: "refuses" });
    start();
    await clock.advance(30_000);
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 0 });
    expect(store.writes).toEqual([]);
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.every((it) => it.includes("pre 1"))).toBe(true);
    moods["node3"] = "grants";
    await clock.advance(1_500);
    expect(election.leadership().isLeader).toBe(true);
  });

  it("learns from a refusal how far the others are", async () => {
    const { election, start, clock, moods, store } = openElection();
    Object.assign(moods, { node2: 41, node3: 41 });
    start();
    await clock.advance(3_000);
    expect(election.leadership().term).toBe(41);
    expect(store.ballot).toEqual({ term: 41, votedFor: null });
    moods["node2"] = "grants";
    await clock.advance(1_000);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 42 });
  });

  it("goes on in the term that an earlier run has reached", async () => {
    const { election, start, clock } = openElection({ ballot: { term: 7, votedFor: C } });
    start();
    expect(election.leadership().term).toBe(7);
    await clock.advance(3_000);
    expect(election.leadership()).toMatchObject({ isLeader: true, term: 8 });
  });

  it("is won at once by a cluster of one", async () => {
    const { election, start, clock } = openElection({ members: [SELF] });
    start();
    await clock.advance(3_000);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 1 });
    await clock.advance(60_000);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 1 });
  });

  it("is lost when the disk does not take the own vote", async () => {
    const { election, start, clock, asked, store, log } = openElection();
    store.isAway = true;
    start();
    await clock.advance(3_000);
    expect(asked.some((it) => it.includes("vote"))).toBe(false);
    expect(election.leadership().isLeader).toBe(false);
    expect(log.lines).toContain("warn own vote not recorded: not a candidate");
    store.isAway = false;
    await clock.advance(2_000);
    expect(election.leadership()).toMatchObject({ isLeader: true, term: 2 });
  });

  it("is not stood for by a node that is not fit", async () => {
    const { election, start, clock, asked, own } = openElection();
    own.isFit = false;
    start();
    await clock.advance(30_000);
    expect(asked).toEqual([]);
    expect(election.leadership().leader).toBeNull();
  });
});

describe("a vote", () => {
  it("is on disk before it is given, and given once", async () => {
    const { election, start, store } = openElection();
    start();
    const first = election.vote(request(5, B));
    const second = election.vote(request(5, C));
    expect(await first).toEqual({ term: 5, granted: true });
    expect(await second).toEqual({ term: 5, granted: false });
    expect(store.writes).toEqual(["5 node2"]);
  });

  it("is not given when the disk remembers another one", async () => {
    const { election, start, store } = openElection();
    start();
    store.ballot = { term: 5, votedFor: C };
    expect(await election.vote(request(5, B))).toEqual({ term: 5, granted: false });
    expect(await election.vote(request(5, C))).toEqual({ term: 5, granted: true });
  });

  it("is not given when the disk does not answer, and may be asked for again", async () => {
    const { election, start, store } = openElection();
    start();
    store.isAway = true;
    await expect(election.vote(request(5, B))).rejects.toThrow(StoreUnavailable);
    store.isAway = false;
    expect(await election.vote(request(5, B))).toEqual({ term: 5, granted: true });
  });

  it.each([
    { isPreVote: true, why: "not even promised" },
    { isPreVote: false, why: "not given" },
  ])("is $why by a node that is not fit", async ({ isPreVote }) => {
    const { election, start, own, store } = openElection();
    start();
    own.isFit = false;
    const answer = await election.vote(request(5, B, isPreVote));
    expect(answer).toEqual({ term: 0, granted: false });
    expect(store.writes).toEqual([]);
  });

  it("is not given before the store is claimed: nobody knows how the last run voted", async () => {
    const { election } = openElection();
    await expect(election.vote(request(5))).rejects.toThrow(StoreUnavailable);
    election.heard({ node: B, term: 9, leader: B });
    expect(election.leadership().term).toBe(0);
  });

  it("is not promised while the leader is heard, and is when it is silent", async () => {
    const { election, start, beats, clock } = openElection();
    start();
    await beats(B, 3, 4, B);
    expect((await election.vote(request(5, C, true))).granted).toBe(false);
    await clock.advance(1_000);
    expect((await election.vote(request(5, C, true))).granted).toBe(true);
    expect(election.leadership().term).toBe(4);
  });

  it("is not promised by the leader, which takes nothing from it", async () => {
    const { election } = await lead();
    expect(await election.vote(request(2, B, true))).toEqual({ term: 1, granted: false });
    expect(election.leadership().isLeader).toBe(true);
  });
});

describe("a leader steps down", () => {
  it("when a higher term is heard of", async () => {
    const { election, store } = await lead();
    election.heard({ node: B, term: 2, leader: null });
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 2 });
    await settle();
    expect(store.ballot).toEqual({ term: 2, votedFor: null });
  });

  it("when it votes for another", async () => {
    const { election } = await lead();
    expect((await election.vote(request(2, C))).granted).toBe(true);
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 2 });
  });

  it("when it has heard no majority for as long as its followers are patient", async () => {
    const { election, clock, moods, log } = await lead();
    Object.assign(moods, { node2: "silent", node3: "silent" });
    await clock.advance(1_999);
    expect(election.leadership().isLeader).toBe(true);
    await clock.advance(1);
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 1 });
    expect(log.lines.at(-1)).toBe("info no leader");
  });

  it("not while one of two others is heard", async () => {
    const { election, beats, moods } = await lead();
    Object.assign(moods, { node2: "silent", node3: "silent" });
    await beats(C, 20, 1, null);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 1 });
  });

  it("after a pause of its own, before anybody hears a claim of it", async () => {
    const { election, clock } = await lead();
    clock.freeze(60_000);
    expect(election.leadership().isLeader).toBe(false);
  });

  it("at once when it is not fit any more", async () => {
    const { election, own } = await lead();
    own.isFit = false;
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 1 });
  });
});

describe("a follower", () => {
  it("replaces a leader that resigns sooner than one that falls silent", async () => {
    const { election, start, beats, clock } = openElection();
    start();
    await beats(B, 3, 4, B);
    election.heard({ node: B, term: 4, leader: null });
    expect(election.leadership().leader).toBeNull();
    await clock.advance(1_000);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 5 });
  });

  it("names the lost leader until it stands for election itself", async () => {
    const { election, start, clock, moods } = openElection();
    Object.assign(moods, { node2: "silent", node3: "silent" });
    start();
    election.heard({ node: B, term: 4, leader: B });
    await clock.advance(2_999);
    expect(election.leadership().leader).toBe(B);
    await clock.advance(1);
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 4 });
  });

  it("believes no leader of a term that is over", async () => {
    const { election, start } = openElection();
    start();
    election.heard({ node: B, term: 4, leader: B });
    election.heard({ node: C, term: 3, leader: C });
    expect(election.leadership()).toEqual({ isLeader: false, leader: B, term: 4 });
  });

  it("joins a leader of a higher term, and a store that is away does not keep it", async () => {
    const { election, start, store } = openElection();
    start();
    store.isAway = true;
    election.heard({ node: B, term: 4, leader: B });
    await settle();
    expect(election.leadership()).toEqual({ isLeader: false, leader: B, term: 4 });
  });

  it("hears its leader in the answers to its own beats too", async () => {
    const { election, start } = openElection();
    start();
    const clocks = { clockMs: 0, stampedMs: 0, owes: new Map() };
    const beat = { node: B, incarnation: 1, state: "up", ...clocks, term: 3, leader: B } as const;
    const peers = election.listeningTo({ heartbeat: async () => beat });
    expect(await peers.heartbeat(B, beat, 100)).toBe(beat);
    expect(election.leadership().leader).toBe(B);
  });
});

describe("a node with a blank store", () => {
  it("abstains until every peer has answered, as it may have voted before", async () => {
    const { election, start, clock, asked, store } = openElection();
    start([B]);
    election.heard({ node: C, term: 6, leader: C });
    expect((await election.vote(request(7, B))).granted).toBe(false);
    await clock.advance(9_000);
    expect(asked).toEqual([]);
    expect(election.leadership()).toEqual({ isLeader: false, leader: null, term: 6 });
    expect(store.writes).toEqual([]);
    election.answered({ node: C, term: 6, leader: C });
    expect(election.leadership().leader).toBe(C);
    expect((await election.vote(request(6, B))).granted).toBe(false);
    expect((await election.vote(request(7, B))).granted).toBe(true);
    expect(store.writes).toEqual(["6 node1", "7 node2"]);
  });

  it("waits for a peer that is missing no longer than it must, and skips its terms", async () => {
    const { election, start, clock, moods } = openElection();
    moods["node3"] = "silent";
    start([B]);
    await clock.advance(9_999);
    expect(election.leadership().term).toBe(0);
    await clock.advance(2_000);
    expect(election.leadership()).toEqual({ isLeader: true, leader: SELF, term: 1_001 });
  });
});

it("ends with the node", async () => {
  const { clock, stopped, asked, start } = openElection();
  start();
  stopped.abort();
  await clock.advance(60_000);
  expect(asked).toEqual([]);
});
