/** What stands where in Redis: operators and other tools read it. See DESIGN.md, section 6. */

import { allPartitions, type Key, type NodeId, type Partition, partitionOf } from "@ringkv/core";
import type { DamagedRecord } from "@ringkv/engine";
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
  expect((await admin.keys("*")).toSorted()).toEqual([
    "digest",
    "keys",
    `p:${partition}`,
    "purgeable",
  ]);
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

it("indexes what is or will be absent, by partition and key, since when", async () => {
  const written = [
    record("value", 1, "v"),
    record("deleted", 1_700_000_000_123, null),
    record("expiring", 1, "v", { expiresAtMs: 2 ** 48 - 1 }),
  ];
  await stores.records.apply(written, 0);
  expect(await admin.zrangeBuffer("purgeable", "0", "-1")).toEqual([
    purgeableName("deleted"),
    purgeableName("expiring"),
  ]);
  expect(await admin.zscore("purgeable", purgeableName("deleted"))).toBe("1700000000123");
  expect(Number(await admin.zscore("purgeable", purgeableName("expiring")))).toBe(2 ** 48 - 1);
});

it("believes the records, and not the index", async () => {
  await stores.records.apply([record("lives", 5, "v"), record("deleted", 5, null)], 0);
  for (const key of ["lives", "deleted", "none"]) {
    await admin.zadd("purgeable", 3, purgeableName(key));
  }
  const strays = [[], [1], [0, 17], [255, 255, 107], [0, 17, 255]];
  for (const stray of strays) await admin.zadd("purgeable", 3, Buffer.from(stray));
  await admin.hset("p:17", Buffer.from([255]), record("k", 3, null).bytes);
  const ask = { partitions: new Set(allPartitions()), cutoffMs: 9, skip: 0 };
  expect(await stores.records.purgeable(ask)).toEqual({ records: [], next: null });
  expect(await stores.records.purge([record("lives", 5, "v")], 9)).toEqual([false]);
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

it("loses all that it holds when it is wiped, and nothing of the jobs", async () => {
  await stores.meta.claim(NODE_1);
  await stores.records.apply([record("a", 1, "v"), record("b", 1, null)], 0);
  const jobs = admin.duplicate({ db: 1 });
  await jobs.set("ringkv-node1:replication:id", "7");
  await stores.wipe();
  expect(await admin.keys("*")).toEqual([]);
  expect(await jobs.dbsize()).toBe(1);
  jobs.disconnect();
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

/** What a key is called in the index by time: its partition in two bytes, then the key. */
function purgeableName(key: string): Buffer {
  const name = Buffer.from([0, 0, ...Buffer.from(key)]);
  name.writeUInt16BE(partitionOf(key as Key));
  return name;
}

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

const [CROWDED, CROWD] = keysOfOnePartition(600);

it.each([
  { why: "wrong", corrupt: (field: string) => admin.hset("digest", field, Buffer.alloc(12, 7)) },
  { why: "missing", corrupt: (field: string) => admin.hdel("digest", field) },
  { why: "too short", corrupt: (field: string) => admin.hset("digest", field, "short") },
  { why: "too long", corrupt: (field: string) => admin.hset("digest", field, "z".repeat(13)) },
  { why: "empty", corrupt: (field: string) => admin.hset("digest", field, "") },
])("rebuilds a digest that is $why from the records themselves", async ({ corrupt }) => {
  await stores.records.apply(
    CROWD.map((key, index) => record(key, index, "v")),
    0,
  );
  const before = await stores.records.partitions();
  await corrupt(`${CROWDED}`);
  expect(await stores.records.partitions()).not.toEqual(before);
  expect(await stores.records.rebuildDigest(CROWDED)).toBe(true);
  expect(await stores.records.partitions()).toEqual(before);
});

describe.each([
  { digest: "too short", corrupt: (field: string) => admin.hset("digest", field, "short") },
  { digest: "missing", corrupt: (field: string) => admin.hdel("digest", field) },
])("a digest that is $digest", ({ corrupt }) => {
  it("stops neither a write nor a release, of its own partition or of others", async () => {
    const [partition, [a = "", b = ""]] = keysOfOnePartition(2);
    await stores.records.apply([record(a, 1, "v"), record(b, 1, "v")], 0);
    await corrupt(`${partition}`);
    const batch = [record("elsewhere", 1, "v"), record(a, 2, "v"), record("other", 1, "v")];
    expect(await stores.records.apply(batch, 0)).toHaveLength(3);
    await corrupt(`${partition}`);
    expect(await stores.records.release(batch)).toBe(3);
    await stores.records.rebuildDigest(partition);
    const sums = await stores.records.partitions();
    expect([...sums.keys()]).toEqual([partition]);
    expect(sums.get(partition)?.records).toBe(1);
  });
});

it("does not take a stray name in the digests for a partition", async () => {
  await admin.hset("digest", "x", Buffer.alloc(12), "1024", Buffer.alloc(12));
  expect(await stores.records.partitions()).toEqual(new Map());
});

it.each([
  { copy: record("k", 1, "v"), indexed: ["k"], due: null, why: "the copy has a value" },
  {
    copy: record("k", 1, "v", { expiresAtMs: 70_000 }),
    indexed: ["k"],
    due: "70000",
    why: "the copy expires",
  },
  { copy: record("k", 1, null), indexed: [], due: "1", why: "the copy is a tombstone" },
  { copy: null, indexed: [], due: null, why: "there is no copy" },
])("keeps both indexes true when it mends: $why", async ({ copy, indexed, due }) => {
  for (const [value, change] of [["v"], [null], ["v", { expiresAtMs: 9 }]] as const) {
    await admin.flushall();
    const stored = record("k", 1, value, change);
    await stores.records.apply([stored], 0);
    const partition = partitionOf(stored.key);
    await admin.hset(`p:${partition}`, "k", "garbage");
    const [found] = (await stores.records.page(partition, null)).damaged;
    expect(await stores.records.mend(partition, found as DamagedRecord, copy)).toBe(true);
    expect(await admin.zrange("keys", "0", "-1")).toEqual(indexed);
    expect(await admin.zscore("purgeable", purgeableName("k"))).toBe(due);
    expect(await admin.zcard("purgeable")).toBe(due === null ? 0 : 1);
  }
});

it("discards what stands under a name that is no key, byte by byte as it is", async () => {
  const field = Buffer.from([0xff, 0x00, 0xfe]);
  await admin.hset("p:17", field, "garbage");
  const [found] = (await stores.records.page(17 as Partition, null)).damaged;
  expect(found).toEqual({ key: null, field, bytes: Buffer.from("garbage") });
  expect(await stores.records.versions(17 as Partition, null)).toMatchObject({ records: [] });
  expect(await stores.records.mend(17 as Partition, found as DamagedRecord, null)).toBe(true);
  expect(await admin.exists("p:17")).toBe(0);
});

it("mends at the memory limit too", async () => {
  if (redis.kind === "stand-in") return;
  const stored = record("k", 1, "v".repeat(1_000));
  await stores.records.apply([stored], 0);
  const partition = partitionOf(stored.key);
  await admin.hset(`p:${partition}`, "k", "garbage");
  await admin.config("SET", "maxmemory", "1");
  const [found] = (await stores.records.page(partition, null)).damaged;
  expect(await stores.records.mend(partition, found as DamagedRecord, stored)).toBe(true);
  await admin.config("SET", "maxmemory", "0");
  expect(await stores.records.read([stored.key])).toEqual([stored]);
});
