import fc from "fast-check";
import { differenceOf, type ListedRecord, type Listing } from "./difference.js";
import type { Key } from "./types.js";
import { versionAt } from "./version.js";

function listing(...held: readonly (readonly [key: string, ms: number])[]): Listing {
  return new Map(
    held.map(([key, ms]): [Key, ListedRecord] => [
      key as Key,
      { key: key as Key, version: versionAt({ ms, counter: 0 }, 1), bytes: 40 },
    ]),
  );
}

const keysOf = (listed: readonly ListedRecord[]) => listed.map(({ key }) => key);

describe("differenceOf", () => {
  it.each([
    { ours: 1, theirs: 2, pull: ["k"], push: [], why: "theirs is newer" },
    { ours: 2, theirs: 1, pull: [], push: ["k"], why: "ours is newer" },
    { ours: 1, theirs: 1, pull: [], push: [], why: "both are the same" },
    { ours: 9, theirs: 10, pull: ["k"], push: [], why: "versions are compared as hex" },
  ])("pulls $pull and pushes $push where $why", ({ ours, theirs, pull, push }) => {
    const found = differenceOf(listing(["k", ours]), listing(["k", theirs]));
    expect([keysOf(found.pull), keysOf(found.push)]).toEqual([pull, push]);
  });

  it("pulls what only they have, and pushes what only we have", () => {
    const found = differenceOf(listing(["ours", 1]), listing(["theirs", 1]));
    expect([keysOf(found.pull), keysOf(found.push)]).toEqual([["theirs"], ["ours"]]);
  });

  const anyListing = fc
    .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "__proto__", "d", "e"), fc.nat(4)), {
      selector: ([key]) => key,
    })
    .map((held) => listing(...held));

  it("leaves both sides with the newest of each key once it is exchanged", () => {
    fc.assert(
      fc.property(anyListing, anyListing, (ours, theirs) => {
        const { pull, push } = differenceOf(ours, theirs);
        const joined = (side: Listing, more: readonly ListedRecord[]) =>
          new Map([...side, ...more.map((it) => [it.key, it] as const)]);
        const [here, there] = [joined(ours, pull), joined(theirs, push)];
        expect(differenceOf(here, there)).toEqual({ pull: [], push: [] });
        for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
          const versions = [ours.get(key), theirs.get(key)].map((it) => it?.version ?? "");
          expect(here.get(key)?.version).toBe(versions.toSorted().at(-1));
          expect(there.get(key)?.version).toBe(here.get(key)?.version);
        }
      }),
    );
  });

  it("is the same question from the other side", () => {
    fc.assert(
      fc.property(anyListing, anyListing, (ours, theirs) => {
        const { pull, push } = differenceOf(ours, theirs);
        expect(differenceOf(theirs, ours)).toEqual({ pull: push, push: pull });
      }),
    );
  });

  it("moves nothing that is the same, and each key one way at most", () => {
    fc.assert(
      fc.property(anyListing, anyListing, (ours, theirs) => {
        const { pull, push } = differenceOf(ours, theirs);
        const moved = [...keysOf(pull), ...keysOf(push)];
        expect(new Set(moved).size).toBe(moved.length);
        for (const key of moved) expect(ours.get(key)?.version).not.toBe(theirs.get(key)?.version);
      }),
    );
  });
});
