import type { MemberState, NodeId } from "@ringkv/core";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { Counters } from "./counters.js";
import { Membership } from "./membership.js";
import { type Heartbeat, PeerFailure } from "./ports/peers.js";

const [SELF, B, C] = ["node1", "node2", "node3"] as [NodeId, NodeId, NodeId];
const OPTIONS = { heartbeatIntervalMs: 1_000, suspectAfterMs: 2_000, downAfterMs: 5_000 };

/** How a peer takes a heartbeat: it answers so, refuses the connection, or says nothing. */
type Mood = MemberState | "refuses" | "silent";

function openMembership(moods: Record<string, Mood>, members: readonly NodeId[] = [SELF, B, C]) {
  const clock = new ManualClock();
  const log = new LogBook();
  const stopped = new AbortController();
  const changes: string[] = [];
  const beats: string[] = [];
  const own = { state: "up" as MemberState };
  const debtors: NodeId[] = [];
  const clocks = { heard: [] as number[], areBroken: false };

  const beatOf = (node: NodeId, state: MemberState): Heartbeat => ({
    node,
    incarnation: 7,
    state,
    clockMs: clock.wallMs(),
    stampedMs: 0,
    term: 0,
    leader: null,
    owes: new Map(),
  });
  const heartbeat = async (node: NodeId, beat: Heartbeat, budgetMs: number) => {
    beats.push(`${node} hears ${beat.state}`);
    const mood = moods[node] ?? "silent";
    if (mood === "refuses") throw new PeerFailure({ node, reason: "refused", sent: false });
    if (mood !== "silent") return beatOf(node, mood);
    await clock.sleep(budgetMs, stopped.signal);
    throw new PeerFailure({ node, reason: "timed-out", sent: true });
  };
  const membership = new Membership({
    counters: new Counters(),
    self: SELF,
    members,
    clock,
    peers: { heartbeat },
    log,
    options: OPTIONS,
    ownBeat: () => ({ ...beatOf(SELF, own.state), incarnation: 3 }),
    observeClock: (clockMs) => {
      clocks.heard.push(clockMs);
      return !clocks.areBroken;
    },
    hearOwes: (debtor) => void debtors.push(debtor),
  });
  membership.onChange((node, from, to) => changes.push(`${node} ${from} -> ${to}`));
  const states = () => [SELF, B, C].map(membership.stateOf).join(" ");
  const start = () => void membership.run(stopped.signal);
  const tools = { clock, log, stopped, moods, changes, beats, own, clocks, debtors, beatOf };
  return { ...tools, membership, states, start };
}

const timedOut = (node: NodeId) => new PeerFailure({ node, reason: "timed-out", sent: true });

describe("who is up", () => {
  it("is found out with the first beat; until then others are suspect, we recover", async () => {
    const { states, start, clock } = openMembership({ node2: "up", node3: "recovering" });
    expect(states()).toBe("recovering suspect suspect");
    start();
    await clock.advance(0);
    expect(states()).toBe("up up recovering");
  });

  it("is judged by silence: suspect after two seconds, down after five", async () => {
    const { states, start, clock, moods, changes } = openMembership({ node2: "up", node3: "up" });
    start();
    await clock.advance(0);
    moods["node3"] = "silent";
    await clock.advance(1_999);
    expect(states()).toBe("up up up");
    await clock.advance(1);
    expect(states()).toBe("up up suspect");
    await clock.advance(2_999);
    expect(states()).toBe("up up suspect");
    await clock.advance(1);
    expect(states()).toBe("up up down");
    moods["node3"] = "up";
    await clock.advance(1_000);
    expect(changes.filter((change) => change.startsWith("node3"))).toEqual([
      "node3 suspect -> up",
      "node3 up -> suspect",
      "node3 suspect -> down",
      "node3 down -> up",
    ]);
  });

  it("is judged down when it was never heard at all", async () => {
    const { states, start, clock } = openMembership({ node2: "up", node3: "refuses" });
    start();
    await clock.advance(4_999);
    expect(states()).toBe("up up suspect");
    await clock.advance(1);
    expect(states()).toBe("up up down");
  });

  it("does not include a node that is no member", () => {
    expect(openMembership({}).membership.stateOf("node9" as NodeId)).toBe("down");
  });
});

describe("a call on the data path that failed", () => {
  const refused = new PeerFailure({ node: C, reason: "refused", sent: false });
  const unavailable = new PeerFailure({ node: C, reason: "unavailable", sent: true });

  it.each([
    { failures: [refused], state: "suspect", why: "no connection: nobody need wait for it" },
    { failures: [timedOut(C)], state: "up", why: "one time-out is an accident" },
    { failures: [timedOut(C), timedOut(C)], state: "up", why: "two may be" },
    { failures: [timedOut(C), timedOut(C), timedOut(C)], state: "suspect", why: "three are not" },
    {
      failures: [unavailable, unavailable, unavailable],
      state: "up",
      why: "it answered: the link is well",
    },
    { failures: [new Error("a bug of ours")], state: "up", why: "that says nothing of the node" },
  ])("leaves a member $state: $why", async ({ failures, state }) => {
    const { membership, start, clock } = openMembership({ node2: "up", node3: "up" });
    start();
    await clock.advance(0);
    for (const failure of failures) membership.noteFailure(C, failure);
    expect(membership.stateOf(C)).toBe(state);
    await clock.advance(1_000);
    expect(membership.stateOf(C)).toBe("up");
  });

  it("of a node that is no member is ignored", () => {
    const { membership, changes } = openMembership({});
    membership.noteFailure("node9" as NodeId, timedOut("node9" as NodeId));
    expect(changes).toEqual([]);
  });
});

describe("a pause of this whole process", () => {
  it("accuses nobody when it ends", async () => {
    const { states, start, clock, changes } = openMembership({ node2: "up", node3: "up" });
    start();
    await clock.advance(0);
    changes.length = 0;
    clock.freeze(60_000);
    await clock.advance(0);
    expect(states()).toBe("up up up");
    expect(changes).toEqual([]);
  });

  it("accuses nobody either when a call's time-out is reported before the next beat", async () => {
    const { membership, start, clock, changes } = openMembership({ node2: "up", node3: "up" });
    start();
    await clock.advance(0);
    changes.length = 0;
    clock.freeze(60_000);
    membership.noteFailure(C, timedOut(C));
    expect(membership.stateOf(C)).toBe("up");
    expect(changes).toEqual([]);
  });

  it("does not hide for long that a member died meanwhile", async () => {
    const { states, start, clock, moods } = openMembership({ node2: "up", node3: "up" });
    start();
    await clock.advance(0);
    clock.freeze(60_000);
    moods["node3"] = "silent";
    await clock.advance(5_000);
    expect(states()).toBe("up up down");
  });
});

describe("leaving", () => {
  it("is told to every member at once, and seen by this node too", async () => {
    const { membership, start, clock, own, beats, changes } = openMembership({
      node2: "up",
      node3: "refuses",
    });
    start();
    await clock.advance(0);
    beats.length = 0;
    own.state = "down";
    await membership.announce();
    expect(beats).toEqual(["node2 hears down", "node3 hears down"]);
    expect(changes.at(-1)).toBe("node1 up -> down");
  });

  it("of a member is believed at once, and its return too", async () => {
    const { membership, start, clock, beatOf } = openMembership({ node2: "up", node3: "up" });
    start();
    await clock.advance(0);
    membership.received(beatOf(C, "down"));
    expect(membership.stateOf(C)).toBe("down");
    membership.received(beatOf(C, "recovering"));
    expect(membership.stateOf(C)).toBe("recovering");
  });
});

describe("a beat from a member", () => {
  it("is no proof that we can reach it", async () => {
    const { membership, start, clock, moods, beatOf } = openMembership({ node2: "up" });
    moods["node3"] = "silent";
    start();
    for (let second = 0; second < 6; second++) {
      membership.received(beatOf(C, "up"));
      expect(membership.stateOf(C)).not.toBe("up");
      await clock.advance(1_000);
    }
    expect(membership.stateOf(C)).toBe("down");
  });

  it("from a stranger changes nothing", () => {
    const { membership, beatOf, states } = openMembership({});
    const before = states();
    membership.received(beatOf("node9" as NodeId, "up"));
    expect(states()).toBe(before);
    expect(membership.view()).toHaveLength(3);
  });

  it("carries its clock, in both directions", async () => {
    const { membership, start, clock, clocks, beatOf } = openMembership({ node2: "up" });
    start();
    await clock.advance(0);
    membership.received({ ...beatOf(C, "up"), clockMs: 42 });
    expect(clocks.heard).toEqual([clock.wallMs(), 42]);
  });

  it("with a clock too far ahead does not count as heard, and is logged", async () => {
    const { states, start, clock, clocks, log } = openMembership({ node2: "up", node3: "up" });
    clocks.areBroken = true;
    start();
    await clock.advance(5_000);
    expect(states()).toBe("up down down");
    expect(log.lines).toContain("warn member's clock is too far ahead: ignored");
  });
});

describe("the rhythm", () => {
  it("is one beat per interval and member, which a silent member does not slow down", async () => {
    const { start, clock, beats, stopped } = openMembership({ node2: "up", node3: "silent" });
    start();
    await clock.advance(3_000);
    expect(beats.filter((beat) => beat.startsWith("node2"))).toHaveLength(4);
    expect(beats.filter((beat) => beat.startsWith("node3"))).toHaveLength(4);
    stopped.abort();
    await settle();
    await clock.advance(10_000);
    expect(beats).toHaveLength(8);
  });
});

describe("the view", () => {
  it("lists every member in order, with what is known of it", async () => {
    const { membership, start, clock } = openMembership({ node2: "up", node3: "refuses" });
    start();
    await clock.advance(1_250);
    expect(membership.view()).toEqual([
      { node: SELF, state: "up", heardAgoMs: 0, incarnation: 3 },
      { node: B, state: "up", heardAgoMs: 250, incarnation: 7 },
      { node: C, state: "suspect", heardAgoMs: null, incarnation: null },
    ]);
  });

  it.each`
    node2           | node3        | majority | why
    ${"up"}         | ${"up"}      | ${true}  | ${"all three"}
    ${"up"}         | ${"refuses"} | ${true}  | ${"two of three"}
    ${"recovering"} | ${"refuses"} | ${true}  | ${"a recovering member answers"}
    ${"refuses"}    | ${"refuses"} | ${false} | ${"alone"}
    ${"down"}       | ${"refuses"} | ${false} | ${"who leaves does not count"}
  `("with $node2 and $node3 is a majority: $majority ($why)", async (row) => {
    const { membership, start, clock } = openMembership({ node2: row.node2, node3: row.node3 });
    start();
    await clock.advance(0);
    expect(membership.seesMajority()).toBe(row.majority);
  });

  it("is no majority with half of the members: the other half might think the same", async () => {
    const four = [SELF, B, C, "node4" as NodeId];
    const { membership, start, clock, moods } = openMembership({ node2: "up" }, four);
    start();
    await clock.advance(0);
    expect(membership.seesMajority()).toBe(false);
    moods["node3"] = "up";
    await clock.advance(1_000);
    expect(membership.seesMajority()).toBe(true);
  });
});

describe("how long it has been steady", () => {
  async function openSteady() {
    const opened = openMembership({ node2: "up", node3: "up" });
    opened.start();
    await opened.clock.advance(3_500);
    return { ...opened, since: () => opened.membership.steadySinceMs() };
  }

  it("counts from when everybody was first heard", async () => {
    const { since } = await openSteady();
    expect(since()).toBe(0);
  });

  it.each([
    {
      what: "a member becomes suspect",
      change: ({ membership }: Awaited<ReturnType<typeof openSteady>>) =>
        membership.noteFailure(C, new PeerFailure({ node: C, reason: "refused", sent: false })),
    },
    {
      what: "a member has started anew, so soon that nobody missed it",
      change: ({ membership, beatOf }: Awaited<ReturnType<typeof openSteady>>) =>
        membership.received({ ...beatOf(C, "up"), incarnation: 8 }),
    },
  ])("begins anew when $what", async ({ change }) => {
    const steady = await openSteady();
    change(steady);
    expect(steady.since()).toBe(3_500);
  });

  it("begins anew after a pause of this process, also before its next beat", async () => {
    const { since, clock, changes } = await openSteady();
    changes.length = 0;
    clock.freeze(60_000);
    expect(since()).toBe(63_500);
    expect(changes).toEqual([]);
  });

  it("is not touched by beats that say nothing new", async () => {
    const { since, membership, beatOf } = await openSteady();
    membership.received(beatOf(C, "up"));
    expect(since()).toBe(0);
  });
});
