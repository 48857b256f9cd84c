/** What a node does when nobody asks; what each part decides is tested beside the part. */

import { isDeepStrictEqual } from "node:util";
import { type NodeId, type PackedRecord, partitionOf, type Version, walkOf } from "@ringkv/core";
import { type MapStore, record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import {
  FOREIGN_KEY,
  KEY,
  MEMBERS,
  openNode,
  put,
  ring,
  startNode,
  THIRD,
} from "../test-support/node-stage.js";
import type { Job } from "./ports/jobs.js";

describe("the background work", () => {
  it("records the members' states when one changes, and every 30 seconds", async () => {
    const { clock, dead, meta } = await startNode();
    expect(meta.recorded.at(-1)).toBe("up up up");
    dead.add(THIRD);
    await clock.advance(1_000);
    expect(meta.recorded.at(-1)).toBe("up up suspect");
    await clock.advance(10_000);
    const before = meta.recorded.length;
    await clock.advance(30_000);
    expect(meta.recorded.slice(before)).toEqual(["up up down"]);
  });

  it("queues the hand-off as soon as an owner is back", async () => {
    const { clock, dead, jobs, node, store, peerStores } = await startNode();
    for (const member of MEMBERS.slice(1)) dead.add(member);
    await clock.advance(6_000);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    jobs.length = 0;
    dead.clear();
    await clock.advance(1_000);
    const due = { kind: "handoff", partition: partitionOf(FOREIGN_KEY) } as const;
    expect(jobs).toContainEqual(due);
    await node.runJob(due);
    expect(store.records.size).toBe(0);
    expect(peerStores.get(THIRD)?.records.size).toBe(1);
  });

  it("looks again soon, for those who had not heard yet that the owner is back", async () => {
    const { clock, dead, jobs, store } = await startNode();
    dead.add(THIRD);
    await clock.advance(6_000);
    dead.clear();
    await clock.advance(1_000);
    const due = { kind: "handoff", partition: partitionOf(FOREIGN_KEY) } as const;
    expect(jobs).not.toContainEqual(due);
    await store.apply([record(FOREIGN_KEY, 1)], 0);
    await clock.advance(2_000);
    expect(jobs).toContainEqual(due);
  });

  it("finds an owner that differs as soon as it is up, and repairs what differs", async () => {
    const { node, clock, dead, jobs, store, peerStores } = await startNode();
    const peer = walkOf(ring, partitionOf(KEY))[1] as NodeId;
    const theirs = peerStores.get(peer) as MapStore;
    dead.add(peer);
    await clock.advance(6_000);
    theirs.records.set(KEY, record(KEY, 1));
    dead.clear();
    await clock.advance(1_500);
    const due = { kind: "repair", partition: partitionOf(KEY), peer } as const;
    expect(jobs).toContainEqual(due);
    expect((await node.status()).partitions.differing).toBe(1);
    const verdict = node.verify();
    await clock.advance(2_000);
    expect((await verdict).differing).toEqual([partitionOf(KEY)]);
    await node.runJob(due);
    expect(store.records.get(KEY)).toEqual(record(KEY, 1));
    expect((await node.status()).partitions.differing).toBe(0);
  });

  it.each([
    { what: "queues a repair for an owner that is back and lacks something", isGiven: false },
    { what: "queues none for one that has got it by another way", isGiven: true },
  ])("$what", async ({ isGiven }) => {
    const { node, clock, dead, jobs, store, peerStores } = await startNode();
    const [, peer] = walkOf(ring, partitionOf(KEY)) as NodeId[];
    const theirs = peerStores.get(peer as NodeId) as MapStore;
    dead.add(peer as NodeId);
    await clock.advance(6_000);
    await node.write(put());
    if (isGiven) theirs.records.set(KEY, store.records.get(KEY) as PackedRecord);
    jobs.length = 0;
    dead.clear();
    await clock.advance(3_000);
    const due = { kind: "repair", partition: partitionOf(KEY), peer };
    expect(jobs.some((job) => isDeepStrictEqual(job, due))).toBe(!isGiven);
    if (!isGiven) await node.runJob(due as Job);
    expect(theirs.records.size).toBe(1);
  });

  it("goes on when a round fails, and logs it", async () => {
    const { clock, log, meta, store } = await startNode();
    store.isAway = true;
    meta.isAway = true;
    await clock.advance(30_000);
    expect(log.lines).toContain("warn background round failed");
    store.isAway = false;
    meta.isAway = false;
    const before = meta.recorded.length;
    await clock.advance(30_000);
    expect(meta.recorded.length).toBeGreaterThan(before);
  });

  it("begins a second life above every version of the first", async () => {
    const { meta, node } = await startNode();
    const { version } = await node.write(put());
    const second = openNode();
    second.meta.reservedUntilMs = meta.reservedUntilMs;
    second.clock.epochMs -= 3_600_000;
    await second.node.start();
    await settle();
    const later: Version = (await second.node.write(put())).version;
    expect(later > version).toBe(true);
  });

  it("has everybody purge once per minute while it leads", async () => {
    const { clock, jobs, toldToPurge, node } = await startNode();
    const purges = () => jobs.filter(({ kind }) => kind === "purge").length;
    await clock.advance(59_000);
    expect([node.leadership().isLeader, toldToPurge, purges()]).toEqual([true, [], 0]);
    await clock.advance(1_000);
    expect(toldToPurge).toEqual(MEMBERS.slice(1));
    expect(purges()).toBe(1);
    await clock.advance(60_000);
    expect(toldToPurge).toHaveLength(4);
  });

  it("purges for itself, and counts it", async () => {
    const { clock, node, store, peerStores } = await startNode();
    const peer = walkOf(ring, partitionOf(KEY))[1] as NodeId;
    const held = record(KEY, clock.wallMs(), { value: null });
    for (const one of [store, peerStores.get(peer) as MapStore]) one.records.set(KEY, held);
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000);
      await node.runJob({ kind: "purge" });
    }
    expect(store.records.size).toBe(0);
    expect(await node.status()).toMatchObject({ records: 0, counters: { recordsPurged: 1 } });
  });

  it("lets a peer have its copies purged, and a purge queued", async () => {
    const { clock, jobs, node, store } = await startNode();
    const held = record(KEY, clock.wallMs(), { value: null });
    store.records.set(KEY, held);
    await clock.advance(119_000);
    expect(await node.service.purge([held])).toEqual([false]);
    await clock.advance(1_000);
    expect(await node.service.purge([held])).toEqual([true]);
    jobs.length = 0;
    await node.service.startPurge();
    expect(jobs).toEqual([{ kind: "purge" }]);
  });
});
