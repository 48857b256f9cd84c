/** What holds while nothing is broken. */

import { refusalOf, untilReads } from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

export const everyday: readonly Scenario[] = [
  {
    title: "a value written on any node is read on any other",
    needs: [],
    async run({ cluster, keys }) {
      for (const writer of cluster.nodes) {
        for (const reader of cluster.nodes) {
          const key = keys.any();
          const receipt = await cluster.at(writer).put(key, `${writer} to ${reader}`);
          expect(await cluster.at(reader).get(key)).toEqual({
            value: `${writer} to ${reader}`,
            version: receipt.version,
          });
        }
      }
    },
  },
  {
    title: "PUT test1 on node1, GET on node2, DELETE on node3, GET on node1 gives nothing",
    needs: [],
    async run({ cluster }) {
      const key = `${cluster.runId}:test1`;
      await cluster.at("node1").put(key, "value1");
      expect((await cluster.at("node2").get(key))?.value).toBe("value1");
      expect((await cluster.at("node3").delete(key)).existed).toBe(true);
      expect(await cluster.at("node1").get(key)).toBeNull();
    },
  },
  {
    title: "a receipt names the primary and the owners, and says whether the key was new",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withPrimary("node2");
      const owners = keys.walkOf(key).slice(0, cluster.replicaCount);

      const first = await cluster.at("node1").put(key, "one");
      expect(first).toMatchObject({ primary: "node2", standIns: [], created: true });
      expect(first.stored.toSorted()).toEqual(owners.toSorted());

      const second = await cluster.at("node3").put(key, "two");
      expect(second.created).toBe(false);
      expect(second.version > first.version).toBe(true);
      const { holders } = await cluster.at("node1").locate(key);
      const held = new Map(holders.map(({ node, version }) => [node, version]));
      for (const node of cluster.nodes)
        expect(held.get(node)).toBe(owners.includes(node) ? second.version : null);
    },
  },
  {
    title: "deleting says whether there was something to delete, and may be repeated",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.any();
      expect((await cluster.at("node1").delete(key)).existed).toBe(false);
      await cluster.at("node2").put(key, "here");
      expect((await cluster.at("node3").delete(key)).existed).toBe(true);
      const repeated = await cluster.at("node1").delete(key);
      expect(repeated.existed).toBe(false);
      // A tombstone is a copy like others: the owners hold it, and a put after it is a new key.
      const { holders } = await cluster.at("node2").locate(key);
      expect(holders.filter(({ version }) => version === repeated.version)).toHaveLength(
        cluster.replicaCount,
      );
      expect((await cluster.at("node2").put(key, "again")).created).toBe(true);
    },
  },
  {
    title: "a value with a time to live is gone on every node after it, and its key is new again",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.any();
      const receipt = await cluster.at("node1").put(key, "soon gone", { ttlSeconds: 2 });
      expect(receipt.expiresAtMs).not.toBeNull();
      expect((await cluster.at("node3").get(key))?.value).toBe("soon gone");
      // On every node, because each asks its own clock.
      await Promise.all(cluster.nodes.map((via) => untilReads(cluster, { via, key, value: null })));
      expect((await cluster.at("node2").delete(key)).existed).toBe(false);

      const other = keys.any();
      await cluster.at("node1").put(other, "soon gone", { ttlSeconds: 1 });
      await Promise.all(
        cluster.nodes.map((via) => untilReads(cluster, { via, key: other, value: null })),
      );
      expect((await cluster.at("node3").put(other, "kept")).created).toBe(true);
      expect((await cluster.at("node1").get(other))?.value).toBe("kept");
    },
  },
  {
    title: "w and r are chosen per request",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.any();
      expect((await cluster.at("node1").put(key, "one", { w: 1 })).w).toBe(1);
      const receipt = await cluster.at("node2").put(key, "two", { w: 2 });
      expect(receipt.w).toBe(2);
      expect(receipt.stored).toHaveLength(2);
      for (const r of [1, 2])
        expect((await cluster.at("node3").get(key, { r }))?.value).toBe("two");
    },
  },
  {
    title: "a w or r above the number of copies is refused, and nothing is stored",
    needs: ["http"],
    async run({ cluster, keys }) {
      const key = keys.any();
      const tooMany = cluster.replicaCount + 1;
      const door = cluster.at("node1");
      const refused = { code: "invalid_request", outcome: "not-applied" };
      expect(await refusalOf(door.put(key, "one", { w: tooMany }))).toMatchObject(refused);
      expect(await refusalOf(door.get(key, { r: tooMany }))).toMatchObject(refused);
      expect(await door.get(key)).toBeNull();
    },
  },
  {
    title: "values and keys are bytes: what looks like a command, a path or a number stays itself",
    needs: [],
    async run({ cluster, keys }) {
      const hostile = ["a/b", "a b", "%2F", "?w=1", "*", "{tag}", "__proto__", "p:17", "naïve 🔑"];
      for (const text of hostile) {
        const key = `${keys.any()}:${text}`;
        await cluster.at("node1").put(key, text);
        await cluster.at("node1").put(`${key}x`, "neighbour");
        expect((await cluster.at("node2").get(key))?.value).toBe(text);
      }
    },
  },
];
