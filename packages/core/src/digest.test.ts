import fc from "fast-check";
import { contributionOf, digestOf, sumText } from "./digest.js";
import type { Key, Version } from "./types.js";
import { versionAt } from "./version.js";

interface Held {
  readonly key: Key;
  readonly version: Version;
}

const version = fc
  .tuple(fc.nat(2 ** 41), fc.nat(9), fc.nat(9))
  .map(([ms, counter, node]) => versionAt({ ms, counter }, node));
const key = fc.string({ unit: "grapheme", minLength: 1 }).map((text) => text as Key);
const content = fc.uniqueArray(fc.record({ key, version }), {
  selector: (held) => held.key,
  maxLength: 20,
});

const first = "018bcfe56800000090b6" as Version;
const second = "018bcfe56800000190b6" as Version;
const held = (name: string, at: Version): Held => ({ key: name as Key, version: at });

describe("digestOf", () => {
  it("has a value that is in the data", () => {
    const records = [
      held("a", "0000000000010000abcd" as Version),
      held("b", "0000000000020000abcd" as Version),
    ];
    expect(digestOf(records)).toEqual({ records: 2, sum: "4b3343ca95c56d22" });
    expect(digestOf([])).toEqual({ records: 0, sum: "0000000000000000" });
  });

  it("does not depend on the order of the records", () => {
    const shuffledTwice = content.chain((records) =>
      fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length })),
    );
    fc.assert(
      fc.property(shuffledTwice, ([records, shuffled]) => {
        expect(digestOf(shuffled)).toEqual(digestOf(records));
      }),
      { numRuns: 1_000 },
    );
  });

  it("can be kept up to date record by record, in lanes that wrap on their own", () => {
    fc.assert(
      fc.property(content, content, (kept, removed) => {
        let [high, low] = [0, 0];
        for (const { key: name, version: at } of [...kept, ...removed]) {
          const [addedHigh, addedLow] = contributionOf(name, at);
          [high, low] = [(high + addedHigh) % 2 ** 32, (low + addedLow) % 2 ** 32];
        }
        for (const { key: name, version: at } of removed) {
          const [lostHigh, lostLow] = contributionOf(name, at);
          high = (high - lostHigh + 2 ** 32) % 2 ** 32;
          low = (low - lostLow + 2 ** 32) % 2 ** 32;
        }
        expect(sumText(high, low)).toBe(digestOf(kept).sum);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    { other: [held("a", second), held("b", first)], why: "the versions of two keys are swapped" },
    { other: [held("a", first), held("b", first)], why: "one record is older" },
    { other: [held("a", first), held("c", second)], why: "one key is another" },
    { other: [held("a", first)], why: "one record is missing" },
    { other: [held("b", first), held("c", second)], why: "the keys moved by one" },
    { other: [held("a", first), held("b", second), held("", first)], why: "one more is held" },
  ])("differs when $why", ({ other }) => {
    const records = [held("a", first), held("b", second)];
    expect(digestOf(other).sum).not.toBe(digestOf(records).sum);
  });

  it("differs for any two sets of a few thousand, in both lanes", () => {
    const lanes = Array.from({ length: 5_000 }, (_, index) =>
      contributionOf(`user:${index}` as Key, first),
    );
    expect(new Set(lanes.map(([high, low]) => sumText(high, low))).size).toBe(5_000);
    expect(new Set(lanes.map(([high]) => high)).size).toBeGreaterThan(4_990);
    expect(new Set(lanes.map(([, low]) => low)).size).toBeGreaterThan(4_990);
    expect(lanes.every(([high, low]) => high !== low)).toBe(true);
  });
});
