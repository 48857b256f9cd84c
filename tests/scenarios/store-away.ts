/** A node lives on while its store stops, dies or hangs. */

import { type Cluster, isRedis, type NodeName, redisOf } from "../harness/cluster.js";
import {
  refusalOf,
  untilAllUp,
  untilNoForeignRecords,
  untilOthersSee,
} from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";
import { underLoad } from "./under-load.js";

export const storeAway: readonly Scenario[] = [
  {
    title: "a node without its store says so, others stand in, and it recovers by itself",
    needs: ["stores"],
    async run({ cluster, keys }) {
      const wanted = Array.from({ length: 10 }, () => keys.withPrimary("node2"));
      for (const key of wanted) await cluster.at("node1").put(key, "before");
      await cluster.stop("redis2");
      await untilStoreIsMissed(cluster, "node2");

      for (const key of wanted) {
        const { stored } = await cluster.at("node1").put(key, "without node2's store");
        expect(stored).not.toContain("node2");
        const refusal = await refusalOf(cluster.at("node2").put(key, "in vain"));
        expect(refusal).toMatchObject({ code: "store_unavailable", outcome: "not-applied" });
        expect((await refusalOf(cluster.at("node2").get(key))).code).toBe("store_unavailable");
      }
      expect(await cluster.at("node2").health()).toEqual({ serves: false, ready: false });

      await cluster.start("redis2");
      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
      for (const key of wanted)
        expect((await cluster.at("node2").get(key))?.value).toBe("without node2's store");
    },
  },
  {
    title: "a store killed and started again under load loses no acknowledged write",
    needs: ["stores"],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        await load.acknowledges(150);
        await cluster.kill("redis2");
        await load.acknowledges(150);
        await cluster.start("redis2");
        await load.acknowledges(150);
      });
    },
  },
  {
    title: "all nodes and all stores killed at once: nothing acknowledged is lost",
    needs: ["stores"],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        await load.acknowledges(150);
        const stores = cluster.nodes.map(redisOf);
        await Promise.all([...stores, ...cluster.nodes].map((process) => cluster.kill(process)));
        await Promise.all(stores.filter(isRedis).map((redis) => cluster.start(redis)));
        await Promise.all(cluster.nodes.map((node) => cluster.start(node)));
      });
    },
  },
  {
    title: "a store that hangs under load loses no acknowledged write, and its node recovers",
    needs: ["stores", "pause"],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        await load.acknowledges(100);
        await cluster.pause("redis2");
        await untilStoreIsMissed(cluster, "node2");
        await load.acknowledges(100);
        await cluster.resume("redis2");
        await untilAllUp(cluster);
        await load.acknowledges(50);
      });
    },
  },
  {
    title: "every node records in its own Redis who is up, and who is not any more",
    needs: ["redis"],
    async run({ cluster }) {
      const untilRecorded = (state: string) =>
        cluster.waitUntil(`node_status:node2 is ${state} for the others`, async () => {
          const recorded = await Promise.all(
            (["redis1", "redis3"] as const).map((redis) =>
              cluster.askRedis(redis, "GET", "node_status:node2"),
            ),
          );
          return recorded.every((text) => text === state) ? "" : `it is ${recorded.join(", ")}`;
        });
      await untilRecorded("up");
      expect(await cluster.askRedis("redis1", "GET", "node_status:node1")).toBe("up");
      await cluster.kill("node2");
      await untilOthersSee(cluster, "node2", "down");
      await untilRecorded("down");
      await cluster.start("node2");
      await untilRecorded("up");
    },
  },
];

function untilStoreIsMissed(cluster: Cluster, node: NodeName): Promise<void> {
  return cluster.waitUntil(
    `${node} says that it cannot serve, because its store is away`,
    async () => ((await cluster.at(node).health()).serves ? "it serves" : ""),
  );
}
