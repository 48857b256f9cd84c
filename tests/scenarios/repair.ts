/** Owners that have come to differ become equal by themselves, without anybody reading. */

import {
  untilHolds,
  untilNoDifference,
  untilOthersSee,
  untilVerified,
} from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

export const repair: readonly Scenario[] = [
  {
    title: "a write that one owner took alone reaches the other after its return, without a read",
    needs: [],
    async run({ cluster, keys }) {
      const [first, second] = [keys.withWalk("node1", "node2"), keys.withWalk("node3", "node1")];
      const deleted = keys.withWalk("node2", "node1");
      await cluster.at("node2").put(deleted, "to be deleted");
      await Promise.all([cluster.stop("node2"), cluster.stop("node3")]);
      const alone = cluster.at("node1");
      const written = [
        await alone.put(first, "1", { w: 1 }),
        await alone.put(second, "2", { w: 1 }),
      ];
      for (const { stored } of written) expect(stored).toEqual(["node1"]);
      const { version } = await alone.delete(deleted, { w: 1 });
      await Promise.all([cluster.start("node2"), cluster.start("node3")]);

      const [one, two] = written.map((receipt) => receipt.version) as [string, string];
      await untilHolds(cluster, { node: "node2", key: first, version: one, via: "node3" });
      await untilHolds(cluster, { node: "node3", key: second, version: two, via: "node2" });
      await untilHolds(cluster, { node: "node2", key: deleted, version, via: "node3" });
      expect((await cluster.at("node2").get(first, { r: 1 }))?.value).toBe("1");
      expect(await cluster.at("node2").get(deleted, { r: 1 })).toBeNull();
      await untilNoDifference(cluster);
      for (const via of cluster.nodes) await untilVerified(cluster, via);
    },
  },
  {
    title: "an owner that cannot be asked is named by a verification, and equality not claimed",
    needs: [],
    async run({ cluster }) {
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      const verdict = await cluster.at("node1").verify();
      expect(verdict).toMatchObject({ equal: false, differing: [], notAsked: ["node2"] });
    },
  },
];
