import type { MemberState, NodeId } from "@ringkv/core";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { Alerts } from "./alerts.js";
import type { Alert } from "./ports/notifier.js";
import { PeerFailure } from "./ports/peers.js";

const MEMBERS = ["node1", "node2", "node3"] as NodeId[];
const [SELF, NODE2, NODE3] = MEMBERS as [NodeId, NodeId, NodeId];

function open(leader: NodeId | null = SELF, self = SELF) {
  const clock = new ManualClock();
  const world = { leader, majority: true, isReachable: true };
  const states = new Map<NodeId, MemberState>(MEMBERS.map((node) => [node, "up"]));
  const told: string[] = [];
  const passed: string[] = [];
  const alerts = new Alerts({
    self,
    members: MEMBERS,
    stateOf: (node) => states.get(node) ?? "down",
    seesMajority: () => world.majority,
    leadership: () => ({ leader: world.leader, isLeader: world.leader === self, term: 1 }),
    peers: {
      raise: async (node, { kind }: Alert) => {
        if (!world.isReachable) throw new PeerFailure({ node, reason: "refused", sent: false });
        passed.push(`${kind} to ${node}`);
      },
    },
    clock,
    log: new LogBook(),
    downAfterMs: 5_000,
    budgetMs: 1_000,
    tell: ({ kind, node }) => void told.push(`${kind} ${node}`),
  });
  /** Rounds for a while, as a node does. */
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 200) {
      await alerts.round().catch(() => {});
      await clock.advance(200);
    }
  };
  return { alerts, clock, world, states, told, passed, pass };
}

it("tells of a node that fails and comes back: three times in all", async () => {
  const { states, told, pass } = open();
  await pass(1_000);
  for (const state of ["suspect", "down", "suspect", "recovering", "up"] as const) {
    states.set(NODE2, state);
    await pass(2_000);
  }
  expect(told).toEqual(["node-down node2", "node-up node2", "recovery-done node2"]);
});

it.each([
  { states: ["recovering", "up"], expected: [], why: "the start of a cluster is no news" },
  { states: ["suspect", "up"], expected: [], why: "a hiccup is none" },
  { states: ["up", "suspect", "recovering", "up"], expected: [], why: "nor a quick restart" },
  { states: ["down"], expected: ["node-down node2"], why: "it never came" },
  {
    states: ["down", "up"],
    expected: ["node-down node2", "node-up node2"],
    why: "it was cut off, and had nothing to recover",
  },
] as const)("of $states it tells $expected: $why", async ({ states: all, expected }) => {
  const { states, told, pass } = open();
  for (const state of all) {
    states.set(NODE2, state);
    await pass(1_000);
  }
  expect(told).toEqual(expected);
});

it("leaves members to the leader", async () => {
  const { states, told, pass } = open(NODE3);
  states.set(NODE2, "down");
  await pass(2_000);
  expect(told).toEqual([]);
});

it("tells as the new leader what the old one cannot have told, its own loss too", async () => {
  const { states, world, told, pass } = open(NODE3);
  states.set(NODE2, "down");
  await pass(20_000);
  states.set(NODE3, "down");
  world.leader = null;
  await pass(2_000);
  world.leader = SELF;
  await pass(2_000);
  expect(told).toEqual(["node-down node3"]);
  states.set(NODE2, "up");
  await pass(1_000);
  expect(told).toEqual(["node-down node3", "node-up node2"]);
});

it("says of a node that comes and goes that it flaps, and then what has become of it", async () => {
  const { states, told, pass } = open();
  for (let times = 0; times < 20; times++) {
    states.set(NODE2, times % 2 === 0 ? "down" : "up");
    await pass(10_000);
  }
  expect(told).toHaveLength(10);
  expect(told.at(-1)).toBe("flapping node2");
  await pass(300_000);
  expect(told).toHaveLength(11);
  expect(told.at(-1)).toBe("node-up node2");
});

it.each([
  { self: "node1", away: ["node2", "node3"], expected: ["quorum-lost node1"], why: "it is alone" },
  { self: "node2", away: ["node1"], expected: ["quorum-lost node2"], why: "the first is away" },
  { self: "node2", away: ["node3"], expected: [], why: "the first will" },
])("of a lost majority $self tells $expected: $why", async ({ self, away, expected }) => {
  const { states, world, told, pass } = open(null, self as NodeId);
  await pass(1_000);
  world.majority = false;
  for (const node of away) states.set(node as NodeId, "down");
  await pass(4_000);
  expect(told).toEqual([]);
  await pass(4_000);
  expect(told).toEqual(expected);
});

it("says nothing of a majority that it has never seen: it has only just started", async () => {
  const { world, told, pass } = open(null);
  world.majority = false;
  await pass(20_000);
  expect(told).toEqual([]);
});

it("passes on what happens here, as soon as somebody leads and listens, once", async () => {
  const { alerts, world, passed, pass } = open(null);
  alerts.raise("snapshot-failed", "no room");
  await pass(1_000);
  world.leader = NODE2;
  world.isReachable = false;
  await pass(1_000);
  world.isReachable = true;
  await pass(1_000);
  expect(passed).toEqual(["snapshot-failed to node2"]);
});

it("tells of the same happening at the same node once in a while", async () => {
  const { alerts, told, pass } = open();
  for (let times = 0; times < 5; times++) {
    alerts.raise("store-full", "full");
    alerts.raise("store-full", "full", NODE2);
    await pass(60_000);
  }
  expect(told).toEqual(["store-full node1", "store-full node2"]);
  await pass(600_000);
  alerts.raise("store-full", "full");
  await pass(1_000);
  expect(told).toHaveLength(3);
});

it("keeps no more happenings than it must while nobody leads", async () => {
  const { alerts, world, told, pass } = open(null);
  for (let times = 0; times < 500; times++) alerts.raise("jobs-failing", `${times}`, NODE2);
  world.leader = SELF;
  await pass(1_000);
  expect(told).toEqual(["jobs-failing node2"]);
});
