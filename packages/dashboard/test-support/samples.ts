/** A cluster of three that is well, and how tests make it less so. */

import type { Member, Moment, Overview, State, Status, TimedRates } from "../src/wire.js";

export const NODES = ["node1", "node2", "node3"] as const;

export function statusOf(changes: Partial<Status> = {}): Status {
  return {
    state: "up",
    incarnation: 1,
    members: [],
    storeAnswers: true,
    durability: "always",
    records: 100,
    partitions: { owned: 600, foreign: 0, differing: 0 },
    foreignRecords: 0,
    recovery: {
      isOver: true,
      partitionsLeft: 0,
      recordsLeft: 0,
      recordsCopied: 0,
      secondsLeft: null,
    },
    ...changes,
  };
}

export function memberOf(node: string, changes: Partial<Member> = {}): Member {
  return {
    node,
    state: "up",
    heardAgoMs: 10,
    http: `http://127.0.0.1:800${node.slice(-1)}`,
    share: { primary: 341, owned: 683 },
    status: statusOf(),
    ...changes,
  };
}

export function overviewOf(changes: Partial<Overview> = {}): Overview {
  return {
    node: "node1",
    version: "1.0.0",
    atMs: 1_000_000,
    replicaCount: 2,
    leader: "node1",
    term: 1,
    drills: false,
    queues: {},
    members: NODES.map((node) => memberOf(node)),
    ...changes,
  };
}

/** Three members, some of them in another state; who is down does not answer. */
export function membersIn(states: Partial<Record<string, State>>, status: Partial<Status> = {}) {
  return NODES.map((node) => {
    const state = states[node] ?? "up";
    const own = state === "down" ? null : statusOf({ ...status, state });
    return memberOf(node, { state, status: own });
  });
}

export function momentOf(changes: Partial<Moment> = {}): Moment {
  return { overview: overviewOf(), rates: null, happenings: [], ...changes };
}

export function ratesAt(atMs: number, changes: Partial<TimedRates> = {}): TimedRates {
  const none = { p50: null, p95: null, p99: null };
  return {
    atMs,
    reads: 0,
    writes: 0,
    quorumFailures: 0,
    otherFailures: 0,
    standIns: 0,
    handedOff: 0,
    repaired: 0,
    readMs: none,
    writeMs: none,
    ...changes,
  };
}
