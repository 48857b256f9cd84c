/** Keys in their order, over the whole cluster, page by page. */

import type { Cluster, NodeName } from "../harness/cluster.js";
import { refusalOf, untilAllUp, untilOthersSee } from "../harness/conditions.js";
import type { Scenario } from "./scenario.js";

/** Every page's keys; `between` happens after the first page. */
async function pagesOf(
  cluster: Cluster,
  prefix: string,
  { via, limit, between = async () => {} }: Walk,
): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const node = via[pages.length % via.length] as NodeName;
    const options = cursor === null ? { limit } : { limit, cursor };
    const page = await cluster.at(node).list(prefix, options);
    pages.push(page.items.map(({ key }) => key));
    cursor = page.cursor;
    if (pages.length === 1) await between();
  } while (cursor !== null);
  return pages;
}

interface Walk {
  /** Whom the pages are asked of, in turn. */
  readonly via: readonly NodeName[];
  readonly limit: number;
  readonly between?: () => Promise<unknown>;
}

const NUMBERED = Array.from({ length: 30 }, (_, index) => String(index).padStart(2, "0"));

export const listing: readonly Scenario[] = [
  {
    title: "keys are listed in the order of their bytes, each once, whichever node is asked",
    needs: [],
    async run({ cluster, keys }) {
      const prefix = `${keys.any()}:`;
      const names = ["a", "a/b", "aa", "ab", "b", "é", "\uffff", "🔑"];
      for (const name of names) await cluster.at("node1").put(prefix + name, name);
      await cluster.at("node2").put(`${prefix}deleted`, "soon gone");
      await cluster.at("node2").delete(`${prefix}deleted`);
      for (const via of cluster.nodes) {
        const pages = await pagesOf(cluster, prefix, { via: [via], limit: 3 });
        expect(pages.flat()).toEqual(names.map((name) => prefix + name));
        const { items } = await cluster.at(via).list(prefix, { values: true });
        expect(items.map(({ value }) => value)).toEqual(names);
      }
      const { items } = await cluster.at("node1").list(`${prefix}a`);
      expect(items).toHaveLength(4);
    },
  },
  {
    title: "a walk through pages goes on when a node is stopped: nothing is skipped or repeated",
    needs: [],
    async run({ cluster, keys }) {
      const prefix = `${keys.any()}:`;
      for (const number of NUMBERED) await cluster.at("node1").put(prefix + number, number);
      const all = NUMBERED.map((number) => prefix + number);
      const stop = async () => {
        await cluster.kill("node2");
        // Changed while it is away: a copy there is out of date when it comes back.
        await cluster.at("node3").put(`${prefix}29`, "changed");
      };
      const pages = await pagesOf(cluster, prefix, {
        via: ["node1", "node3"],
        limit: 7,
        between: stop,
      });
      expect(pages.flat()).toEqual(all);

      await untilOthersSee(cluster, "node2", "down");
      await cluster.at("node1").delete(`${prefix}15`);
      const left = all.filter((key) => key !== `${prefix}15`);
      const back = async () => {
        await cluster.start("node2");
        await untilAllUp(cluster);
      };
      // The one that was away goes on with a cursor that another one has given.
      const again = await pagesOf(cluster, prefix, {
        via: ["node3", "node2", "node1"],
        limit: 7,
        between: back,
      });
      expect(again.flat()).toEqual(left);
    },
  },
  {
    title: "with two nodes gone there is no listing, because it could not be whole",
    needs: [],
    async run({ cluster, keys }) {
      const key = keys.withPrimary("node1");
      await cluster.at("node1").put(key, "here");
      await Promise.all([cluster.stop("node2"), cluster.stop("node3")]);
      const refusal = await refusalOf(cluster.at("node1").list(key));
      expect(refusal).toMatchObject({ code: "quorum_unreachable", outcome: "not-applied" });
      await Promise.all([cluster.start("node2"), cluster.start("node3")]);
      await untilAllUp(cluster);
      expect((await cluster.at("node1").list(key)).items).toHaveLength(1);
    },
  },
  {
    title: "a cursor that was changed, or is of another prefix, is refused",
    needs: ["http"],
    async run({ cluster, keys }) {
      const prefix = `${keys.any()}:`;
      for (const name of ["a", "b", "c"]) await cluster.at("node1").put(prefix + name, name);
      const { cursor } = await cluster.at("node1").list(prefix, { limit: 1 });
      const changed = `${cursor?.slice(0, -1)}${cursor?.endsWith("A") ? "Q" : "A"}`;
      for (const [asked, given] of [
        [prefix, changed],
        [`${prefix}b`, cursor],
      ] as const) {
        const listed = cluster.at("node2").list(asked, { cursor: given ?? "" });
        expect((await refusalOf(listed)).code).toBe("invalid_request");
      }
    },
  },
  {
    title: "a batch does each operation as if it came alone, those on one key in their order",
    needs: [],
    async run({ cluster, keys }) {
      const [first = "", second = "", absent = ""] = keys.many(3);
      const results = await cluster.at("node1").batch([
        { op: "put", key: first, value: "one" },
        { op: "get", key: first },
        { op: "put", key: first, value: "two" },
        { op: "put", key: second, value: "kept" },
        { op: "delete", key: first },
        { op: "get", key: first },
        { op: "get", key: absent },
      ]);
      expect(results.map(({ status }) => status)).toEqual([201, 200, 200, 201, 200, 404, 404]);
      expect(results[1]?.value).toBe("one");
      for (const via of cluster.nodes) {
        expect(await cluster.at(via).get(first)).toBeNull();
        expect((await cluster.at(via).get(second))?.version).toBe(results[3]?.version);
      }
    },
  },
  {
    title: "a batch is stored while a node is gone that nobody misses yet",
    needs: [],
    async run({ cluster, keys }) {
      const wanted = keys.many(60);
      await cluster.kill("node2");
      const puts = wanted.map((key) => ({ op: "put" as const, key, value: "v" }));
      const results = await cluster.at("node1").batch(puts);
      expect(results.map(({ status }) => status)).toEqual(wanted.map(() => 201));
      const gets = wanted.map((key) => ({ op: "get" as const, key }));
      const read = await cluster.at("node3").batch(gets);
      expect(read.map(({ version }) => version)).toEqual(results.map(({ version }) => version));
    },
  },
];
