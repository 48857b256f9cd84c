/**
 * Redis at its limits, under a cluster of real processes: memory and disk full, a log that is torn
 * or corrupt, a volume that belongs to somebody else. What was acknowledged must be there at the
 * end, whatever happened in between; what could not be done must have been refused.
 */

import { cpSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";
import type { NodeName, RedisName } from "../harness/cluster.js";
import {
  refusalOf,
  untilAllUp,
  untilNoForeignRecords,
  untilReady,
  untilVerified,
} from "../harness/conditions.js";
import { Keys } from "../harness/keys.js";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";
import { pollUntil } from "../harness/polling.js";
import { underLoad } from "../scenarios/under-load.js";
import { Acknowledged } from "./acknowledged.js";
import { corrupt, cutOff, tear } from "./log-files.js";
import { SmallDisk } from "./small-disk.js";

const REDIS: readonly RedisName[] = ["redis1", "redis2", "redis3"];
const SMALL: readonly RedisName[] = ["redis2", "redis3"];
const TEST_TIMEOUT_MS = 180_000;
const VALUE_BYTES = 32 * 1024;
/** Far more than any of the limits here takes. */
const WRITES_MAX = 1_000;

let cluster: LocalProcesses;
let disks: ReadonlyMap<RedisName, SmallDisk>;
let keys: Keys;
let acknowledged: Acknowledged;

beforeAll(async () => {
  cluster = await openLocalProcesses({}, (dataDirectory) => {
    disks = new Map(SMALL.map((name) => [name, new SmallDisk(path.join(dataDirectory, name))]));
  });
  await untilAllUp(cluster);
}, TEST_TIMEOUT_MS);
beforeEach(() => {
  keys = new Keys(cluster, String(expect.getState().currentTestName?.length));
  acknowledged = new Acknowledged(cluster);
  for (const disk of disks.values()) disk.grow();
});
afterEach(async () => {
  for (const redis of REDIS) await limitMemory(redis, "0").catch(() => {});
  for (const disk of disks.values()) disk.grow();
  await cluster.restore();
  await untilWhole();
}, TEST_TIMEOUT_MS);
afterAll(async () => {
  // The mounts go first, or the directory cannot be removed; what runs there keeps them open.
  for (const disk of disks?.values() ?? []) disk.remove();
  await cluster?.close();
}, TEST_TIMEOUT_MS);

function limitMemory(redis: RedisName, bytes: string): Promise<unknown> {
  return cluster.askRedis(redis, "CONFIG", "SET", "maxmemory", bytes);
}

/** Less than an empty Redis uses: nothing that takes memory has room. */
const NO_ROOM = "1mb";

async function evictedFrom(redis: RedisName): Promise<string> {
  const info = String(await cluster.askRedis(redis, "INFO", "stats"));
  return /evicted_keys:(\d+)/.exec(info)?.[1] ?? "";
}

/** Everything up, every debt paid, every owner equal, and nothing missing. */
async function untilWhole(): Promise<void> {
  await untilAllUp(cluster);
  await untilNoForeignRecords(cluster);
  for (const via of cluster.nodes) await untilVerified(cluster, via);
  expect(await acknowledged.losses()).toEqual([]);
}

/** Writes what `node` owns through node1 until its Redis has died of it. */
async function writeUntilItDies(node: NodeName, redis: RedisName): Promise<void> {
  disks.get(redis)?.narrow(cluster.pid(redis));
  for (let writes = 0; cluster.pid(redis) !== null; writes++) {
    if (writes > WRITES_MAX) throw new Error(`${redis} does not get full`);
    await acknowledged.put("node1", keys.withPrimary(node), "x".repeat(VALUE_BYTES));
  }
}

async function expectNotServing(node: NodeName): Promise<void> {
  await pollUntil(`${node} does not serve`, async () => {
    const { serves, ready } = await cluster.at(node).health();
    return !serves && !ready ? "" : "it does";
  });
  const refusal = await refusalOf(cluster.at(node).put(keys.any(), "in vain"));
  expect(refusal).toMatchObject({ code: "store_unavailable", outcome: "not-applied" });
}

/** The stand-in keeps nothing on a disk, and knows no limits. */
const hasLimits = chooseRedis([], process.env).kind === "server";

if (hasLimits) {
  describe("memory", () => {
    it(
      "full everywhere: values are refused as such, reads and deletions go on, nothing is evicted",
      async () => {
        const kept = keys.many(30);
        for (const key of kept) await acknowledged.put("node1", key, "x".repeat(1_000));
        for (const redis of REDIS) await limitMemory(redis, NO_ROOM);
        const refusal = await refusalOf(cluster.at("node2").put(keys.any(), "x".repeat(1_000)));
        expect(refusal).toMatchObject({ code: "store_full" });
        for (const [index, key] of kept.entries()) {
          const via = cluster.nodes[index % 3] as NodeName;
          expect((await cluster.at(via).get(key))?.value).toHaveLength(1_000);
          if (index % 2 === 0) expect((await acknowledged.delete(via, key))?.existed).toBe(true);
        }
        for (const node of cluster.nodes)
          expect(await cluster.at(node).health()).toEqual({ serves: true, ready: true });
        expect(await Promise.all(REDIS.map(evictedFrom))).toEqual(["0", "0", "0"]);
        for (const redis of REDIS) await limitMemory(redis, "0");
        await cluster.at("node2").put(keys.any(), "there is room again");
      },
      TEST_TIMEOUT_MS,
    );

    it(
      "full at one node: another stands in, and hands over when there is room again",
      async () => {
        await limitMemory("redis2", NO_ROOM);
        for (let written = 0; written < 20; written++) {
          const key = keys.withPrimary("node2");
          const receipt = await acknowledged.put(
            cluster.nodes[written % 3] as NodeName,
            key,
            "new",
          );
          expect(receipt?.stored.toSorted()).toEqual(["node1", "node3"]);
          expect(receipt?.standIns).toHaveLength(1);
        }
        expect((await cluster.at("node2").health()).serves).toBe(true);
        await limitMemory("redis2", "0");
        await untilWhole();
      },
      TEST_TIMEOUT_MS,
    );
  });

  describe("disk", () => {
    it(
      "full at one node, then at two: nothing acknowledged is lost when space returns",
      async () => {
        await underLoad({ cluster, keys }, async (load) => {
          await load.acknowledges(50);
          await writeUntilItDies("node2", "redis2");
          await expectNotServing("node2");
          const receipt = await acknowledged.put("node1", keys.withPrimary("node2"), "beside it");
          expect(receipt?.stored.toSorted()).toEqual(["node1", "node3"]);
          await load.acknowledges(50);

          // Its supervisor starts it again and again; there is no room for what it wants to say.
          if (disks.get("redis2")?.staysFull) {
            await cluster.start("redis2").catch(() => {});
            await load.acknowledges(50);
          }
          await writeUntilItDies("node3", "redis3");
          await expectNotServing("node3");
          for (const disk of disks.values()) disk.grow();
          for (const redis of SMALL) if (cluster.pid(redis) === null) await cluster.start(redis);
          for (const node of cluster.nodes) await untilReady(cluster, node);
          await load.acknowledges(50);
        });
      },
      TEST_TIMEOUT_MS,
    );
  });

  describe("the log", () => {
    it.each([
      { harm: "torn by a power cut", damage: tear },
      {
        harm: "cut short by a disk that lied",
        damage: (folder: string) => cutOff(folder, 300),
      },
    ])(
      "$harm is cut off at the last whole command, and what is missing comes from the others",
      async ({ damage }) => {
        for (let written = 0; written < 20; written++)
          await acknowledged.put("node1", keys.withPrimary("node2"), "on two disks");
        await cluster.kill("redis2");
        damage(cluster.folderOf("redis2"));
        await cluster.start("redis2");
        await untilWhole();
        const log = await readFile(
          path.join(cluster.folderOf("redis2"), "../log/redis2.log"),
          "utf8",
        );
        expect(log).toMatch(/Truncating the AOF|AOF loaded anyway because aof-load-truncated/);
      },
      TEST_TIMEOUT_MS,
    );

    it(
      "corrupt in the middle: Redis does not start, the others serve, and an empty one is filled",
      async () => {
        for (let written = 0; written < 20; written++)
          await acknowledged.put("node1", keys.withPrimary("node2"), "on two disks");
        await cluster.kill("redis2");
        corrupt(cluster.folderOf("redis2"));
        await expect(cluster.start("redis2")).rejects.toThrow(/Bad file format reading the append/);
        await expectNotServing("node2");
        await acknowledged.put("node3", keys.withPrimary("node2"), "meanwhile");
        await cluster.wipe("node2");
        await cluster.start("redis2");
        await untilWhole();
      },
      TEST_TIMEOUT_MS,
    );
  });

  describe("a volume", () => {
    it(
      "of another node is refused at the start, in words that name the owner, and left untouched",
      async () => {
        await acknowledged.put("node1", keys.withWalk("node2", "node3"), "kept");
        for (const process of ["node2", "node3", "redis2", "redis3"] as const)
          await cluster.stop(process);
        exchange(cluster.folderOf("redis2"), cluster.folderOf("redis3"));
        try {
          await cluster.start("redis2");
          await cluster.start("node2").catch(() => {}); // It may live for a moment.
          await pollUntil("node2 has left", async () => (cluster.pid("node2") ? "not yet" : ""));
          expect((await cluster.log("node2")).split("\n").slice(-20).join("\n")).toContain(
            "this Redis belongs to node node3 of cluster ringkv",
          );
          await cluster.stop("redis2");
        } finally {
          exchange(cluster.folderOf("redis2"), cluster.folderOf("redis3"));
        }
        for (const process of ["redis2", "redis3", "node2", "node3"] as const)
          await cluster.start(process);
      },
      TEST_TIMEOUT_MS,
    );
  });
} else {
  it("needs a Redis with a disk: the stand-in keeps nothing", () => {
    expect(disks.size).toBe(SMALL.length);
  });
}

/** Moves what lies in one folder to the other, and the other way round. */
function exchange(one: string, other: string): void {
  const aside = `${one}-aside`;
  mkdirSync(aside);
  move(one, aside);
  move(other, one);
  move(aside, other);
  rmSync(aside, { recursive: true });
}

function move(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    try {
      renameSync(source, target);
    } catch {
      // Another file system.
      cpSync(source, target, { recursive: true });
      rmSync(source, { recursive: true });
    }
  }
}
