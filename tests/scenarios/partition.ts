/** The network is cut: no node can tell a dead neighbour from an unreachable one. */

import { refusalOf, untilAllUp, untilNoForeignRecords } from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";
import { underLoad } from "./under-load.js";

export const partition: readonly Scenario[] = [
  {
    title:
      "a node cut off from the others refuses writes, they go on, and all agree after it heals",
    needs: ["partition"],
    async run({ cluster, keys }) {
      const wanted = Array.from({ length: 10 }, () => keys.withPrimary("node3"));
      for (const key of wanted) await cluster.at("node1").put(key, "before");
      await cluster.isolate("node3");
      for (const key of wanted) {
        const { stored } = await cluster.at("node1").put(key, "by the majority");
        expect(stored).not.toContain("node3");
      }
      const [key = ""] = wanted;
      const refusal = await refusalOf(cluster.at("node3").put(key, "by the minority"));
      expect(refusal.code).toBe("quorum_unreachable");

      await cluster.heal("node3");
      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
      for (const via of cluster.nodes) {
        const [, ...rest] = wanted;
        for (const other of rest)
          expect((await cluster.at(via).get(other))?.value).toBe("by the majority");
      }
    },
  },
  {
    title: "a cut under load loses no acknowledged write",
    needs: ["partition"],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        await load.acknowledges(100);
        await cluster.isolate("node3");
        await load.acknowledges(100);
        await cluster.heal("node3");
        await untilAllUp(cluster);
        await load.acknowledges(50);
      });
    },
  },
];
