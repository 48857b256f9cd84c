/** What a fault, or a hand at the console of one Redis, does to records and digests is mended. */

import { type Cluster, type NodeName, type Receipt, redisOf } from "../harness/cluster.js";
import {
  untilHolds,
  untilNoDifference,
  untilNoForeignRecords,
  untilOthersSee,
  untilVerified,
} from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

/** Commands of Redis. `$hash` and `$key` stand for where the record lies. */
type Command = readonly [name: string, ...string[]];

const change = (newRecord: string): Command => [
  "EVAL",
  `local old = redis.call("HGET", ARGV[1], ARGV[2])
   return redis.call("HSET", ARGV[1], ARGV[2], ${newRecord})`,
  "0",
  "$hash",
  "$key",
];

interface Way {
  readonly what: string;
  readonly command: Command;
}

/** A damaged copy that can be told from one that was never there. */
const RECORD_WAYS: readonly Way[] = [
  { what: "garbage", command: ["HSET", "$hash", "$key", "garbage"] },
  { what: "an empty string", command: ["HSET", "$hash", "$key", ""] },
  { what: "a long text", command: ["HSET", "$hash", "$key", "z".repeat(200)] },
  {
    what: "a changed value",
    command: change('string.sub(old, 1, -6) .. "!" .. string.sub(old, -4)'),
  },
  { what: "a value cut short", command: change("string.sub(old, 1, -7)") },
  { what: "a value made longer", command: change('old .. "longer"') },
  { what: "a header cut short", command: change("string.sub(old, 1, 25)") },
  { what: "other flags", command: change('string.sub(old, 1, 28) .. "3" .. string.sub(old, 30)') },
  { what: "a version of the far future", command: change('"f" .. string.sub(old, 2)') },
  {
    what: "an older version",
    command: change('string.sub(old, 1, 2) .. "0" .. string.sub(old, 4)'),
  },
];

const LOST: Way = { what: "nothing", command: ["HDEL", "$hash", "$key"] };

const DIGEST_WAYS: readonly Way[] = [
  { what: "another sum", command: ["HSET", "digest", "$partition", "twelve bytes"] },
  { what: "too few bytes", command: ["HSET", "digest", "$partition", "short"] },
  { what: "too many bytes", command: ["HSET", "digest", "$partition", "more than twelve bytes"] },
  { what: "no bytes", command: ["HSET", "digest", "$partition", ""] },
  { what: "nothing", command: ["HDEL", "digest", "$partition"] },
];

interface Place {
  readonly key: string;
  readonly partition: number;
}

async function harm(cluster: Cluster, node: NodeName, { key, partition, command }: Harm) {
  const places: Record<string, string> = {
    $hash: `p:${partition}`,
    $key: key,
    $partition: `${partition}`,
  };
  const [name, ...args] = command;
  await cluster.askRedis(redisOf(node), name, ...args.map((arg) => places[arg] ?? arg));
}

interface Harm extends Place {
  readonly command: Command;
}

/** One record for each way, all owned by node2 and node3, with the value "value of <key>". */
async function putOneForEach(
  ways: readonly Way[],
  cluster: Cluster,
  nextKey: () => string,
): Promise<(Harm & Receipt)[]> {
  const puts = ways.map(async ({ command }) => {
    const key = nextKey();
    return { ...(await cluster.at("node1").put(key, `value of ${key}`)), key, command };
  });
  return Promise.all(puts);
}

async function expectValues(cluster: Cluster, places: readonly Place[]): Promise<void> {
  for (const via of cluster.nodes) {
    for (const { key } of places) {
      expect((await cluster.at(via).get(key, { r: 1 }))?.value).toBe(`value of ${key}`);
    }
  }
}

async function countersOf(cluster: Cluster, node: NodeName) {
  return (await cluster.at(node).status()).counters;
}

/** Until the node has mended as many records more than `before`. */
function untilMended(
  cluster: Cluster,
  { node, before, count }: { node: NodeName; before: number; count: number },
): Promise<void> {
  return cluster.waitUntil(`${node} has mended ${count} records`, async () => {
    const mended = (await countersOf(cluster, node)).recordsDamaged - before;
    return mended >= count ? "" : `it has mended ${mended}`;
  });
}

export const damage: readonly Scenario[] = [
  {
    title: "a verification sees records that were damaged by hand, and has them mended",
    needs: ["redis"],
    async run({ cluster, keys }) {
      const before = await countersOf(cluster, "node2");
      const nextKey = () => keys.withWalk("node2", "node3");
      const harmed = await putOneForEach([...RECORD_WAYS, LOST], cluster, nextKey);
      for (const one of harmed) await harm(cluster, "node2", one);
      const verdict = await cluster.at("node1").verify();
      const partitions = new Set(harmed.map(({ partition }) => partition));
      const lost = harmed.at(-1)?.partition;
      expect(verdict.equal).toBe(false);
      expect(new Set(verdict.differing)).toEqual(partitions);
      expect(new Set(verdict.damaged.map(({ node }) => node))).toEqual(new Set(["node2"]));
      const named = new Set([lost, ...verdict.damaged.map(({ partition }) => partition)]);
      expect(named).toEqual(partitions);
      const records = verdict.damaged.reduce((sum, one) => sum + one.records, 0);
      expect(records).toBe(RECORD_WAYS.length);

      for (const via of cluster.nodes) await untilVerified(cluster, via);
      await untilNoDifference(cluster);
      await expectValues(cluster, harmed);
      const after = await countersOf(cluster, "node2");
      expect(after.recordsDamaged - before.recordsDamaged).toBe(RECORD_WAYS.length);
    },
  },
  {
    title: "no read is answered with a damaged copy, nor with its absence, and it mends it",
    needs: ["redis"],
    async run({ cluster, keys }) {
      const before = (await countersOf(cluster, "node3")).recordsDamaged;
      const nextKey = () => keys.withWalk("node3", "node1");
      const harmed = await putOneForEach(RECORD_WAYS, cluster, nextKey);
      for (const one of harmed) await harm(cluster, "node3", one);
      await expectValues(cluster, harmed);
      await untilMended(cluster, { node: "node3", before, count: RECORD_WAYS.length });
      for (const { key, version } of harmed)
        await untilHolds(cluster, { node: "node3", key, version, via: "node2" });
      await untilVerified(cluster, "node3");
    },
  },
  {
    title: "a write over a damaged record is stored by both owners, whatever is there",
    needs: ["redis"],
    async run({ cluster, keys }) {
      const nextKey = () => keys.withWalk("node1", "node2");
      const harmed = await putOneForEach([...RECORD_WAYS, LOST], cluster, nextKey);
      for (const one of harmed) await harm(cluster, "node1", one);
      for (const [index, { key }] of harmed.entries()) {
        const via = cluster.nodes[index % cluster.nodes.length] as NodeName;
        const { stored, version } = await cluster.at(via).put(key, `value of ${key}`);
        expect(stored.toSorted()).toEqual(["node1", "node2"]);
        // What damage has made of a version moves nobody's clock.
        expect(version < "1").toBe(true);
      }
      await expectValues(cluster, harmed);
      await untilVerified(cluster, "node2");
    },
  },
  {
    title: "digests that were changed by hand stop no write, and are rebuilt",
    needs: ["redis"],
    async run({ cluster, keys }) {
      const counted = async () => {
        const all = await Promise.all(cluster.nodes.map((node) => countersOf(cluster, node)));
        return all.reduce((sum, { digestsRebuilt }) => sum + digestsRebuilt, 0);
      };
      const before = await counted();
      const nextKey = () => keys.withWalk("node2", "node1");
      const harmed = await putOneForEach(DIGEST_WAYS, cluster, nextKey);
      for (const one of harmed) await harm(cluster, "node2", one);
      for (const { key } of harmed) {
        const { stored } = await cluster.at("node3").put(key, `value of ${key}`);
        expect(stored.toSorted()).toEqual(["node1", "node2"]);
      }
      await expectValues(cluster, harmed);
      for (const via of cluster.nodes) await untilVerified(cluster, via);
      await untilNoDifference(cluster);
      // Two of the keys may lie in one partition, which has one digest.
      const wrong = new Set(harmed.map(({ partition }) => partition)).size;
      expect(await counted()).toBeGreaterThanOrEqual(before + wrong);
    },
  },
  {
    title: "what stands under no key of its partition is thrown away",
    needs: ["redis"],
    async run({ cluster, keys }) {
      const key = keys.withWalk("node2", "node3");
      const { partition } = await cluster.at("node1").put(key, `value of ${key}`);
      const command: Command = ["HSET", "$hash", "no key of this partition", "garbage"];
      await harm(cluster, "node2", { key, partition, command });
      const { damaged } = await cluster.at("node3").verify();
      expect(damaged).toEqual([{ node: "node2", partition, records: 1 }]);
      await untilVerified(cluster, "node3");
      await expectValues(cluster, [{ key, partition }]);
      const fields = await cluster.askRedis("redis2", "HKEYS", `p:${partition}`);
      expect(fields).not.toContain("no key of this partition");
    },
  },
  {
    title: "a stand-in's copy that is damaged is not handed on, and its loss is told as an error",
    needs: ["redis"],
    async run({ cluster, keys }) {
      await cluster.stop("node2");
      await untilOthersSee(cluster, "node2", "down");
      const key = keys.withWalk("node2", "node3", "node1");
      const { partition, standIns, version } = await cluster
        .at("node3")
        .put(key, `value of ${key}`);
      expect(standIns).toEqual(["node1"]);
      await harm(cluster, "node1", { key, partition, command: ["HSET", "$hash", "$key", "x"] });
      await cluster.start("node2");
      await untilHolds(cluster, { node: "node2", key, version, via: "node3" });
      await untilNoForeignRecords(cluster);
      await expectValues(cluster, [{ key, partition }]);
      const message = "held for its owners, was discarded";
      await cluster.waitUntil("its log says so", async () => {
        return (await cluster.log("node1")).includes(message) ? "" : "not yet";
      });
      await untilVerified(cluster, "node1");
    },
  },
];
