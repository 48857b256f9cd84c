import { type ListedKey, mergeListings, type NodePage } from "./merge-listing.js";
import { partitionOf } from "./partition.js";
import { buildRing, walkOf } from "./ring.js";
import type { Key, NodeId, Version } from "./types.js";
import { versionAt } from "./version.js";

const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
const at = (ms: number): Version => versionAt({ ms, counter: 0 }, 1);
const listed = (key: string, ms: number | null, bytes = 100): ListedKey => ({
  key: key as Key,
  version: ms === null ? null : at(ms),
  bytes,
});
const page = (node: NodeId, keys: readonly ListedKey[], upTo: string | null = null): NodePage => ({
  node,
  keys,
  upTo: upTo as Key | null,
});

function merged(pages: readonly NodePage[], behind: readonly NodeId[] = []) {
  const isBehind = (node: NodeId) => behind.includes(node);
  return mergeListings(pages, { ring, replicaCount: 2, isBehind });
}

const KEY = "user:1";
/** Two owners, and a node that may stand in. */
const [A, B, C] = walkOf(ring, partitionOf(KEY as Key)) as [NodeId, NodeId, NodeId];

describe("one key, of what nodes list", () => {
  const NONE: readonly ListedKey[] = [];
  it.each([
    { a: 5, b: 5, c: "no", version: 5, why: "both owners list the same" },
    { a: 5, b: 5, c: 5, version: 5, why: "a stand-in has the same" },
    { a: 5, b: 5, c: 7, version: null, why: "a stand-in has another version" },
    { a: 5, b: 7, c: "no", version: null, why: "the owners differ" },
    { a: 5, b: "no", c: "no", version: null, why: "an owner does not list it: deleted, perhaps" },
    { a: "no", b: "no", c: 5, version: null, why: "only a stand-in lists it" },
    { a: 5, b: "away", c: "no", version: 5, why: "the other owner has not answered" },
    { a: "away", b: "away", c: 5, version: null, why: "no owner has answered" },
    { a: null, b: 5, c: "no", version: null, why: "an owner cannot say which version it has" },
    { a: null, b: null, c: "no", version: null, why: "no owner can say which version it has" },
  ] as const)("is version $version: $why", ({ a, b, c, version }) => {
    const pages = [A, B, C].flatMap((node, index) => {
      const held = [a, b, c][index] as number | null | "no" | "away";
      if (held === "away") return [];
      return [page(node, held === "no" ? NONE : [listed(KEY, held)])];
    });
    const { keys } = merged(pages);
    expect(keys).toEqual([listed(KEY, version)]);
  });

  it("is in doubt while an owner that answered is known to lack something", () => {
    const pages = [page(A, [listed(KEY, 5)]), page(B, [listed(KEY, 5)])];
    expect(merged(pages, [B]).keys).toEqual([listed(KEY, null)]);
    expect(merged(pages, [C]).keys).toEqual([listed(KEY, 5)]);
  });

  it("is as large as the largest copy that is listed", () => {
    const pages = [page(A, [listed(KEY, 5, 10)]), page(B, [listed(KEY, 7, 900)])];
    expect(merged(pages).keys).toEqual([listed(KEY, null, 900)]);
  });
});

describe("the keys of several pages", () => {
  const names = (keys: readonly ListedKey[]) => keys.map(({ key }) => key).join(" ");
  const keys = (text: string) => text.split(" ").map((key) => listed(key, 5));

  it.each([
    {
      a: "a c",
      aUpTo: null,
      b: "b d",
      bUpTo: null,
      all: "a b c d",
      upTo: null,
      why: "all is told",
    },
    {
      a: "a c",
      aUpTo: "c",
      b: "b d",
      bUpTo: null,
      all: "a b c",
      upTo: "c",
      why: "more may follow c",
    },
    {
      a: "a c",
      aUpTo: "c",
      b: "a b",
      bUpTo: "b",
      all: "a b",
      upTo: "b",
      why: "the nearest end counts",
    },
    {
      a: "a z",
      aUpTo: null,
      b: "a b",
      bUpTo: "m",
      all: "a b",
      upTo: "m",
      why: "a page may end behind its last key",
    },
    {
      a: "\ue000 🔑",
      aUpTo: null,
      b: "\uffff 🔑",
      bUpTo: null,
      all: "\ue000 \uffff 🔑",
      upTo: null,
      why: "by bytes of UTF-8",
    },
  ])("$a and $b are $all: $why", ({ a, aUpTo, b, bUpTo, all, upTo }) => {
    const result = merged([page(A, keys(a), aUpTo), page(B, keys(b), bUpTo)]);
    expect(names(result.keys)).toBe(all);
    expect(result.upTo).toBe(upTo);
  });

  it("are none when nobody lists any", () => {
    expect(merged([page(A, []), page(B, [])])).toEqual({ keys: [], upTo: null });
    expect(merged([page(A, [], "k"), page(B, [])])).toEqual({ keys: [], upTo: "k" });
  });
});
