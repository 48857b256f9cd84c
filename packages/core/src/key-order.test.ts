import fc from "fast-check";
import { compareKeys } from "./key-order.js";

const CHARACTERS = [
  "",
  "a",
  "b",
  "\u007f",
  "\u0080",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "🔑",
  "\u{10ffff}",
];

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe("the order of keys", () => {
  it("is the order of their bytes, for every pair of characters at the edges of UTF-8", () => {
    const texts = CHARACTERS.flatMap((first) => CHARACTERS.map((second) => first + second));
    for (const a of texts) {
      for (const b of texts)
        expect([a, b, Math.sign(compareKeys(a, b))]).toEqual([a, b, byBytes(a, b)]);
    }
  });

  it("is the order of their bytes, for any text", () => {
    const text = fc.string({ unit: "binary", maxLength: 8 });
    fc.assert(
      fc.property(text, text, text, (start, a, b) => {
        expect(Math.sign(compareKeys(start + a, start + b))).toBe(byBytes(start + a, start + b));
      }),
      { numRuns: 1_000 },
    );
  });
});
