import type { NodeId } from "@ringkv/core";
import type { Fault } from "@ringkv/engine";
import { PeerFaults } from "./peer-faults.js";

const [TWO, THREE] = ["node2", "node3"] as NodeId[] as [NodeId, NodeId];

function open() {
  let nowMs = 0;
  const faults = new PeerFaults({ monotonicMs: () => nowMs });
  const set = (changes: Partial<Fault>) =>
    faults.set({ kind: "isolate", peer: null, delayMs: 0, seconds: 10, ...changes });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { faults, set, pass };
}

it("holds nothing while no fault is set", () => {
  expect(open().faults.hold(TWO)).toBeNull();
});

it.each<{ fault: Partial<Fault>; two: boolean; three: boolean; why: string }>([
  { fault: { kind: "isolate" }, two: true, three: true, why: "nobody is reached" },
  { fault: { kind: "cut", peer: TWO }, two: true, three: false, why: "one link is cut" },
  {
    fault: { kind: "delay", peer: THREE, delayMs: 1 },
    two: false,
    three: true,
    why: "one is slow",
  },
  { fault: { kind: "delay", delayMs: 1 }, two: true, three: true, why: "all are slow" },
  { fault: { kind: "freeze" }, two: false, three: false, why: "not the network's business" },
])("$fault: $why", ({ fault, two, three }) => {
  const { faults, set } = open();
  set(fault);
  expect(faults.hold(TWO) !== null).toBe(two);
  expect(faults.hold(THREE) !== null).toBe(three);
});

it("ends by itself, and at once when it is healed", () => {
  const { faults, set, pass } = open();
  set({ kind: "isolate", seconds: 10 });
  pass(9_999);
  expect(faults.active()).toEqual([{ kind: "isolate", peer: null, delayMs: null, secondsLeft: 1 }]);
  pass(1);
  expect(faults.hold(TWO)).toBeNull();
  expect(faults.active()).toEqual([]);
  set({ kind: "cut", peer: TWO });
  set({ kind: "heal" });
  expect(faults.hold(TWO)).toBeNull();
});

it("lets a delayed message go on after its delay", async () => {
  const { faults, set } = open();
  set({ kind: "delay", delayMs: 1 });
  await expect(faults.hold(TWO)).resolves.toBeUndefined();
});
