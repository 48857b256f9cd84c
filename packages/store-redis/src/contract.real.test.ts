/** The ports' contracts, on a Redis and on the stand-in that `npm start` falls back to. */

import { jest } from "@jest/globals";
import { type Key, partitionOf } from "@ringkv/core";
import { openRedis, openStandInRedis, type TestRedis } from "@ringkv/testing";
import { describeMetaStore, describeOutbox, describeRecordStore } from "@ringkv/testing/contracts";
import { Redis } from "ioredis";
import { openStores, type RedisStores } from "./open-store.js";

/** The stand-in is slow, and large values on a loaded machine are slower. */
jest.setTimeout(60_000);

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

describe.each([
  { name: "Redis", start: () => openRedis(), shortcomings: {} },
  // Its HSCAN counts fields; a real one does not mind what is deleted meanwhile.
  { name: "the stand-in", start: openStandInRedis, shortcomings: { releasesShiftPages: true } },
])("$name", ({ name, start, shortcomings }) => {
  let redis: TestRedis;
  let admin: Redis;
  let stores: RedisStores;
  beforeAll(async () => {
    redis = await start();
    admin = new Redis(redis.url);
    stores = openStores({ url: redis.url, timeoutMs: 30_000, log: quiet });
    await stores.untilReady();
  });
  afterAll(async () => {
    await stores.close();
    admin.disconnect();
    await redis.close();
  });

  const openEmpty = async () => {
    await admin.flushall();
    const damage = (key: Key, bytes: Buffer | null) => {
      const hash = `p:${partitionOf(key)}`;
      return bytes === null ? admin.hdel(hash, key) : admin.hset(hash, key, bytes);
    };
    return { store: stores.records, damage };
  };
  describeRecordStore(name, openEmpty, shortcomings);

  describeMetaStore(name, async () => {
    await admin.flushall();
    return { store: stores.meta };
  });

  describeOutbox(name, async (outboxMax) => {
    await admin.flushall();
    const opened = openStores({ url: redis.url, timeoutMs: 30_000, log: quiet, outboxMax });
    await opened.untilReady();
    return { ...opened, close: () => opened.close() };
  });
});
