/** Many write one key at a time, through every node: versions race, and nobody is refused. */

import { type Receipt, Refused } from "../harness/cluster.js";
import type { Scenario } from "./scenario.js";

const WRITERS = 40;
const WRITES_EACH = 15;
/** Writers of keys of their own beside them, who must not notice. */
const OTHERS = 24;

export const hotKey: readonly Scenario[] = [
  {
    title: "forty writers of one key through all nodes are all told that it is stored",
    needs: [],
    async run({ cluster, keys }) {
      const { nodes } = cluster;
      const hot = keys.any();
      const refusals: string[] = [];
      const writtenBy = async (writer: number, key: string): Promise<Written[]> => {
        const written: Written[] = [];
        for (let turn = 0; turn < WRITES_EACH; turn++) {
          const value = `${writer}.${turn}`;
          const door = cluster.at(nodes[(writer + turn) % nodes.length] as (typeof nodes)[number]);
          const answer = await door.put(key, value).catch((thrown: unknown) => thrown as Error);
          if (!(answer instanceof Error)) written.push({ value, receipt: answer });
          else if (!isUnanswered(answer)) refusals.push(answer.message);
        }
        return written;
      };
      const ofHot = Array.from({ length: WRITERS }, (_, writer) => writtenBy(writer, hot));
      const ofOthers = keys.many(OTHERS).map((key, writer) => writtenBy(writer, key));
      const written = (await Promise.all(ofHot)).flat();
      await Promise.all(ofOthers);
      expect(refusals).toEqual([]);

      const versions = written.map(({ receipt }) => receipt.version);
      expect(new Set(versions).size).toBe(written.length);
      const newest = written.reduce((a, b) => (a.receipt.version > b.receipt.version ? a : b));
      const seen = await Promise.all(nodes.map((via) => cluster.at(via).get(hot)));
      expect(new Set(seen.map((found) => found?.version)).size).toBe(1);
      // Newer can only be what was not answered.
      const { value, version = "" } = seen[0] ?? {};
      expect(version >= newest.receipt.version).toBe(true);
      if (version === newest.receipt.version) expect(value).toBe(newest.value);
    },
  },
];

interface Written {
  readonly value: string;
  readonly receipt: Receipt;
}

/** A connection that was closed for having been idle while a busy machine made its client wait. */
function isUnanswered(thrown: Error): boolean {
  return thrown instanceof Refused && thrown.code === "no_answer";
}
