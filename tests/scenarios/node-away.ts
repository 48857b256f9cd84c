/** A node stops, is killed or hangs, and comes back. */

import type { Cluster, NodeName } from "../harness/cluster.js";
import {
  refusalOf,
  untilAllUp,
  untilHolds,
  untilNoForeignRecords,
  untilOthersSee,
  untilReads,
  untilSeenAs,
} from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";
import { underLoad } from "./under-load.js";

export const nodeAway: readonly Scenario[] = [
  {
    title: "while the primary is stopped, a write goes to the next node, which hands it off later",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withWalk("node2", "node3", "node1");
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");

      const receipt = await cluster.at("node1").put(key, "written while node2 was away");
      expect(receipt).toMatchObject({ primary: "node2", standIns: ["node1"] });
      expect(receipt.stored.toSorted()).toEqual(["node1", "node3"]);
      expect((await cluster.at("node3").get(key))?.value).toBe("written while node2 was away");
      expect((await cluster.at("node1").status()).foreignRecords).toBeGreaterThan(0);

      await backAndSettled(cluster, "node2");
      const { version } = receipt;
      await untilHolds(cluster, { node: "node2", key, version, via: "node1" });
      expect((await cluster.at("node2").get(key))?.value).toBe("written while node2 was away");
      // The stand-in has let go of its copy.
      const { holders } = await cluster.at("node3").locate(key);
      expect(holders.find(({ node }) => node === "node1")?.version).toBeNull();
    },
  },
  {
    title: "a node that is asked to stop tells the others, who need not find out by silence",
    needs: [],
    async run({ cluster }) {
      await cluster.stop("node2");
      // Sooner than any silence would make them sure of it.
      await Promise.all(
        (["node1", "node3"] as const).map((by) =>
          untilSeenAs(cluster, { by, node: "node2", states: ["down"], deadlineMs: 500 }),
        ),
      );
    },
  },
  {
    title:
      "a write made while nobody has noticed yet that the primary is gone is stored all the same",
    needs: [],
    async run({ cluster, keys }) {
      const wanted = Array.from({ length: 20 }, () => keys.withPrimary("node2"));
      await cluster.kill("node2");
      for (const key of wanted) {
        const receipt = await cluster.at("node1").put(key, `value of ${key}`);
        expect(receipt.stored).toHaveLength(2);
        expect(receipt.stored).not.toContain("node2");
        expect(receipt.standIns).toHaveLength(1);
      }
      await backAndSettled(cluster, "node2");
      for (const key of wanted)
        expect((await cluster.at("node2").get(key))?.value).toBe(`value of ${key}`);
    },
  },
  {
    title: "what was deleted or replaced while its primary was away stays so after its return",
    needs: [],
    async run({ cluster, keys }) {
      const deleted = Array.from({ length: 10 }, () => keys.withPrimary("node2"));
      const replaced = Array.from({ length: 10 }, () => keys.withPrimary("node2"));
      for (const key of [...deleted, ...replaced]) await cluster.at("node1").put(key, "old");
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      for (const key of deleted) expect((await cluster.at("node3").delete(key)).existed).toBe(true);
      for (const key of replaced) await cluster.at("node1").put(key, "new");

      await backAndSettled(cluster, "node2");
      for (const via of cluster.nodes) {
        for (const key of deleted) expect(await cluster.at(via).get(key)).toBeNull();
        for (const key of replaced) expect((await cluster.at(via).get(key))?.value).toBe("new");
      }
    },
  },
  {
    title: "with two nodes stopped the last one refuses writes and reads what it owns, no more",
    needs: [],
    async run({ cluster, keys }) {
      const own = keys.withPrimary("node1");
      const others = keys.notOwnedBy("node1", cluster.replicaCount);
      await cluster.at("node2").put(own, "mine");
      await cluster.at("node2").put(others, "theirs");
      await Promise.all([cluster.stop("node2"), cluster.stop("node3")]);
      await cluster.waitUntil("node1 sees both others as down", async () => {
        const { members } = await cluster.at("node1").status();
        return members.filter(({ state }) => state === "down").length === 2 ? "" : "not yet";
      });

      const door = cluster.at("node1");
      for (const refused of [door.put(own, "new"), door.delete(own), door.put(others, "new")])
        expect((await refusalOf(refused)).code).toBe("quorum_unreachable");
      expect((await door.get(own, { r: 1 }))?.value).toBe("mine");
      // The key exists: saying that it does not would be a lie, and this node cannot know.
      expect((await refusalOf(door.get(others, { r: 1 }))).code).toBe("quorum_unreachable");
      expect((await refusalOf(door.get(own, { r: 2 }))).code).toBe("quorum_unreachable");
      expect((await door.health()).ready).toBe(false);

      await Promise.all([cluster.start("node2"), cluster.start("node3")]);
      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
      for (const via of cluster.nodes) {
        expect((await cluster.at(via).get(own))?.value).toBe("mine");
        expect((await cluster.at(via).get(others))?.value).toBe("theirs");
      }
    },
  },
  {
    title: "a stand-in gives each owner its copy as it returns, and lets go when all have it",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withWalk("node2", "node3", "node1");
      await Promise.all([cluster.stop("node2"), cluster.stop("node3")]);
      const { stored, version } = await cluster.at("node1").put(key, "kept by node1", { w: 1 });
      expect(stored).toEqual(["node1"]);

      await cluster.start("node3");
      await untilHolds(cluster, { node: "node3", key, version, via: "node1" });
      // Node2 has not confirmed it, and so far only node1 owes it to it.
      const { holders } = await cluster.at("node1").locate(key);
      expect(holders.find(({ node }) => node === "node1")?.version).toBe(version);

      await backAndSettled(cluster, "node2");
      expect((await cluster.at("node2").get(key))?.value).toBe("kept by node1");
      expect((await cluster.at("node3").get(key))?.value).toBe("kept by node1");
    },
  },
  {
    title: "a read of two copies answers with the newer one, and repairs the owner that missed it",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withWalk("node1", "node2");
      await cluster.at("node3").put(key, "old");
      await Promise.all([cluster.stop("node2"), cluster.stop("node3")]);
      const { version } = await cluster.at("node1").put(key, "new", { w: 1 });
      await Promise.all([cluster.start("node2"), cluster.start("node3")]);
      await untilAllUp(cluster);
      expect((await cluster.at("node3").get(key, { r: 2 }))?.value).toBe("new");
      await untilHolds(cluster, { node: "node2", key, version, via: "node3" });
      for (const via of cluster.nodes) expect((await cluster.at(via).get(key))?.value).toBe("new");
    },
  },
  {
    title: "a node killed and started again under load loses no acknowledged write",
    needs: [],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        await load.acknowledges(100);
        await cluster.kill("node2");
        await load.acknowledges(200);
        await untilOthersSee(cluster, "node2", "down");
        await load.acknowledges(100);
        await cluster.start("node2");
        await load.acknowledges(200);
      });
    },
  },
  {
    title: "nodes stopped one after the other under load lose no acknowledged write",
    needs: [],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        for (const node of cluster.nodes) {
          await load.acknowledges(50);
          await cluster.stop(node);
          await load.acknowledges(50);
          await cluster.start(node);
          await untilAllUp(cluster);
        }
      });
    },
  },
  {
    title: "a node that hangs is stood in for, and catches up when it goes on",
    needs: ["pause"],
    async run({ cluster, keys }) {
      const wanted = Array.from({ length: 10 }, () => keys.withPrimary("node2"));
      for (const key of wanted) await cluster.at("node1").put(key, "before");
      await cluster.pause("node2");
      // The first one finds out by waiting; its answer still says where the value is.
      for (const key of wanted) {
        const { stored } = await cluster.at("node1").put(key, "while it hung");
        expect(stored.toSorted()).toEqual(["node1", "node3"]);
      }
      await untilOthersSee(cluster, "node2", "down");
      for (const key of wanted)
        expect((await cluster.at("node3").get(key))?.value).toBe("while it hung");

      await cluster.resume("node2");
      // It was silent itself: to hold the others' silence against them would refuse this write.
      await cluster.at("node2").put(keys.any(), "first after the pause");
      await untilAllUp(cluster);
      await untilNoForeignRecords(cluster);
      for (const key of wanted)
        await untilReads(cluster, { via: "node2", key, value: "while it hung" });
    },
  },
  {
    title: "a cluster of which every node hung in turn, under load, loses no acknowledged write",
    needs: ["pause"],
    async run(stage) {
      const { cluster } = stage;
      await underLoad(stage, async (load) => {
        for (const node of cluster.nodes) {
          await load.acknowledges(50);
          await cluster.pause(node);
          await untilOthersSee(cluster, node, "down");
          await cluster.resume(node);
          await untilAllUp(cluster);
        }
      });
    },
  },
];

/** Starts the node, and waits until everybody has got what was kept for it. */
async function backAndSettled(cluster: Cluster, node: NodeName): Promise<void> {
  await cluster.start(node);
  await untilAllUp(cluster);
  await untilNoForeignRecords(cluster);
}
