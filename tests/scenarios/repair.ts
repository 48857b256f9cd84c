/** Owners that have come to differ become equal by themselves, without anybody reading. */

import { type Cluster, type NodeName, redisOf } from "../harness/cluster.js";
import {
  untilAllUp,
  untilHolds,
  untilNoDifference,
  untilNoForeignRecords,
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
    title: "a node that comes back with an empty store gets all its records back by itself",
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
      await untilAllUp(cluster);

      await untilNoForeignRecords(cluster);
      for (const via of cluster.nodes) await untilVerified(cluster, via);
      await untilNoDifference(cluster);
      for (const via of cluster.nodes) {
        const door = cluster.at(via);
        for (const key of kept)
          expect((await door.get(key, { r: 1 }))?.value).toBe(`value of ${key}`);
        for (const key of deleted) expect(await door.get(key, { r: 1 })).toBeNull();
        expect((await door.get(meanwhile, { r: 1 }))?.value).toBe("written while it was away");
      }
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

async function loseDisk(cluster: Cluster, node: NodeName): Promise<void> {
  await cluster.stop(node);
  await cluster.stop(redisOf(node));
  await cluster.wipe(node);
  await untilOthersSee(cluster, node, "down");
}
