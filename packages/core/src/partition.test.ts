/** A key's partition is in the data: these tests pin it for ever. */

import { hash32 } from "./hash.js";
import { PARTITION_COUNT } from "./limits.js";
import { allPartitions, partitionOf, pointOf } from "./partition.js";
import type { Key } from "./types.js";

describe("partitionOf", () => {
  it.each([
    { key: "a", partition: 106, why: "the shortest key" },
    { key: "key", partition: 233, why: "ASCII" },
    { key: "user:1", partition: 420, why: "a usual key" },
    { key: "naïve", partition: 822, why: "UTF-8 bytes, not characters" },
    { key: "ключ", partition: 618, why: "no ASCII at all" },
    { key: "🔑", partition: 435, why: "a surrogate pair" },
    { key: "{tag}", partition: 54, why: "hash tags mean nothing here" },
    { key: "__proto__", partition: 758, why: "a name that objects treat specially" },
  ])("puts $key into $partition for ever: $why", ({ key, partition }) => {
    expect(partitionOf(key as Key)).toBe(partition);
  });

  it("is the hash's ten highest bits, so that a partition is an arc of the circle", () => {
    for (let index = 0; index < 2_000; index++) {
      const key = `key-${index}` as Key;
      const start = pointOf(partitionOf(key));
      expect(hash32(key)).toBeGreaterThanOrEqual(start);
      expect(hash32(key)).toBeLessThan(start + 2 ** 22);
    }
  });

  it("spreads similar names over all partitions, none with three times its share", () => {
    const counts = Array.from({ length: PARTITION_COUNT }, () => 0);
    const perPartition = 50;
    for (let index = 0; index < PARTITION_COUNT * perPartition; index++) {
      const partition = partitionOf(`user:${index}` as Key);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(3 * perPartition);
  });
});

describe("the circle", () => {
  it("is cut into 1,024 equal arcs that cover it", () => {
    const points = allPartitions().map(pointOf);
    expect(points).toHaveLength(1_024);
    expect(points[0]).toBe(0);
    expect(new Set(points.slice(1).map((point, index) => point - (points[index] ?? 0)))).toEqual(
      new Set([2 ** 22]),
    );
    expect((points.at(-1) ?? 0) + 2 ** 22).toBe(2 ** 32);
  });
});
