/** What an operator asks of a node: how all members are, and to leave with empty hands. */

import type { MapStore } from "../test-support/fakes.js";
import { record } from "../test-support/fakes.js";
import {
  FOREIGN_KEY,
  KEY,
  openNode,
  put,
  SELF,
  startNode,
  THIRD,
} from "../test-support/node-stage.js";

it("reports on itself, and on members that answer nothing of use as on absent ones", async () => {
  const { node } = await startNode();
  const reports = await node.inquiries.reports();
  expect(reports.map(({ node: name, status }) => [name, status?.node ?? null])).toEqual(
    reports.map(({ node: name }) => [name, name === SELF ? SELF : null]),
  );
});

it("takes no part in drills unless it was told how", async () => {
  const { node } = openNode();
  const fault = { kind: "isolate", peer: null, delayMs: 0, seconds: 1 } as const;
  expect(await node.service.inquire({ kind: "fault", fault })).toEqual({ isDone: false });
});

it("counts what clients asked of it", async () => {
  const { node } = await startNode();
  await node.write(put());
  await node.read({ key: KEY, r: null, timeoutMs: null });
  const { traffic } = await node.status();
  expect(traffic).toMatchObject({ reads: 1, writes: 1, quorumFailures: 0 });
});

describe("before it leaves", () => {
  it("brings what it holds for others to them", async () => {
    const { node, clock, store, peerStores } = await startNode();
    await clock.advance(1_000);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    await node.leave();
    expect(await node.handOffAll(new AbortController().signal)).toBe(0);
    expect(store.records.size).toBe(0);
    expect((peerStores.get(THIRD) as MapStore).records.size).toBe(1);
  });

  it("keeps what its owner is not there to take, and says how much that is", async () => {
    const { node, clock, store, dead } = await startNode();
    dead.add(THIRD);
    await clock.advance(6_000);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    await node.leave();
    expect(await node.handOffAll(new AbortController().signal)).toBe(1);
    expect(store.records.size).toBe(1);
  });

  it("does not begin when there is no time", async () => {
    const { node, clock, store } = await startNode();
    await clock.advance(1_000);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    expect(await node.handOffAll(AbortSignal.abort())).toBe(1);
  });
});
