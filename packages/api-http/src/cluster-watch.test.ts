import type { NodeId } from "@ringkv/core";
import type { Log } from "@ringkv/engine";
import type { Response } from "express";
import type { Overview } from "./cluster-overview.js";
import { ClusterWatch, type Moment, type Seen } from "./cluster-watch.js";
import { tell } from "./overview-routes.js";

const NODE = "node1" as NodeId;

/** A watch whose every second passes when the test says so. */
function open() {
  let seconds = 0;
  let leader: NodeId | null = null;
  let isBroken = false;
  const wakes: (() => void)[] = [];
  const logged: string[] = [];
  const look = async (): Promise<Seen> => {
    if (isBroken) throw new Error("no look");
    const overview = { atMs: seconds * 1_000, node: NODE, members: [] } as unknown as Overview;
    const leadership = { isLeader: false, leader, term: 1 };
    return { overview, reports: [], known: { members: [], leadership, reports: [] } };
  };
  const log = { error: (_fields: object, message: string) => void logged.push(message) };
  const watch = new ClusterWatch({
    clock: {
      wallMs: () => 0,
      monotonicMs: () => seconds * 1_000,
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          wakes.push(resolve);
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    },
    log: log as unknown as Log,
    look,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (count = 1) => {
    for (let second = 0; second < count; second++) {
      seconds++;
      wakes.shift()?.();
      await settle();
    }
  };
  const elect = (node: NodeId) => {
    leader = node;
  };
  const setBroken = (is: boolean) => {
    isBroken = is;
  };
  return { watch, pass, settle, elect, setBroken, logged, sleepers: wakes };
}

it("looks once a second while somebody watches, and keeps what it saw", async () => {
  const { watch, pass, settle, elect } = open();
  const moments: Moment[] = [];
  watch.watch((moment) => void moments.push(moment));
  await settle();
  elect(NODE);
  await pass(2);
  expect(moments.map(({ rates }) => rates === null)).toEqual([true, false, false]);
  expect(watch.history.happenings).toEqual([{ kind: "leader", node: NODE, term: 1, atMs: 1_000 }]);
  expect(watch.history.rates).toHaveLength(2);
  watch.stop();
});

it("tells a second watcher at once what was seen last", async () => {
  const { watch, settle } = open();
  watch.watch(() => {});
  await settle();
  const moments: Moment[] = [];
  const leave = watch.watch((moment) => void moments.push(moment));
  expect(moments).toHaveLength(1);
  leave();
  expect(watch.watchers).toBe(1);
  watch.stop();
});

it("stops a quarter of an hour after the last watcher has gone", async () => {
  const { watch, pass, settle, sleepers } = open();
  watch.watch(() => {})();
  await settle();
  await pass(898);
  expect(sleepers).toHaveLength(1);
  await pass(3);
  expect(sleepers).toHaveLength(0);
  expect(watch.history.rates.length).toBeLessThanOrEqual(900);
});

it("survives a look that fails", async () => {
  const { watch, pass, settle, setBroken, logged } = open();
  const moments: Moment[] = [];
  watch.watch((moment) => void moments.push(moment));
  await settle();
  setBroken(true);
  await pass(1);
  setBroken(false);
  await pass(1);
  expect(logged).toEqual(["a look at the cluster failed"]);
  expect(moments).toHaveLength(2);
  watch.stop();
});

describe("a subscriber", () => {
  const told = (writableLength: number, state: string) => {
    const calls: string[] = [];
    const response = {
      writableLength,
      write: () => calls.push("write"),
      end: () => calls.push("end"),
      destroy: () => calls.push("destroy"),
    };
    const overview = { node: NODE, members: [{ node: NODE, state }] } as unknown as Overview;
    tell(response as unknown as Response, { overview, rates: null, happenings: [] });
    return calls;
  };

  it.each([
    { unread: 0, state: "up", calls: ["write"], why: "all is well" },
    { unread: 300_000, state: "up", calls: ["destroy"], why: "it does not read" },
    { unread: 0, state: "down", calls: ["write", "end"], why: "the node leaves" },
  ])("with $unread bytes unread sees $calls: $why", ({ unread, state, calls }) => {
    expect(told(unread, state)).toEqual(calls);
  });
});
