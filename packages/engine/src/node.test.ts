/** The node's doors; its background work is in node-background.test.ts. */

import {
  type NodeId,
  partitionOf,
  Recovering,
  ShuttingDown,
  StoreUnavailable,
  walkOf,
} from "@ringkv/core";
import { record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import {
  FOREIGN_KEY,
  KEY,
  MEMBERS,
  openNode,
  put,
  ring,
  SELF,
  startNode,
  THIRD,
} from "../test-support/node-stage.js";
import type { Node } from "./node.js";
import { ForeignStore } from "./ports/meta-store.js";
import { VersionBeyondClock } from "./ports/peers.js";

const get = { key: KEY, r: null, timeoutMs: null };

describe("the doors", () => {
  it("are open when the node has started: what is written can be read", async () => {
    const { node, store, peerStores } = await startNode();
    const { version, stored } = await node.write(put());
    expect(stored).toHaveLength(2);
    expect((await node.read(get)).record).toMatchObject({ version, value: Buffer.from("v") });
    expect(store.records.get(KEY)?.version).toBe(version);
    expect(
      peerStores.get(walkOf(ring, partitionOf(KEY))[1] as NodeId)?.records.get(KEY)?.version,
    ).toBe(version);
    expect((await node.locate(KEY)).holders.map((holder) => holder.version)).toEqual([
      version,
      version,
      null,
    ]);
  });

  it.each([
    { situation: "not started yet", error: Recovering },
    { situation: "leaving", error: ShuttingDown },
    { situation: "its store is away", error: StoreUnavailable },
  ])("are closed while the node is $situation", async ({ situation, error }) => {
    const { clock, meta, node } = openNode();
    if (situation !== "not started yet") await node.start();
    if (situation === "leaving") await node.leave();
    if (situation === "its store is away") {
      meta.isAway = true;
      await clock.advance(1_000);
    }
    await expect(node.write(put())).rejects.toThrow(error);
    await expect(node.read(get)).rejects.toThrow(error);
  });

  it("close when a request finds the store away, without waiting for a probe", async () => {
    const { clock, dead, node, store } = await startNode();
    store.isAway = true;
    const receipt = await node.write(put());
    expect(receipt.stored).not.toContain(SELF); // The stand-in took its place.
    await expect(node.write(put())).rejects.toThrow(StoreUnavailable);
    store.isAway = false;
    await clock.advance(1_000);
    await expect(node.write(put())).resolves.toMatchObject({ w: 2 });
    expect(dead.size).toBe(0);
  });

  it("stay shut when the store is another node's", async () => {
    const { meta, node } = openNode();
    meta.isForeign = true;
    await expect(node.start()).rejects.toThrow(ForeignStore);
    await expect(node.write(put())).rejects.toThrow(Recovering);
  });
});

describe("readiness", () => {
  const failing = (node: Node) =>
    node
      .readiness()
      .filter(({ ok }) => !ok)
      .map(({ check }) => check);

  it.each([
    { situation: "has not started", expected: ["state", "majority"] },
    { situation: "is well", expected: [] },
    { situation: "leaves", expected: ["state"] },
    { situation: "has no store", expected: ["redis"] },
    { situation: "misses one member", expected: [] },
    { situation: "is alone", expected: ["majority"] },
  ])("of a node that $situation: $expected fail", async ({ situation, expected }) => {
    const { clock, dead, meta, node } = openNode();
    if (situation !== "has not started") await node.start();
    await settle();
    if (situation === "leaves") await node.leave();
    meta.isAway = situation === "has no store";
    const missing = { "misses one member": 1, "is alone": 2 }[situation] ?? 0;
    for (const member of MEMBERS.slice(1, 1 + missing)) dead.add(member);
    await clock.advance(6_000);
    expect(failing(node)).toEqual(expected);
  });
});

describe("status", () => {
  it("counts what is held, owned and owed", async () => {
    const { node, store } = await startNode();
    await node.write(put());
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    expect(await node.status()).toMatchObject({
      node: SELF,
      state: "up",
      incarnation: 1,
      storeAnswers: true,
      durability: "always",
      records: 2,
      partitions: { owned: 1, foreign: 1, differing: 0 },
      foreignRecords: 1,
    });
    expect((await node.status()).members.map(({ state }) => state)).toEqual(["up", "up", "up"]);
  });

  it("is given even when the store is away", async () => {
    const { node, store } = await startNode();
    store.isAway = true;
    expect(await node.status()).toMatchObject({
      records: 0,
      partitions: { owned: 0, foreign: 0, differing: 0 },
      foreignRecords: 0,
    });
  });

  it("never counts below zero when the store goes away in the middle", async () => {
    const { node, store } = await startNode();
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    const partitions = store.partitions.bind(store);
    let calls = 0;
    store.partitions = () =>
      ++calls === 1 ? Promise.reject(new StoreUnavailable("away")) : partitions();
    expect((await node.status()).partitions.owned).toBeGreaterThanOrEqual(0);
  });
});

describe("what a node does for its peers", () => {
  it("is to keep, to read and to answer heartbeats", async () => {
    const { clock, node } = await startNode();
    const packed = record(KEY, 5);
    expect(await node.service.apply([packed])).toEqual([{ outcome: "stored", hadValue: false }]);
    expect(await node.service.transfer([packed])).toEqual([{ outcome: "repeated" }]);
    expect(await node.service.read([KEY])).toEqual([packed]);
    const clocks = { clockMs: clock.wallMs(), stampedMs: 0 };
    const beat = { node: THIRD, incarnation: 9, ...clocks, term: 0, leader: null, owes: new Map() };
    expect(node.service.heartbeat({ ...beat, state: "down" })).toMatchObject({
      node: SELF,
      state: "up",
      incarnation: 1,
    });
    expect(node.stateOf(THIRD)).toBe("down");
  });

  it("is to say what it holds, once it knows that the store is its own", async () => {
    const { node, store } = openNode();
    const ask = { partition: partitionOf(KEY), cursor: null };
    await expect(node.service.digests()).rejects.toThrow(StoreUnavailable);
    await expect(node.service.versions(ask)).rejects.toThrow(StoreUnavailable);
    await node.start();
    const { key, version, bytes } = record("other", 1);
    store.records.set(key, { key, version, bytes });
    expect(await node.service.digests()).toEqual(await store.partitions());
    const { records } = await node.service.versions({ ...ask, partition: partitionOf(key) });
    expect(records).toEqual([{ key, version, bytes: bytes.length }]);
  });

  it("is not to take a version from the far future, nor to follow that clock", async () => {
    const { clock, node } = await startNode();
    const far = clock.wallMs() + 3_600_000;
    await expect(node.service.apply([record(KEY, far)])).rejects.toThrow(VersionBeyondClock);
    const clocks = { clockMs: far, stampedMs: 0, term: 0, leader: null, owes: new Map() };
    const beat = { node: THIRD, incarnation: 9, state: "up", ...clocks } as const;
    expect(node.service.heartbeat(beat).clockMs).toBeLessThan(clock.wallMs() + 10_000);
  });
});

describe("leaving and stopping", () => {
  it("tells the peers first, and records it", async () => {
    const { heardOfUs, meta, node } = await startNode();
    heardOfUs.length = 0;
    await node.leave();
    expect(heardOfUs).toEqual(["node2: down", "node3: down"]);
    await settle();
    expect(meta.recorded.at(-1)).toBe("down up up");
  });

  it("ends the background work", async () => {
    const { clock, heardOfUs, node } = await startNode();
    await node.stop();
    heardOfUs.length = 0;
    await clock.advance(60_000);
    expect(heardOfUs).toEqual([]);
  });
});
