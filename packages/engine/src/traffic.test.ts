import { type Key, percentileMs, QuorumUnreachable } from "@ringkv/core";
import { ManualClock } from "../test-support/manual-clock.js";
import type { BatchOperation, BatchResult } from "./batch.js";
import { Counters } from "./counters.js";
import { Failed } from "./read-many.js";
import { Traffic } from "./traffic.js";
import type { WriteReceipt } from "./write-path.js";

const open = (clock: ManualClock) => new Traffic({ clock, counters: new Counters() });

const unreachable = new QuorumUnreachable({
  needed: 2,
  answered: [],
  failed: [],
  outcome: "not-applied",
});

it("counts reads and how long those took that went well", async () => {
  const clock = new ManualClock();
  const traffic = open(clock);
  const reading = traffic.read(clock.sleep(20, new AbortController().signal));
  await clock.advance(20);
  await reading;
  expect(traffic.values).toMatchObject({ reads: 1, writes: 0, otherFailures: 0 });
  expect(percentileMs(traffic.values.readLatencies, 0.5)).toBeCloseTo(20, -1);
  expect(percentileMs(traffic.values.writeLatencies, 0.5)).toBeNull();
});

it("counts the copies that stand-ins took", async () => {
  const traffic = open(new ManualClock());
  await traffic.write(Promise.resolve({ standIns: ["node3"] } as unknown as WriteReceipt));
  expect(traffic.values).toMatchObject({ writes: 1, standIns: 1 });
});

it.each([
  { failure: unreachable, counted: { quorumFailures: 1, otherFailures: 0 } },
  { failure: new Error("a bug"), counted: { quorumFailures: 0, otherFailures: 1 } },
])("passes on a failure, and counts $counted", async ({ failure, counted }) => {
  const traffic = open(new ManualClock());
  await expect(traffic.read(Promise.reject(failure))).rejects.toBe(failure);
  expect(traffic.values).toMatchObject({ reads: 1, ...counted });
  expect(percentileMs(traffic.values.readLatencies, 0.5)).toBeNull();
});

it("counts the operations of a batch one by one", async () => {
  const traffic = open(new ManualClock());
  const read: BatchOperation = { kind: "read", key: "a" as Key };
  const write = { kind: "write" } as BatchOperation;
  const stored = { standIns: ["node3"] } as unknown as BatchResult;
  const results = [{ key: "a" } as BatchResult, stored, new Failed(unreachable)];
  await traffic.batch([read, write, write], Promise.resolve(results));
  expect(traffic.values).toMatchObject({ reads: 1, writes: 2, standIns: 1, quorumFailures: 1 });
});
