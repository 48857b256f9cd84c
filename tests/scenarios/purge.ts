/** What is deleted is forgotten in the end, but not before everybody knows that it was deleted. */

import type { Cluster } from "../harness/cluster.js";
import { untilAllUp, untilHolds, untilOthersSee } from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

/** A message lives for a minute at most; the age and the two looks take two such times each. */
const PURGED_WITHIN_MS = 6 * 60_000;
/** Long enough for a purge, were there nothing in its way. */
const FOR_LONG_MS = 10 * 60_000;

export const purge: readonly Scenario[] = [
  {
    title: "what was deleted, and what has expired, is forgotten by all owners in the end",
    needs: ["patience"],
    async run({ cluster, keys }) {
      const [deleted, expiring, kept] = [keys.any(), keys.any(), keys.any()];
      for (const key of [deleted, kept]) await cluster.at("node1").put(key, "value");
      await cluster.at("node2").put(expiring, "value", { ttlSeconds: 5 });
      await cluster.at("node3").delete(deleted);

      await untilNobodyHolds(cluster, deleted, expiring);
      for (const via of cluster.nodes) {
        for (const key of [deleted, expiring])
          expect(await cluster.at(via).get(key, { r: 1 })).toBeNull();
        expect((await cluster.at(via).get(kept, { r: 1 }))?.value).toBe("value");
      }
      // Its slate is clean: it is a key like any other.
      expect((await cluster.at("node2").put(deleted, "again")).created).toBe(true);
      expect((await cluster.at("node3").get(deleted))?.value).toBe("again");
    },
  },
  {
    title: "while a node that may hold the old value is down, nothing is forgotten",
    needs: ["patience"],
    async run({ cluster, keys }) {
      const key = keys.withWalk("node2", "node1");
      await cluster.at("node1").put(key, "old");
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      const { version } = await cluster.at("node3").delete(key);
      await cluster.pass(FOR_LONG_MS);
      await untilHolds(cluster, { node: "node1", key, version, via: "node3" });

      await cluster.start("node2");
      await untilAllUp(cluster);
      await untilHolds(cluster, { node: "node2", key, version, via: "node3" });
      for (const via of cluster.nodes)
        expect(await cluster.at(via).get(key, { r: cluster.replicaCount })).toBeNull();
      await untilNobodyHolds(cluster, key);
      await cluster.pass(FOR_LONG_MS);
      for (const via of cluster.nodes) expect(await cluster.at(via).get(key, { r: 1 })).toBeNull();
    },
  },
];

function untilNobodyHolds(cluster: Cluster, ...keys: readonly string[]): Promise<void> {
  const held = async () => {
    const found = await Promise.all(
      keys.map(async (key) => {
        const { holders } = await cluster.at("node1").locate(key);
        const names = holders.filter(({ version }) => version !== null).map(({ node }) => node);
        return names.length === 0 ? "" : `${names.join(", ")} hold ${key}`;
      }),
    );
    return found.filter(Boolean).join("; ");
  };
  return cluster.waitUntil(`nobody holds ${keys.join(", ")}`, held, PURGED_WITHIN_MS);
}
