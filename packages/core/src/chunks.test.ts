import fc from "fast-check";
import { chunksOf } from "./chunks.js";
import type { Key, PackedRecord, Version } from "./types.js";

function sized(lengths: readonly number[]): PackedRecord[] {
  return lengths.map((length, index) => ({
    key: `k${index}` as Key,
    version: "" as Version,
    bytes: Buffer.alloc(length),
  }));
}

const lengthsOf = (chunks: Iterable<readonly PackedRecord[]>) =>
  [...chunks].map((chunk) => chunk.map(({ bytes }) => bytes.length));

describe("chunksOf", () => {
  it.each([
    { lengths: [], expected: [], why: "nothing gives no message, not an empty one" },
    { lengths: [1, 1], expected: [[1, 1]], why: "all fit" },
    { lengths: [1, 1, 1, 1], expected: [[1, 1, 1], [1]], why: "three records at most" },
    { lengths: [5, 5, 1], expected: [[5, 5], [1]], why: "exactly full, then the next" },
    { lengths: [5, 6], expected: [[5], [6]], why: "one byte too many" },
    { lengths: [99], expected: [[99]], why: "too large to share, and too large to drop" },
    { lengths: [1, 99, 1], expected: [[1], [99], [1]], why: "a large one travels alone" },
    { lengths: [0, 0, 0, 0], expected: [[0, 0, 0], [0]], why: "empty ones count as records" },
  ])("$lengths: $why", ({ lengths, expected }) => {
    expect(lengthsOf(chunksOf(sized(lengths), { recordsMax: 3, bytesMax: 10 }))).toEqual(expected);
  });

  it("loses, repeats and reorders nothing, and keeps both limits", () => {
    const limits = fc.record({ recordsMax: fc.integer({ min: 1, max: 5 }), bytesMax: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(fc.nat(30)), limits, (lengths, { recordsMax, bytesMax }) => {
        const records = sized(lengths);
        const chunks = [...chunksOf(records, { recordsMax, bytesMax })];
        expect(chunks.flat()).toEqual(records);
        for (const chunk of chunks) {
          const bytes = chunk.reduce((sum, record) => sum + record.bytes.length, 0);
          expect(chunk.length).toBeLessThanOrEqual(recordsMax);
          expect(chunk.length === 1 || bytes <= bytesMax).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
