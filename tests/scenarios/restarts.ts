/** What survives when everything stops, or when a node starts with what its disk remembers. */

import { untilAllUp } from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";
import { underLoad } from "./under-load.js";

export const restarts: readonly Scenario[] = [
  {
    title: "all nodes killed at once and started again: nothing acknowledged is lost",
    needs: [],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        await load.acknowledges(150);
        await Promise.all(cluster.nodes.map((node) => cluster.kill(node)));
        await Promise.all(cluster.nodes.map((node) => cluster.start(node)));
      });
    },
  },
  {
    title: "a write after a restart always wins over the writes before it",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withPrimary("node2");
      let last = "";
      for (let restart = 0; restart < 3; restart++) {
        for (const via of cluster.nodes) {
          const { version } = await cluster.at(via).put(key, `${via} before restart ${restart}`);
          expect(version > last).toBe(true);
          last = version;
        }
        await cluster.kill("node2");
        await cluster.start("node2");
        await untilAllUp(cluster);
        const { version } = await cluster.at("node2").put(key, `after restart ${restart}`);
        expect(version > last).toBe(true);
        last = version;
        for (const via of cluster.nodes)
          expect((await cluster.at(via).get(key))?.value).toBe(`after restart ${restart}`);
      }
    },
  },
];
