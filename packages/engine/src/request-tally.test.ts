/** What each request adds to, told by what its client is told. */

import { type Key, type NodeId, QuorumUnreachable, StoreUnavailable, TooLarge } from "@ringkv/core";
import type { BatchOperation, BatchResult } from "./batch.js";
import { Counters, type CounterValues } from "./counters.js";
import { Failed } from "./read-many.js";
import { RequestTally } from "./request-tally.js";

const node = "node1" as NodeId;
const lost = (outcome: "unknown" | "not-applied") =>
  new QuorumUnreachable({ needed: 2, answered: [node], failed: [], outcome });

type Tell = (tally: RequestTally) => void;

it.each<[why: string, tell: Tell, expected: Partial<CounterValues>]>([
  ["a write", (it) => it.written({ standIns: [] }), { writesReached: 1, standInsUsed: 0 }],
  ["a stand-in", (it) => it.written({ standIns: [node] }), { writesReached: 1, standInsUsed: 1 }],
  ["a read", (it) => it.readAnswered(), { readsReached: 1 }],
  ["a refusal", (it) => it.writeFailed(lost("not-applied")), { writesUnreachable: 1 }],
  ["no store", (it) => it.writeFailed(new StoreUnavailable("x")), { writesUnreachable: 1 }],
  ["an unknown outcome", (it) => it.writeFailed(lost("unknown")), { writesUnknown: 1 }],
  ["a bug", (it) => it.writeFailed(new TypeError("x")), { writesUnknown: 1 }],
  ["no read", (it) => it.readFailed(lost("not-applied")), { readsUnreachable: 1 }],
  ["no room for a value", (it) => it.readFailed(new TooLarge("x")), { readsReached: 1 }],
])("counts %s", (_what, tell, expected) => {
  const counters = new Counters();
  tell(new RequestTally(counters));
  expect(counters.values).toMatchObject(expected);
});

it("counts each operation of a batch as the request alone", () => {
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
  tally.batchAnswered([write, write, read, read], results);
  expect(counters.values).toMatchObject({
    writesReached: 1,
    writesUnknown: 1,
    standInsUsed: 1,
    readsReached: 1,
    readsUnreachable: 1,
  });
});
