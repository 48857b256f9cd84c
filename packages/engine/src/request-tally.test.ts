/** What each request adds to, told by what its client is told. */

import { type Key, type NodeId, QuorumUnreachable, StoreUnavailable, TooLarge } from "@ringkv/core";
import type { BatchOperation, BatchResult } from "./batch.js";
import { Counters, type CounterValues } from "./counters.js";
import { Failed } from "./read-many.js";
import { RequestTally } from "./request-tally.js";
import type { WriteReceipt } from "./write-path.js";

const node = "node1" as NodeId;
const lost = (outcome: "unknown" | "not-applied") =>
  new QuorumUnreachable({ needed: 2, answered: [node], failed: [], outcome });

const receipt = (...standIns: NodeId[]) => Promise.resolve({ standIns } as unknown as WriteReceipt);
const refused = (failure: unknown) => Promise.reject(failure);

type Run = (tally: RequestTally) => Promise<unknown>;

it.each<[why: string, run: Run, expected: Partial<CounterValues>]>([
  ["a write", (it) => it.write(receipt()), { writesReached: 1, standInsUsed: 0 }],
  ["one with a stand-in", (it) => it.write(receipt(node)), { writesReached: 1, standInsUsed: 1 }],
  ["a read", (it) => it.read(Promise.resolve(1)), { readsReached: 1 }],
])("counts %s", async (_why, run, expected) => {
  const counters = new Counters();
  await run(new RequestTally(counters));
  expect(counters.values).toMatchObject(expected);
});

it.each<[why: string, run: Run, expected: Partial<CounterValues>]>([
  ["a refusal", (it) => it.write(refused(lost("not-applied"))), { writesUnreachable: 1 }],
  ["no store", (it) => it.write(refused(new StoreUnavailable("x"))), { writesUnreachable: 1 }],
  ["an unknown outcome", (it) => it.write(refused(lost("unknown"))), { writesUnknown: 1 }],
  ["a bug", (it) => it.write(refused(new TypeError("x"))), { writesUnknown: 1 }],
  ["no read", (it) => it.read(refused(lost("not-applied"))), { readsUnreachable: 1 }],
  ["no room for a value", (it) => it.read(refused(new TooLarge("x"))), { readsReached: 1 }],
])("counts %s, and fails as it does", async (_why, run, expected) => {
  const counters = new Counters();
  await expect(run(new RequestTally(counters))).rejects.toBeInstanceOf(Error);
  expect(counters.values).toMatchObject(expected);
});

it("counts each operation of a batch as the request alone", async () => {
  const counters = new Counters();
  const write = { kind: "write" } as BatchOperation;
  const read: BatchOperation = { kind: "read", key: "a" as Key };
  const results = [
    { standIns: [node] },
    new Failed(lost("unknown")),
    { record: null },
    new Failed(lost("not-applied")),
  ] as unknown as BatchResult[];
  const tally = new RequestTally(counters);
  await tally.batch([write, write, read, read], Promise.resolve(results));
  expect(counters.values).toMatchObject({
    writesReached: 1,
    writesUnknown: 1,
    standInsUsed: 1,
    readsReached: 1,
    readsUnreachable: 1,
  });
});
