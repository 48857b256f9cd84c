/** A node between its claim and its being up; what recovery copies is tested beside it. */

import { type NodeId, partitionOf, Recovering, StoreUnavailable, walkOf } from "@ringkv/core";
import { type MapStore, record } from "../test-support/fakes.js";
import { settle } from "../test-support/manual-clock.js";
import { KEY, MEMBERS, openNode, put, ring, SELF, startNode } from "../test-support/node-stage.js";

const OTHERS = MEMBERS.filter((node) => node !== SELF);
const CO_OWNER = walkOf(ring, partitionOf(KEY))[1] as NodeId;
const get = { key: KEY, r: null, timeoutMs: null };

/** Started, and alone: nobody can be asked yet. */
async function startAlone() {
  const opened = openNode();
  for (const node of OTHERS) opened.dead.add(node);
  await opened.node.start();
  await settle();
  return opened;
}

describe("a node that starts", () => {
  it("is recovering until it has been compared with everybody, then up, and says so", async () => {
    const { clock, dead, heardOfUs, node, peerStores, store } = await startAlone();
    (peerStores.get(CO_OWNER) as MapStore).records.set(KEY, record(KEY, 1));
    expect(node.stateOf(SELF)).toBe("recovering");
    expect(node.readiness().find(({ check }) => check === "state")?.ok).toBe(false);
    expect((await node.status()).recovery.isOver).toBe(false);
    dead.clear();
    await clock.advance(200);
    expect(node.stateOf(SELF)).toBe("up");
    expect(store.records.get(KEY)).toEqual(record(KEY, 1));
    expect((await node.status()).recovery).toMatchObject({ isOver: true, recordsCopied: 1 });
    expect(heardOfUs.at(-1)).toMatch(/: up$/);
  });

  it("serves no reads of its own copies, neither here nor to a peer that asks", async () => {
    const { clock, dead, node, peerStores, store } = await startAlone();
    store.records.set(KEY, record(KEY, 1));
    (peerStores.get(CO_OWNER) as MapStore).records.set(KEY, record(KEY, 2));
    await expect(node.service.read([KEY])).rejects.toThrow(Recovering);
    expect(await node.service.copies([KEY])).toEqual([record(KEY, 1)]);
    const third = OTHERS.find((other) => other !== CO_OWNER) as NodeId;
    dead.delete(CO_OWNER);
    await clock.advance(1_000);
    expect([node.stateOf(SELF), dead.has(third)]).toEqual(["recovering", true]);
    const { record: found, answers } = await node.read(get);
    expect(found?.version).toBe(record(KEY, 2).version);
    expect(answers.map((answer) => answer.node)).toEqual([CO_OWNER]);
  });

  it("stores what clients write, and vouches for it in no quorum", async () => {
    const { clock, dead, node, store } = await startAlone();
    dead.delete(CO_OWNER);
    await clock.advance(1_000);
    const written = record(KEY, clock.wallMs());
    expect(await node.service.apply([written])).toEqual([{ outcome: "unvouched" }]);
    expect(store.records.get(KEY)).toEqual(written);
    await expect(node.write(put())).rejects.toMatchObject({ outcome: "unknown" });
  });

  it("stamps nothing before it has heard a majority, as long as its store is blank", async () => {
    const { clock, dead, node } = await startAlone();
    await expect(node.write(put())).rejects.toThrow(Recovering);
    dead.clear();
    await clock.advance(1_000);
    await expect(node.write(put())).resolves.toMatchObject({ w: 2 });
  });
});

it("is not told by a call that comes before its claim that its store is away", async () => {
  const { node } = openNode();
  await expect(node.service.digests()).rejects.toThrow(StoreUnavailable);
  expect(node.readiness().find(({ check }) => check === "redis")?.ok).toBe(true);
});

describe("a node that is asked to recover", () => {
  it("does so once, and is up again afterwards", async () => {
    const { clock, node, peerStores, store } = await startNode();
    const theirs = peerStores.get(CO_OWNER) as MapStore;
    theirs.records.set(KEY, record(KEY, 1));
    expect(node.recover()).toMatchObject({ isOver: false });
    expect(node.recover()).toMatchObject({ isOver: false });
    expect(node.readiness().find(({ check }) => check === "state")?.ok).toBe(false);
    await clock.advance(200);
    expect(store.records.get(KEY)).toEqual(record(KEY, 1));
    expect(node.stateOf(SELF)).toBe("up");
  });

  it("is not, when it is leaving", async () => {
    const { clock, node } = await startNode();
    await node.leave();
    node.recover();
    await clock.advance(1_000);
    expect(node.stateOf(SELF)).toBe("down");
  });
});

describe("a store that was away", () => {
  it.each([
    { awayMs: 4_000, state: "recovering", why: "others were written to instead" },
    { awayMs: 1_000, state: "up", why: "a hiccup" },
  ] as const)("for $awayMs ms leaves its node $state: $why", async ({ awayMs, state }) => {
    const { clock, dead, meta, node } = await startNode();
    meta.isAway = true;
    await clock.advance(awayMs);
    meta.isAway = false;
    for (const other of OTHERS) dead.add(other);
    await clock.advance(1_000);
    expect(node.readiness().find(({ check }) => check === "redis")?.ok).toBe(true);
    expect(node.stateOf(SELF)).toBe(state);
    dead.clear();
    await clock.advance(2_000);
    expect(node.stateOf(SELF)).toBe("up");
  });
});

describe("a store that was lost while its node ran", () => {
  it("is claimed anew, and filled before anybody is told what is in it", async () => {
    const { clock, log, meta, node, peerStores, store } = await startNode();
    await node.write(put());
    expect((peerStores.get(CO_OWNER) as MapStore).records.size).toBe(1);
    meta.isAway = true;
    store.isAway = true;
    await clock.advance(1_000);
    store.records.clear();
    Object.assign(meta, { incarnation: 0, reservedUntilMs: 0, isAway: false });
    store.isAway = false;
    await expect(node.service.read([KEY])).rejects.toThrow(StoreUnavailable);
    await clock.advance(1_000);
    expect(log.lines).toContain("error the store has lost what it held: claiming it anew");
    await clock.advance(1_000);
    expect([node.incarnation, node.stateOf(SELF)]).toEqual([1, "up"]);
    expect(store.records.size).toBe(1);
    expect((await node.read(get)).record?.value).toEqual(Buffer.from("v"));
  });

  it("is not mistaken for one that another process of the same name has claimed", async () => {
    const { clock, log, meta, node } = await startNode();
    meta.incarnation = 7;
    await clock.advance(1_000);
    expect(log.lines).toContain("error another process has claimed this node's store");
    expect(node.stateOf(SELF)).toBe("up");
  });
});

describe("an owner that missed a write", () => {
  it("gets a repair queued as soon as it can be reached", async () => {
    const { clock, dead, jobs, node } = await startNode();
    for (const other of OTHERS) dead.add(other);
    await node.write({ ...put(), w: 1 });
    await settle();
    const due = { kind: "repair", partition: partitionOf(KEY), peer: CO_OWNER } as const;
    await clock.advance(1_000);
    expect(jobs).not.toContainEqual(due);
    expect((await node.status()).owed).toEqual({ [CO_OWNER]: 1 });
    dead.clear();
    await clock.advance(2_000);
    expect(jobs).toContainEqual(due);
    await node.runJob(due);
    expect((await node.status()).owed).toEqual({});
  });
});
