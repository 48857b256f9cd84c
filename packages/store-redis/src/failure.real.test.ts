/** What a Redis that is slow, gone, full or somebody else's looks like through the ports. */

import { jest } from "@jest/globals";
import { type Key, type NodeId, type Partition, StoreFull, StoreUnavailable } from "@ringkv/core";
import { ForeignStore } from "@ringkv/engine";
import { openRedis, type TestRedis, type TestRedisOptions } from "@ringkv/testing";
import { everyRecord, keysOfOnePartition, record } from "@ringkv/testing/contracts";
import { Redis } from "ioredis";
import { openStores, type RedisStores } from "./open-store.js";

jest.setTimeout(60_000);

const TIMEOUT_MS = 300;
/** Where the time-out is not what is tested. */
const PATIENT_MS = 10_000;
/** What a loaded machine may add to a time-out. */
const MARGIN_MS = 700;
const NODE_1 = { clusterId: "ringkv", node: "node1" as NodeId };

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

let redis: TestRedis;
let stores: RedisStores;
let log: { info: jest.Mock; warn: jest.Mock; error: jest.Mock };

async function open(options: TestRedisOptions = {}, timeoutMs = PATIENT_MS): Promise<void> {
  redis = await openRedis(options);
  log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  stores = openStores({ url: redis.url, timeoutMs, log });
  await stores.untilReady();
}

afterEach(async () => {
  await stores.close();
  await redis.close();
});

/** Every method of both ports. */
const CALLS: Record<string, () => Promise<unknown>> = {
  apply: () => stores.records.apply([record("k", 2, "v")], 0),
  read: () => stores.records.read(["k" as Key]),
  "read of many": () => stores.records.read(["k" as Key, "l" as Key]),
  partitions: () => stores.records.partitions(),
  digest: () => stores.records.digest(0 as Partition),
  page: () => stores.records.page(0 as Partition, null),
  release: () => stores.records.release([record("k", 1, "v")]),
  purgeable: () => stores.records.purgeable({ partitions: new Set(), cutoffMs: 0, skip: 0 }),
  purge: () => stores.records.purge([record("k", 1, null)], 0),
  claim: () => stores.meta.claim(NODE_1),
  reserveClock: () => stores.meta.reserveClock(1),
  recordVote: () => stores.meta.recordVote({ term: 1, votedFor: NODE_1.node }),
  recordMembers: () => stores.meta.recordMembers(new Map([[NODE_1.node, "up"]])),
  probe: () => stores.meta.probe(),
};

describe("a Redis that is away", () => {
  it("makes every method reject in time while it is frozen, and is used again", async () => {
    await open({}, TIMEOUT_MS);
    await stores.records.apply([record("k", 1, "v")], 0);
    redis.pause();
    const outcomes = await Promise.all(
      Object.entries(CALLS).map(([name, call]) => timed(name, call)),
    );
    for (const { name, thrown, ms } of outcomes) {
      expect({ name, thrown }).toEqual({ name, thrown: expect.any(StoreUnavailable) });
      expect(ms).toBeLessThan(TIMEOUT_MS + MARGIN_MS);
    }
    redis.resume();
    await eventually(() => stores.meta.probe());
    expect(await stores.records.apply([record("k", 3, "v")], 0)).toMatchObject([
      { outcome: "stored" },
    ]);
  });

  it("comes back after it was silent for so long that the connection was given up", async () => {
    await open({}, TIMEOUT_MS);
    redis.pause();
    for (let round = 0; round < 7; round++) {
      await expect(stores.meta.probe()).rejects.toThrow(StoreUnavailable);
      await sleep(TIMEOUT_MS);
    }
    redis.resume();
    await eventually(() => stores.meta.probe());
  });

  it("makes every method reject at once while it is gone, and is found again", async () => {
    await open();
    await stores.records.apply([record("k", 1, "v")], 0);
    await redis.kill();
    await expect(stores.meta.probe()).rejects.toThrow(StoreUnavailable);
    for (const [name, call] of Object.entries(CALLS)) {
      const { thrown, ms } = await timed(name, call);
      expect({ name, thrown }).toEqual({ name, thrown: expect.any(StoreUnavailable) });
      expect(ms).toBeLessThan(MARGIN_MS);
    }
    await sleep(500);
    const lost = log.warn.mock.calls.filter(([, message]) => message === "no connection to Redis");
    expect(lost).toHaveLength(1);
    await redis.start();
    const startedAt = performance.now();
    await eventually(() => stores.meta.probe());
    expect(performance.now() - startedAt).toBeLessThan(1_000 + 2 * MARGIN_MS);
  });

  it("rejects what was under way when it dies", async () => {
    await open();
    const calls = Array.from({ length: 200 }, (_, index) =>
      stores.records.apply([record(`key ${index}`, 1, "v")], 0),
    );
    await sleep(0);
    redis.pause();
    const late = stores.records.apply([record("late", 1, "v")], 0);
    const killed = redis.kill();
    await expect(late).rejects.toThrow(StoreUnavailable);
    await Promise.allSettled(calls);
    await killed;
  });

  it("rejects before the first connection, and resolves untilReady at it", async () => {
    await open();
    await redis.stop();
    const early = openStores({ url: redis.url, timeoutMs: TIMEOUT_MS, log: quiet });
    await expect(early.meta.probe()).rejects.toThrow(StoreUnavailable);
    await redis.start();
    await early.untilReady();
    const durability = redis.kind === "redis" ? "always" : "none";
    expect(await early.meta.probe()).toEqual({ durability, incarnation: 0 });
    await early.close();
    await expect(early.meta.probe()).rejects.toThrow(StoreUnavailable);
  });
});

describe("a Redis that crashes", () => {
  it("has every record that was acknowledged", async () => {
    await open();
    if (redis.kind === "stand-in") return;
    const acknowledged: Key[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let index = 0; ; index++) {
        const one = record(`${writer}:${index}`, 1, Buffer.alloc(100));
        try {
          await stores.records.apply([one], 0);
          acknowledged.push(one.key);
        } catch {
          return; // Killed: this one was not acknowledged.
        }
      }
    });
    await sleep(300);
    await redis.kill();
    await Promise.all(writers);
    await redis.start();
    await eventually(() => stores.meta.probe());
    expect(acknowledged.length).toBeGreaterThan(100);
    const held = new Set((await everyRecord(stores.records)).map(({ key }) => key));
    expect(acknowledged.filter((key) => !held.has(key))).toEqual([]);
  });

  it("starts a scan over when it comes back, and misses nothing", async () => {
    await open();
    if (redis.kind === "stand-in") return;
    const [partition, keys] = keysOfOnePartition(200);
    await stores.records.apply(
      keys.map((key) => record(key, 1, Buffer.alloc(10_000))),
      0,
    );
    const page = await stores.records.page(partition, null);
    expect(page.cursor).not.toBeNull();
    await redis.kill();
    await redis.start();
    await eventually(() => stores.meta.probe());
    const seen = new Set<string>();
    let cursor = page.cursor;
    while (cursor !== null) {
      const next = await stores.records.page(partition, cursor);
      for (const { key } of next.records) seen.add(key);
      cursor = next.cursor;
    }
    expect(seen.size).toBe(keys.length);
  });
});

it("does not lose or fail anything when Redis forgets its scripts", async () => {
  await open();
  const admin = new Redis(redis.url);
  const keys = Array.from({ length: 2_000 }, (_, index) => `key ${index}` as Key);
  const flushing = new AbortController();
  const flushes = (async () => {
    let count = 0;
    for (; !flushing.signal.aborted; count++) await admin.script("FLUSH");
    return count;
  })();
  for (let from = 0; from < keys.length; from += 20) {
    const some = keys.slice(from, from + 20);
    await Promise.all(
      some.map(async (key) => {
        await stores.records.apply([record(key, 1, key)], 0);
        const [held] = await stores.records.read([key, "absent" as Key]);
        expect(held).toEqual(record(key, 1, key));
      }),
    );
  }
  flushing.abort();
  expect(await flushes).toBeGreaterThan(50);
  expect(await everyRecord(stores.records)).toHaveLength(keys.length);
  admin.disconnect();
});

it("refuses the store of another node, as an operator sees it", async () => {
  await open();
  await stores.meta.claim(NODE_1);
  const other = { ...NODE_1, node: "node2" as NodeId };
  await expect(stores.meta.claim(other)).rejects.toThrow(
    new ForeignStore("this Redis belongs to node node1 of cluster ringkv"),
  );
});

describe("a Redis that is full", () => {
  it("says so, evicts nothing, and can be emptied by deleting", async () => {
    await open({ args: ["--maxmemory", "8mb", "--maxmemory-policy", "noeviction"] });
    if (redis.kind === "stand-in") return;
    const stored: Key[] = [];
    for (let refusals = 0, index = 0; refusals < 5; index++) {
      const one = record(`key ${index}`, 1, Buffer.alloc(65_536));
      const outcome = await stores.records.apply([one], 0).catch((thrown: unknown) => thrown);
      if (Array.isArray(outcome)) stored.push(one.key);
      else expect(outcome).toEqual(new StoreFull());
      if (!Array.isArray(outcome)) refusals++;
    }
    expect((await stores.records.read(stored)).every((held) => held !== null)).toBe(true);

    const deletions = stored
      .slice(0, 20)
      .map((key) => stores.records.apply([record(key, 2, null)], 0));
    expect((await Promise.all(deletions)).flat()).toEqual(
      deletions.map(() => ({ outcome: "stored", hadValue: true })),
    );
    expect(await stores.records.apply([record("new", 1, "v")], 0)).toMatchObject([
      { outcome: "stored" },
    ]);
  });

  /** Two records, and not a byte more. */
  async function openAtLimit(): Promise<void> {
    await open();
    await stores.records.apply([record("a", 2, "v"), record("b", 2, "v")], 0);
    const admin = new Redis(redis.url);
    await admin.config("SET", "maxmemory", "1");
    admin.disconnect();
  }

  it.each([
    { records: [record("new", 1, "v")], why: "it needs room" },
    { records: [record("a", 3, "w")], why: "it is a value, even one that is no larger" },
    { records: [record("new", 1, null)], why: "a tombstone for a key that is not held needs room" },
    { records: [record("a", 3, null), record("new", 1, "v")], why: "one of the call needs room" },
    { records: [record("a", 3, null), record("new", 1, null)], why: "as does one tombstone" },
  ])("changes nothing when it refuses a call: $why", async ({ records }) => {
    await openAtLimit();
    if (redis.kind === "stand-in") return;
    const before = await stores.records.partitions();
    await expect(stores.records.apply(records, 0)).rejects.toThrow(StoreFull);
    expect(await stores.records.partitions()).toEqual(before);
    expect(await everyRecord(stores.records)).toHaveLength(2);
  });

  it("deletes, says what it holds, and purges", async () => {
    await openAtLimit();
    if (redis.kind === "stand-in") return;
    const outcomes = await Promise.all([
      stores.records.apply([record("a", 3, null)], 0),
      stores.records.apply([record("new", 1, "v")], 0).catch((thrown: unknown) => thrown),
    ]);
    expect(outcomes[0]).toEqual([{ outcome: "stored", hadValue: true }]);
    expect(outcomes[1]).toEqual(new StoreFull());
    const known = [record("b", 2, "v"), record("b", 1, null)];
    expect(await stores.records.apply(known, 0)).toMatchObject([
      { outcome: "repeated" },
      { outcome: "stale" },
    ]);
    const admin = new Redis(redis.url);
    expect(await admin.zrange("keys", "0", "-1")).toEqual(["b"]);
    admin.disconnect();
    expect(await stores.records.purge([record("a", 3, null)], 3)).toEqual([true]);
    expect(await everyRecord(stores.records)).toEqual([record("b", 2, "v")]);
  });

  it("moves the clock's mark and lets its node start", async () => {
    await openAtLimit();
    if (redis.kind === "stand-in") return;
    expect(await stores.meta.claim(NODE_1)).toMatchObject({ incarnation: 1, reservedUntilMs: 0 });
    await stores.meta.reserveClock(5);
    const ballot = { term: 2, votedFor: NODE_1.node };
    expect(await stores.meta.recordVote({ term: 1, votedFor: null })).toMatchObject({ term: 1 });
    expect(await stores.meta.recordVote(ballot)).toEqual(ballot);
    await stores.meta.recordMembers(new Map([[NODE_1.node, "up"]]));
    expect(await stores.meta.claim(NODE_1)).toMatchObject({ reservedUntilMs: 5, ballot });
  });
});

async function timed(name: string, call: () => Promise<unknown>) {
  const startedAt = performance.now();
  const thrown: unknown = await call().then(
    () => null,
    (error: unknown) => error,
  );
  return { name, thrown, ms: performance.now() - startedAt };
}

async function eventually(check: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    try {
      await check();
      return;
    } catch (thrown) {
      if (performance.now() > deadline) throw thrown;
      await sleep(20);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
