/** Pins the hashes for ever: partitions, node numbers and digests in stored data come from them. */

import fc from "fast-check";
import { hash32, hash32OfBoth } from "./hash.js";

/** FNV-1a and fmix32 as their authors write them, in exact arithmetic, on bytes. */
function slowHash(bytes: Uint8Array, seed = 0x811c9dc5n): number {
  const mask = 0xffff_ffffn;
  let state = seed;
  for (const byte of bytes) state = ((state ^ BigInt(byte)) * 0x01000193n) & mask;
  state = ((state ^ (state >> 16n)) * 0x85ebca6bn) & mask;
  state = ((state ^ (state >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(state ^ (state >> 16n));
}

describe("hash32", () => {
  it.each([
    { text: "", expected: 0xab3e7c0b, why: "nothing but the offset basis, finalised" },
    { text: "a", expected: 0x1a80b1b3, why: "one byte" },
    { text: "key", expected: 0x3a5e35fd, why: "ASCII" },
    { text: "user:1", expected: 0x692440ef, why: "a usual key" },
    { text: "naïve", expected: 0xcda90f3a, why: "two bytes for one character" },
    { text: "ключ", expected: 0x9aa1b562, why: "no ASCII at all" },
    { text: "🔑", expected: 0x6cd0bbf0, why: "a surrogate pair" },
    { text: "{tag}", expected: 0x0db79abd, why: "Redis' hash tags mean nothing here" },
    { text: "__proto__", expected: 0xbda9ccab, why: "a name that objects treat specially" },
    { text: "node1:0", expected: 0x7d42d20f, why: "the first token of the first node" },
  ])("of $text is in the data and never changes: $why", ({ text, expected }) => {
    expect(hash32(text)).toBe(expected);
  });

  it("equals the textbook's hash of the text's UTF-8 bytes, ASCII or not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(0xffff_ffff), (text, seed) => {
        const bytes = Buffer.from(text, "utf8");
        expect(hash32(text)).toBe(slowHash(bytes));
        expect(hash32(text, seed)).toBe(slowHash(bytes, BigInt(seed)));
      }),
      { numRuns: 1_000 },
    );
  });

  it("uses every bit: each is set in about half of the hashes of similar names", () => {
    const hashes = Array.from({ length: 10_000 }, (_, index) => hash32(`user:${index}`));
    for (let bit = 0; bit < 32; bit++) {
      const set = hashes.filter((hash) => (hash >>> bit) & 1).length;
      expect(set / hashes.length).toBeGreaterThan(0.45);
      expect(set / hashes.length).toBeLessThan(0.55);
    }
  });
});

describe("hash32OfBoth", () => {
  it("is the hash of the joined texts, wherever the cut is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        expect(hash32OfBoth(a, b, 7)).toBe(hash32(a + b, 7));
      }),
      { numRuns: 1_000 },
    );
  });
});
