import fc from "fast-check";
import { allPartitions } from "./partition.js";
import { areOwners, buildRing, isOwner, ownersOf, type Ring, walkOf } from "./ring.js";
import type { NodeId, Partition } from "./types.js";

const nodes = (...names: string[]) => names as NodeId[];
const named = (count: number) => nodes(...Array.from({ length: count }, (_, i) => `node${i + 1}`));

/** How many partitions each node owns, with `replicaCount` owners for each. */
function shares(ring: Ring, replicaCount: number): number[] {
  return ring.members.map(
    (node) => ring.walks.filter((walk) => isOwner(walk, replicaCount, node)).length,
  );
}

describe("buildRing", () => {
  it.each([
    { members: nodes(), length: 0, why: "an empty ring owns nothing" },
    { members: nodes("a"), length: 1, why: "a ring of one has nobody else to ask" },
    { members: nodes("a", "b", "c"), length: 3, why: "a walk names every member" },
    { members: nodes("a", "a", "b"), length: 2, why: "duplicates are one member" },
  ])("$why: a walk of $length", ({ members, length }) => {
    for (const walk of buildRing(members).walks) {
      expect(walk).toHaveLength(length);
      expect(new Set(walk).size).toBe(length);
    }
  });

  it("agrees with itself whatever the order of the member list", () => {
    const members = named(6);
    fc.assert(
      fc.property(fc.shuffledSubarray(members, { minLength: 6 }), (shuffled) => {
        expect(buildRing(shuffled)).toEqual(buildRing(members));
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    { partition: 0, walk: "node2,node1,node3" },
    { partition: 255, walk: "node1,node3,node2" },
    { partition: 512, walk: "node1,node2,node3" },
    { partition: 1_023, walk: "node2,node1,node3" },
  ])("walks $walk from partition $partition, as stored data expects", ({ partition, walk }) => {
    expect(walkOf(buildRing(named(3)), partition as Partition).join(",")).toBe(walk);
  });

  it("refuses a partition that does not exist", () => {
    expect(() => walkOf(buildRing(named(3)), 1_024 as Partition)).toThrow(RangeError);
  });
});

describe("the balance", () => {
  it.each(
    [3, 4, 5, 6, 7, 8, 9].flatMap((count) => [
      { count, replicaCount: 1 },
      { count, replicaCount: 2 },
    ]),
  )("of $count nodes: none has 1.25 times its share as one of $replicaCount", (example) => {
    const owned = shares(buildRing(named(example.count)), example.replicaCount);
    const mean = (allPartitions().length * example.replicaCount) / example.count;
    expect(Math.max(...owned) / mean).toBeLessThanOrEqual(1.25);
  });

  it("gives each of the three default nodes between 28 and 38 percent", () => {
    for (const owned of shares(buildRing(named(3)), 1)) {
      expect(owned / 1_024).toBeGreaterThan(0.28);
      expect(owned / 1_024).toBeLessThan(0.38);
    }
  });
});

describe("a node that joins", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "takes its place among %i without moving the others",
    (count) => {
      const joiner = `node${count + 1}`;
      const before = buildRing(named(count));
      const after = buildRing(named(count + 1));
      for (const partition of allPartitions()) {
        const others = walkOf(after, partition).filter((node) => node !== joiner);
        expect(others).toEqual(walkOf(before, partition));
      }
    },
  );

  it("takes over about its own share of the partitions, and nobody else gains any", () => {
    const before = buildRing(named(3));
    const after = buildRing(named(4));
    const moved = allPartitions().filter(
      (partition) => walkOf(before, partition)[0] !== walkOf(after, partition)[0],
    );
    expect(moved.every((partition) => walkOf(after, partition)[0] === "node4")).toBe(true);
    expect(moved.length / 1_024).toBeGreaterThan(0.15);
    expect(moved.length / 1_024).toBeLessThan(0.35);
  });
});

describe("isOwner", () => {
  it.each`
    node   | n    | expected | why
    ${"a"} | ${1} | ${true}  | ${"the primary"}
    ${"b"} | ${1} | ${false} | ${"the second of one"}
    ${"b"} | ${2} | ${true}  | ${"the replica"}
    ${"c"} | ${2} | ${false} | ${"a stand-in"}
    ${"c"} | ${9} | ${true}  | ${"more owners wanted than there are nodes"}
    ${"d"} | ${9} | ${false} | ${"not a member at all"}
    ${"a"} | ${0} | ${false} | ${"nobody owns when nobody is wanted"}
  `("says $expected of $node among $n: $why", ({ node, n, expected }) => {
    expect(isOwner(nodes("a", "b", "c"), n, node)).toBe(expected);
  });
});

describe("ownersOf", () => {
  it("agrees with isOwner, in the order of the walk, whatever is wanted", () => {
    const walk = nodes("a", "b", "c");
    for (const n of [0, 1, 2, 3, 9]) {
      expect(ownersOf(walk, n)).toEqual(walk.filter((node) => isOwner(walk, n, node)));
    }
  });
});

describe("areOwners", () => {
  it.each`
    asked         | expected | why
    ${["a"]}      | ${true}  | ${"one that is"}
    ${["b", "a"]} | ${true}  | ${"both, in any order"}
    ${["a", "c"]} | ${false} | ${"a stand-in is among them"}
  `("says $expected of $asked: $why", ({ asked, expected }) => {
    expect(areOwners(nodes("a", "b", "c"), 2, asked)).toBe(expected);
  });
});
