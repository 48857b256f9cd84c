import type { PartitionDigest } from "./digest.js";
import { heldByAll, type Look, purgeAgeMs, purgeCutoffs, sortPartitions } from "./purge.js";
import { packRecord } from "./record-codec.js";
import { buildRing, walkOf } from "./ring.js";
import type { Key, NodeId, PackedRecord, Partition } from "./types.js";
import { versionAt } from "./version.js";

const DEADLINE_MS = 60_000;
const AGE_MS = purgeAgeMs(DEADLINE_MS);
const EPOCH_MS = 1_700_000_000_000;
const P = 17 as Partition;

describe("sortPartitions", () => {
  const ring = buildRing(["node1", "node2", "node3"] as NodeId[]);
  const [first, second, third] = walkOf(ring, P) as [NodeId, NodeId, NodeId];
  const digest = (text: string): PartitionDigest => ({ records: text.length, sum: text });

  /** "a a -": what the first, the second and the third node of the walk hold; "-": nothing. */
  const sorted = (contents: string, replicaCount: number, node: NodeId = first) => {
    const held = contents.split(" ");
    const inventory = new Map(
      [first, second, third].map((member, place) => {
        const content = held[place] ?? "-";
        return [member, new Map(content === "-" ? [] : [[P, digest(content)]])] as const;
      }),
    );
    const { settled, foreign } = sortPartitions(inventory, { ring, replicaCount, node });
    return settled.has(P) ? "settled" : foreign.has(P) ? "foreign" : "neither";
  };

  it.each([
    { n: 2, held: "a a -", is: "settled", why: "both owners hold the same" },
    { n: 2, held: "a b -", is: "neither", why: "the owners differ" },
    { n: 2, held: "a - -", is: "neither", why: "one owner lacks it all" },
    { n: 2, held: "- a -", is: "neither", why: "the primary lacks it all" },
    { n: 2, held: "a a a", is: "foreign", why: "a third node holds it too" },
    { n: 2, held: "a b a", is: "foreign", why: "foreign is foreign, whatever the owners hold" },
    { n: 2, held: "- - a", is: "foreign", why: "only a stand-in holds it" },
    { n: 2, held: "- - -", is: "neither", why: "nobody holds anything" },
    { n: 3, held: "a a a", is: "settled", why: "all three are owners" },
    { n: 3, held: "a a b", is: "neither", why: "one of three differs" },
    { n: 1, held: "a - -", is: "settled", why: "the only owner agrees with itself" },
    { n: 1, held: "a a -", is: "foreign", why: "the second is no owner" },
  ])("N=$n, $held is $is: $why", ({ n, held, is }) => {
    expect(sorted(held, n)).toBe(is);
  });

  it("leaves a partition to its primary", () => {
    expect(sorted("a a -", 2, second)).toBe("neither");
    expect(sorted("a a a", 2, third)).toBe("neither");
  });

  it("does not take two contents of the same sum and another size for the same", () => {
    const held = (records: number) => new Map([[P, { records, sum: "a" }]]);
    const inventory = new Map([[first, held(1)] as const, [second, held(2)] as const]);
    expect(sortPartitions(inventory, { ring, replicaCount: 2, node: first }).settled.size).toBe(0);
  });
});

describe("purgeCutoffs", () => {
  /** "0s 60- 120f": looks at these seconds that found P settled, neither, or foreign. */
  const looksOf = (script: string): Look[] =>
    script.split(" ").map((word) => {
      const atMs = 1_000 * Number.parseFloat(word);
      const found = (letter: string) => new Set(word.endsWith(letter) ? [P] : []);
      return {
        begunAtMs: atMs,
        endedAtMs: atMs,
        wallMs: EPOCH_MS + atMs,
        settled: found("s"),
        foreign: found("f"),
      };
    });

  /** The cutoff in seconds since the first look; null: nothing may go. */
  const cutoffOf = (looks: readonly Look[]) => {
    const cutoffMs = purgeCutoffs(looks, DEADLINE_MS).get(P);
    return cutoffMs === undefined ? null : (cutoffMs - EPOCH_MS) / 1_000;
  };

  it.each([
    { looks: "0s", cutoff: null, why: "one look says nothing of what is on its way" },
    { looks: "0s 60s", cutoff: null, why: "one deadline later a repair may still be on its way" },
    { looks: "0s 119.9s", cutoff: null, why: "nearly two deadlines are not enough" },
    { looks: "0s 120s", cutoff: -120, why: "two deadlines apart, and two old at the first" },
    { looks: "0s 60s 120s", cutoff: -120, why: "looks in between do no harm" },
    { looks: "0s 60s 120s 180s", cutoff: -60, why: "the latest look that is old enough counts" },
    { looks: "0s 120-", cutoff: -120, why: "a write was on its way at the second look" },
    {
      looks: "0- 120s",
      cutoff: null,
      why: "at the first one an owner may have held an older copy",
    },
    { looks: "0s 60- 120- 180-", cutoff: -120, why: "the last one that was settled counts" },
    { looks: "0s 60f 120s", cutoff: null, why: "somebody held it as foreign in between" },
    { looks: "0s 120f", cutoff: null, why: "somebody holds it as foreign now" },
    { looks: "0f 60s 180s", cutoff: -60, why: "it was foreign before, which is over" },
  ])("after $looks the cutoff is $cutoff: $why", ({ looks, cutoff }) => {
    expect(cutoffOf(looksOf(looks))).toBe(cutoff);
  });

  it("counts from the end of the first look to the beginning of the second", () => {
    const [first, second] = looksOf("0s 120s") as [Look, Look];
    expect(cutoffOf([{ ...first, endedAtMs: 1 }, second])).toBeNull();
    expect(cutoffOf([first, { ...second, endedAtMs: 130_000 }])).toBe(-120);
  });

  it("believes the earlier of two wall clocks, should one be set back", () => {
    const [first, second] = looksOf("0s 120s") as [Look, Look];
    expect(cutoffOf([first, { ...second, wallMs: EPOCH_MS - 3_600_000 }])).toBe(-3_720);
    expect(cutoffOf([first, { ...second, wallMs: EPOCH_MS + 3_600_000 }])).toBe(-120);
  });

  it("knows nothing without a look", () => {
    expect(purgeCutoffs([], DEADLINE_MS).size).toBe(0);
    expect(AGE_MS).toBe(2 * DEADLINE_MS);
  });
});

describe("heldByAll", () => {
  const tombstone = (key: string, ms: number): PackedRecord =>
    packRecord({
      key: key as Key,
      version: versionAt({ ms, counter: 0 }, 1),
      value: null,
      contentType: "",
      expiresAtMs: null,
    });
  const records = [tombstone("a", 5), tombstone("b", 5)];

  it.each([
    { copies: [[5, 5]], common: "a b", why: "the other owner holds both" },
    { copies: [[5, 4]], common: "a", why: "it holds an older copy" },
    { copies: [[6, 5]], common: "b", why: "it holds a newer copy" },
    { copies: [[null, 5]], common: "b", why: "it holds none" },
    {
      copies: [
        [5, 5],
        [5, null],
      ],
      common: "a",
      why: "each of the others must hold it",
    },
    { copies: [], common: "a b", why: "there is no other owner" },
    { copies: [[]], common: "", why: "nothing was answered" },
  ])("keeps $common of a b where $why", ({ copies, common }) => {
    const held = copies.map((versions) =>
      versions.map((ms, index) => (ms === null ? null : tombstone(records[index]?.key ?? "", ms))),
    );
    expect(
      heldByAll(records, held)
        .map(({ key }) => key)
        .join(" "),
    ).toBe(common);
  });
});
