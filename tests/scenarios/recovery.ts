/** A node that was away comes back whole, by itself, and says when. */

import { type Cluster, type NodeName, redisOf } from "../harness/cluster.js";
import {
  refusalOf,
  untilAllUp,
  untilHolds,
  untilNoDifference,
  untilNoForeignRecords,
  untilOthersSee,
  untilReady,
  untilSeenAs,
  untilVerified,
} from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

export const recovery: readonly Scenario[] = [
  {
    title: "a node stopped, its Redis data deleted, and started again: everything is recovered",
    needs: ["stores", "wipe"],
    async run({ cluster, keys }) {
      const kept = keys.many(120);
      const deleted = keys.many(30);
      for (const key of [...kept, ...deleted])
        await cluster.at("node1").put(key, `value of ${key}`);
      for (const key of deleted) await cluster.at("node3").delete(key);
      await loseDisk(cluster, "node2");
      const meanwhile = keys.withPrimary("node2");
      await cluster.at("node1").put(meanwhile, "written while it was away");
      await cluster.start("redis2");
      await cluster.start("node2");
      await untilReady(cluster, "node2");

      // Ready means whole: nothing is waited for from here on.
      const door = cluster.at("node2");
      expect((await door.status()).recovery).toMatchObject({ isOver: true, partitionsLeft: 0 });
      for (const key of kept) expect((await door.get(key))?.value).toBe(`value of ${key}`);
      for (const key of deleted) expect(await door.get(key)).toBeNull();
      expect((await door.get(meanwhile))?.value).toBe("written while it was away");
      const own = kept.filter((key) => keys.walkOf(key).indexOf("node2") < cluster.replicaCount);
      for (const key of own) {
        const { holders } = await cluster.at("node1").locate(key);
        expect(holders.find(({ node }) => node === "node2")?.version).not.toBeNull();
      }

      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
      for (const via of cluster.nodes) await untilVerified(cluster, via);
      await untilNoDifference(cluster);
    },
  },
  {
    title: "PUT while node2 is down, start node2: its own copy is there as soon as it is ready",
    needs: [],
    async run({ cluster, keys }) {
      const wanted = Array.from({ length: 10 }, () => keys.withPrimary("node2"));
      for (const key of wanted.slice(0, 5)) await cluster.at("node1").put(key, "before");
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      for (const key of wanted) await cluster.at("node1").put(key, "while node2 was down");
      await cluster.start("node2");
      await untilReady(cluster, "node2");
      for (const key of wanted) {
        const { holders } = await cluster.at("node2").locate(key);
        const versions = new Map(holders.map(({ node, version }) => [node, version]));
        expect(versions.get("node2")).toBe(versions.get("node3") ?? versions.get("node1"));
        expect((await cluster.at("node2").get(key, { r: 1 }))?.value).toBe("while node2 was down");
      }
    },
  },
  {
    title: "a node whose co-owners cannot be asked serves what it has after a while, and says so",
    needs: [],
    async run({ cluster, keys }) {
      const own = keys.withPrimary("node1");
      await cluster.at("node2").put(own, "mine");
      await Promise.all(cluster.nodes.map((node) => cluster.stop(node)));
      await cluster.start("node1");
      const door = cluster.at("node1");
      const { code } = await refusalOf(door.get(own, { r: 1 }));
      expect(["recovering", "quorum_unreachable"]).toContain(code);
      await untilSeenAs(cluster, { by: "node1", node: "node1", states: ["up"] });
      const { recovery } = await door.status();
      expect(recovery).toMatchObject({ isOver: true, notCompared: ["node2", "node3"] });
      expect((await door.get(own, { r: 1 }))?.value).toBe("mine");
      await Promise.all([cluster.start("node2"), cluster.start("node3")]);
    },
  },
  {
    title: "a write at w=1 is acknowledged by the first node, and reaches the other one by itself",
    needs: ["pause"],
    async run({ cluster, keys }) {
      const key = keys.withWalk("node1", "node2");
      await cluster.stop("node3");
      await untilOthersSee(cluster, "node3", "down");
      await cluster.pause("node2");
      const { stored, version } = await cluster.at("node1").put(key, "asynchronous", { w: 1 });
      expect(stored).toEqual(["node1"]);
      await cluster.resume("node2");
      await cluster.start("node3");
      await untilHolds(cluster, { node: "node2", key, version, via: "node3" });
      await untilAllUp(cluster);
      expect((await cluster.at("node2").get(key, { r: 1 }))?.value).toBe("asynchronous");
    },
  },
  {
    title: "a node recovers when it is asked to, as it does at its start",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withPrimary("node2");
      await cluster.at("node1").put(key, "kept");
      await cluster.at("node2").recover();
      await untilReady(cluster, "node2");
      expect((await cluster.at("node2").get(key, { r: 1 }))?.value).toBe("kept");
      await untilAllUp(cluster);
    },
  },
  {
    title: "the queues' data vanishes while a node is away, and what is owed to it is found again",
    needs: ["redis"],
    async run({ cluster, keys }) {
      const owed = Array.from({ length: 5 }, () => keys.withWalk("node2", "node3", "node1"));
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      for (const key of owed) await cluster.at("node1").put(key, "kept by node1");
      expect((await cluster.at("node1").status()).foreignRecords).toBeGreaterThan(0);
      const flushQueues = "redis.call('SELECT', 1) return redis.call('FLUSHDB')";
      for (const redis of ["redis1", "redis2", "redis3"] as const)
        await cluster.askRedis(redis, "EVAL", flushQueues, "0");
      await cluster.start("node2");
      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
      for (const key of owed)
        expect((await cluster.at("node2").get(key, { r: 1 }))?.value).toBe("kept by node1");
    },
  },
  {
    title: "a Redis that is lost while its node runs on is noticed and filled again",
    needs: ["stores", "wipe", "redis"],
    async run({ cluster, keys }) {
      const kept = keys.many(60);
      for (const key of kept) await cluster.at("node1").put(key, `value of ${key}`);
      await cluster.kill("redis2");
      await cluster.wipe("node2");
      await cluster.start("redis2");
      await cluster.waitUntil("node2 has noticed and recovered", async () => {
        const { state, incarnation, records } = await cluster.at("node2").status();
        const isBack = state === "up" && incarnation === 1 && records > 0;
        return isBack ? "" : `${state}, ${records} records, start ${incarnation}`;
      });
      for (const key of kept)
        expect((await cluster.at("node2").get(key, { r: 1 }))?.value).toBe(`value of ${key}`);
      await untilAllUp(cluster);
      for (const via of cluster.nodes) await untilVerified(cluster, via);
    },
  },
];

async function loseDisk(cluster: Cluster, node: NodeName): Promise<void> {
  await cluster.stop(node);
  await cluster.stop(redisOf(node));
  await cluster.wipe(node);
  await untilOthersSee(cluster, node, "down");
}
