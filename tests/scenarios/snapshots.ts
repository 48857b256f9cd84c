/** Everything that is held, as a file, and back. */

import type { Cluster, NodeName } from "../harness/cluster.js";
import { refusalOf, untilAllUp, untilOthersSee, untilReady } from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

export const snapshots: readonly Scenario[] = [
  {
    title:
      "a snapshot of the cluster has what was written while a node was away, and as it returns",
    needs: [],
    async run({ cluster, keys }) {
      const door = cluster.at("node1");
      const wanted = [...keys.many(30), ...some(10, () => keys.withWalk("node2", "node3"))];
      const versions = new Map<string, string>();
      for (const key of wanted) versions.set(key, (await door.put(key, "before")).version);
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      for (const [index, key] of wanted.entries()) {
        if (index % 2 === 0) versions.set(key, (await door.put(key, "meanwhile")).version);
        else if (index % 5 === 0) versions.set(key, (await door.delete(key)).version);
      }
      for (const via of ["node1", "node3"] as const) await expectAll(cluster, via, versions);
      await cluster.start("node2");
      // Before it has caught up, while it does, and after.
      await expectAll(cluster, "node3", versions);
      await untilReady(cluster, "node2");
      for (const via of cluster.nodes) await expectAll(cluster, via, versions);
    },
  },
  {
    title: "a snapshot taken under load has every write acknowledged before, itself or a newer one",
    needs: [],
    async run({ cluster, keys }) {
      const door = cluster.at("node2");
      const wanted = keys.many(40);
      const versions = new Map<string, string>();
      for (const key of wanted) versions.set(key, (await door.put(key, "before")).version);
      let isOver = false;
      const load = (async () => {
        for (let round = 0; !isOver && round < 200; round++)
          for (const key of wanted.slice(0, 10)) await door.put(key, `round ${round}`);
      })();
      const files = [await cluster.at("node1").snapshot("cluster")];
      files.push(await cluster.at("node3").snapshot("cluster"));
      isOver = true;
      await load;
      for (const file of files) {
        const held = recordsIn(file);
        for (const [key, version] of versions)
          expect((held.get(key)?.version ?? "") >= version).toBe(true);
      }
    },
  },
  {
    title: "all data is lost, and the snapshot brings it back, versions and deletions included",
    // Terms begin anew with all votes lost, which a simulated cluster's witness takes for a lie.
    needs: ["stores", "wipe", "redis"],
    async run({ cluster, keys }) {
      const kept = keys.many(60);
      const deleted = keys.many(10);
      for (const key of [...kept, ...deleted]) await cluster.at("node1").put(key, `of ${key}`);
      for (const key of deleted) await cluster.at("node2").delete(key);
      const file = await cluster.at("node3").snapshot("cluster");
      await loseEverything(cluster);
      expect(await cluster.at("node1").get(kept[0] as string)).toBeNull();

      const { restored, skippedOlder, total } = await cluster.at("node2").restoreFrom(file);
      expect([restored, skippedOlder, total]).toEqual([recordsIn(file).size, 0, restored]);
      const held = recordsIn(file);
      for (const key of kept) {
        const { version, value } = held.get(key) as Held;
        for (const via of cluster.nodes)
          expect(await cluster.at(via).get(key)).toMatchObject({ value, version });
      }
      for (const key of deleted) expect(await cluster.at("node1").get(key)).toBeNull();
      // Once more is harmless.
      expect(await cluster.at("node1").restoreFrom(file)).toMatchObject({ restored, skippedOlder });
    },
  },
  {
    title: "merging a snapshot leaves what is newer, and overwriting rolls it back",
    needs: [],
    async run({ cluster, keys }) {
      const [changed, removed, added] = keys.many(3) as [string, string, string];
      for (const key of [changed, removed]) await cluster.at("node1").put(key, "then");
      const file = await cluster.at("node1").snapshot("cluster");
      await cluster.at("node2").put(changed, "now");
      await cluster.at("node2").delete(removed);
      await cluster.at("node2").put(added, "now");
      const door = cluster.at("node3");
      const values = async () =>
        Promise.all([changed, removed, added].map(async (key) => (await door.get(key))?.value));
      const { skippedOlder } = await door.restoreFrom(file);
      expect(skippedOlder).toBeGreaterThanOrEqual(2);
      expect(await values()).toEqual(["now", undefined, "now"]);
      await door.restoreFrom(file, "overwrite");
      expect(await values()).toEqual(["then", "then", "now"]);
    },
  },
  {
    title: "a snapshot is restored while a node is away, and the node has it when it is back",
    needs: [],
    async run({ cluster, keys }) {
      const wanted = some(10, () => keys.withPrimary("node2"));
      for (const key of wanted) await cluster.at("node1").put(key, "then");
      const file = await cluster.at("node1").snapshot("cluster");
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      for (const key of wanted) await cluster.at("node1").delete(key);
      await cluster.at("node3").restoreFrom(file, "overwrite");
      await cluster.start("node2");
      await untilReady(cluster, "node2");
      for (const key of wanted)
        expect((await cluster.at("node2").get(key, { r: 1 }))?.value).toBe("then");
    },
  },
  {
    title:
      "a snapshot that was cut short on its way is refused, and sending the whole one mends it",
    needs: ["http"],
    async run({ cluster, keys }) {
      const wanted = keys.many(20);
      for (const key of wanted) await cluster.at("node1").put(key, "then");
      const file = await cluster.at("node1").snapshot("cluster");
      const { code } = await refusalOf(
        cluster.at("node2").restoreFrom(file.slice(0, Math.floor(file.length / 2))),
      );
      expect(code).toBe("invalid_snapshot");
      await cluster.at("node2").restoreFrom(file);
      for (const key of wanted) expect((await cluster.at("node3").get(key))?.value).toBe("then");
    },
  },
];

interface Held {
  readonly version: string;
  readonly value: string | null;
}

/** The records in a file of lines, by key; every key must be there once. */
function recordsIn(file: string): Map<string, Held> {
  const lines = file.trimEnd().split("\n").slice(1, -1);
  const records = lines.map((line) => JSON.parse(line) as Held & { readonly key: string });
  const byKey = new Map(records.map((record) => [record.key, record]));
  expect(byKey.size).toBe(lines.length);
  return byKey;
}

/** Exactly these versions, since nobody writes. */
async function expectAll(
  cluster: Cluster,
  via: NodeName,
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  const held = recordsIn(await cluster.at(via).snapshot("cluster"));
  const found = [...versions.keys()].map((key) => [key, held.get(key)?.version]);
  expect(found).toEqual([...versions]);
}

async function loseEverything(cluster: Cluster): Promise<void> {
  const numbers = cluster.nodes.map((node) => node.slice("node".length));
  for (const number of numbers) await cluster.stop(`node${Number(number)}`);
  for (const number of numbers) await cluster.stop(`redis${Number(number)}`);
  for (const node of cluster.nodes) await cluster.wipe(node);
  for (const number of numbers) await cluster.start(`redis${Number(number)}`);
  for (const number of numbers) await cluster.start(`node${Number(number)}`);
  await untilAllUp(cluster);
}

function some(count: number, key: () => string): string[] {
  return Array.from({ length: count }, key);
}
