/** What stands where in Redis: operators and other tools read it. See DESIGN.md, section 6. */

import type { NodeId } from "@ringkv/core";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { keysOfOnePartition, record, versionOf } from "@ringkv/testing/contracts";
import { Redis } from "ioredis";
import { openStores, type RedisStores } from "./open-store.js";

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
const NODE_1 = { clusterId: "ringkv", node: "node1" as NodeId };
const PATIENT_MS = 5_000;

let redis: TestRedis;
let admin: Redis;
let stores: RedisStores;
beforeAll(async () => {
  redis = await openRedis();
  admin = new Redis(redis.url);
});
beforeEach(async () => {
  await admin.flushall();
  stores = openStores({ url: redis.url, timeoutMs: PATIENT_MS, log: quiet });
  await stores.untilReady();
});
afterEach(() => stores.close());
afterAll(async () => {
  admin.disconnect();
  await redis.close();
});

it("keeps a partition as one hash, and forgets its digest with its last record", async () => {
  const [partition, [a = "", b = ""]] = keysOfOnePartition(2);
  await stores.records.apply([record(a, 1, "v"), record(b, 1, null)], 0);
  expect((await admin.keys("*")).toSorted()).toEqual(["digest", "keys", `p:${partition}`]);
  expect(await admin.hgetBuffer(`p:${partition}`, a)).toEqual(record(a, 1, "v").bytes);
  expect(await admin.hkeys("digest")).toEqual([`${partition}`]);
  expect(await stores.records.release([record(a, 1, "v")])).toBe(1);
  expect(await admin.hkeys("digest")).toEqual([`${partition}`]);
  expect(await stores.records.release([record(b, 1, null)])).toBe(1);
  expect(await admin.keys("*")).toEqual([]);
});

it.each([
  { history: [record("k", 1, "v")], indexed: true, why: "it has a value" },
  { history: [record("k", 1, null)], indexed: false, why: "it was deleted before it came" },
  { history: [record("k", 1, "v"), record("k", 2, null)], indexed: false, why: "it was deleted" },
  { history: [record("k", 2, null), record("k", 1, "v")], indexed: false, why: "it is gone" },
  { history: [record("k", 1, null), record("k", 2, "v")], indexed: true, why: "it is back" },
  { history: [record("k", 1, "v"), record("k", 2, "w")], indexed: true, why: "it has another" },
  {
    history: [record("k", 1, "v", { expiresAtMs: 1 })],
    indexed: true,
    why: "who lists it looks at the expiry",
  },
])("indexes a key, or not, because $why", async ({ history, indexed }) => {
  for (const one of history) await stores.records.apply([one], 10);
  expect(await admin.zrange("keys", "0", "-1", "WITHSCORES")).toEqual(indexed ? ["k", "0"] : []);
  await admin.flushall();
  await stores.records.apply(history, 10);
  expect(await admin.zrange("keys", "0", "-1")).toEqual(indexed ? ["k"] : []);
});

it("keeps what a node remembers of itself in one hash", async () => {
  await stores.meta.claim(NODE_1);
  await stores.meta.reserveClock(1_700_000_000_000);
  expect(await admin.hgetall("meta")).toEqual({
    cluster: "ringkv",
    node: "node1",
    incarnation: "1",
    reserved_until_ms: "1700000000000",
  });
});

it("keeps term and vote beside them, once there was an election", async () => {
  await stores.meta.recordVote({ term: 7, votedFor: null });
  expect(await admin.hgetall("meta")).toEqual({ term: "7", voted_for: "" });
  await stores.meta.recordVote({ term: 7, votedFor: NODE_1.node });
  expect(await admin.hgetall("meta")).toEqual({ term: "7", voted_for: "node1" });
});

it("tells the state of each member as a plain string", async () => {
  await stores.meta.recordMembers(
    new Map([
      ["node1", "up"],
      ["node2", "down"],
    ] as never),
  );
  expect(await admin.get("node_status:node1")).toBe("up");
  expect(await admin.get("node_status:node2")).toBe("down");
});

describe("durability", () => {
  it("is learnt anew with every connection", async () => {
    if (redis.kind === "stand-in") return;
    expect((await stores.meta.probe()).durability).toBe("always");
    await admin.config("SET", "appendfsync", "everysec");
    expect((await stores.meta.probe()).durability).toBe("always");
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await eventually(async () => expect((await stores.meta.probe()).durability).toBe("everysec"));
    await admin.config("SET", "appendfsync", "always");
  });

  it("is not overstated where CONFIG is forbidden", async () => {
    if (redis.kind === "stand-in") return;
    await admin.call("ACL", "SETUSER", "node", "on", ">pw", "~*", "+@all", "-config");
    const url = redis.url.replace("//", "//node:pw@");
    const guarded = openStores({ url, timeoutMs: PATIENT_MS, log: quiet });
    await guarded.untilReady();
    expect((await guarded.meta.probe()).durability).toBe("everysec");
    await guarded.close();
  });
});

it("tells the version that made a record stale, whatever its digits", async () => {
  await stores.records.apply([record("k", 0xe0_0000_0000_00, "v")], 0);
  expect(await stores.records.apply([record("k", 1, "v")], 0)).toEqual([
    { outcome: "stale", held: versionOf(0xe0_0000_0000_00) },
  ]);
});

async function eventually(check: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await check();
      return;
    } catch (thrown) {
      if (attempt === 100) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

it.each([
  { why: "wrong", corrupt: (field: string) => admin.hset("digest", field, Buffer.alloc(12, 7)) },
  { why: "missing", corrupt: (field: string) => admin.hdel("digest", field) },
])("rebuilds a digest that is $why from the records themselves", async ({ corrupt }) => {
  const [partition, keys] = keysOfOnePartition(600);
  await stores.records.apply(
    keys.map((key, index) => record(key, index, "v")),
    0,
  );
  const before = await stores.records.partitions();
  await corrupt(`${partition}`);
  expect(await stores.records.partitions()).not.toEqual(before);
  expect(await stores.records.rebuildDigest(partition)).toBe(true);
  expect(await stores.records.partitions()).toEqual(before);
});
