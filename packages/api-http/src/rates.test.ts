import { emptyLatencies, type NodeId } from "@ringkv/core";
import { Counters, type NodeStatus, Traffic } from "@ringkv/engine";
import { happeningsBetween, type Known } from "./happenings.js";
import { ratesBetween } from "./rates.js";

const [ONE, TWO] = ["node1", "node2"] as NodeId[] as [NodeId, NodeId];
const clock = { monotonicMs: () => 0 };
const ZERO = new Traffic({ clock, counters: new Counters() }).values;
const NOTHING = new Counters().values;

interface Changes {
  readonly traffic?: Partial<NodeStatus["traffic"]>;
  readonly counters?: Partial<NodeStatus["counters"]>;
}

function report(node: NodeId, { traffic, counters }: Changes = {}) {
  const numbers = { traffic: { ...ZERO, ...traffic }, counters: { ...NOTHING, ...counters } };
  return { node, status: { node, ...numbers } as NodeStatus };
}

describe("rates", () => {
  it("are the growth of all members' numbers by the time between the looks", () => {
    const earlier = { atMs: 0, reports: [report(ONE), report(TWO)] };
    const later = {
      atMs: 2_000,
      reports: [
        report(ONE, { traffic: { reads: 10, standIns: 4 } }),
        report(TWO, { traffic: { reads: 6, writes: 2 }, counters: { recordsHandedOff: 8 } }),
      ],
    };
    expect(ratesBetween(earlier, later)).toMatchObject({
      reads: 8,
      writes: 1,
      standIns: 2,
      handedOff: 4,
    });
  });

  it("begin at zero when a node has restarted, and leave out one that does not answer", () => {
    const earlier = {
      atMs: 0,
      reports: [report(ONE, { traffic: { reads: 100 } }), report(TWO)],
    };
    const later = {
      atMs: 1_000,
      reports: [report(ONE, { traffic: { reads: 3 } }), { node: TWO, status: null }],
    };
    expect(ratesBetween(earlier, later)).toMatchObject({ reads: 3, readMs: { p50: null } });
  });

  it("tell percentiles of what was answered between the looks", () => {
    const slow = emptyLatencies().map((_count, index) => (index === 40 ? 9 : 0));
    const earlier = { atMs: 0, reports: [report(ONE)] };
    const later = { atMs: 1_000, reports: [report(ONE, { traffic: { writeLatencies: slow } })] };
    const { writeMs } = ratesBetween(earlier, later);
    expect(writeMs.p50).toBeCloseTo(147, 0);
    expect(writeMs.p99).toBe(writeMs.p50);
  });
});

describe("happenings", () => {
  const known = (changes: Partial<Known> = {}): Known => ({
    members: [{ node: TWO, state: "up", heardAgoMs: 1, incarnation: 1 }],
    leadership: { isLeader: true, leader: ONE, term: 3 },
    reports: [report(ONE)],
    ...changes,
  });

  it("are none when nothing has changed", () => {
    expect(happeningsBetween(known(), known())).toEqual([]);
  });

  it("tell of a member's state and of a new leader", () => {
    const now = known({
      members: [{ node: TWO, state: "down", heardAgoMs: 5_000, incarnation: 1 }],
      leadership: { isLeader: false, leader: TWO, term: 4 },
    });
    expect(happeningsBetween(known(), now)).toEqual([
      { kind: "member", node: TWO, from: "up", to: "down" },
      { kind: "leader", node: TWO, term: 4 },
    ]);
  });

  it("say nothing of a leader that is merely lost", () => {
    const now = known({ leadership: { isLeader: false, leader: null, term: 3 } });
    expect(happeningsBetween(known(), now)).toEqual([]);
  });

  it("count what was moved", () => {
    const counters = { recordsHandedOff: 1_204, recordsPulled: 2, recordsPushed: 3 };
    const now = known({ reports: [report(ONE, { counters, traffic: { standIns: 7 } })] });
    expect(happeningsBetween(known(), now)).toEqual([
      { kind: "standIn", node: ONE, records: 7 },
      { kind: "handoff", node: ONE, records: 1_204 },
      { kind: "repair", node: ONE, records: 5 },
    ]);
  });
});
