import fc from "fast-check";
import { checksumOf } from "./checksum.js";

const ofText = (text: string, seed = 0) => checksumOf(Buffer.from(text), text.length, seed);

describe("checksumOf", () => {
  it.each`
    text                                         | seed          | expected      | why
    ${""}                                        | ${0}          | ${0x02cc5d05} | ${"nothing"}
    ${""}                                        | ${0x9e3779b1} | ${0x36b78ae7} | ${"nothing, seeded"}
    ${"a"}                                       | ${0}          | ${0x550d7456} | ${"a byte"}
    ${"abc"}                                     | ${0}          | ${0x32d153ff} | ${"less than a word"}
    ${"Nobody inspects the spammish repetition"} | ${0}          | ${0xe2293b2f} | ${"stripes, words and bytes"}
  `("is that of XXH32 for $why", ({ text, seed, expected }) => {
    expect(ofText(text, seed)).toBe(expected);
  });

  it("does not depend on where in memory the bytes lie, nor on what follows them", () => {
    const shifted = (bytes: Uint8Array, by: number) =>
      Buffer.concat([Buffer.alloc(by, 1), bytes, Buffer.alloc(5, 9)]).subarray(by);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(8), (bytes, by) => {
        const expected = checksumOf(bytes, bytes.length, 7);
        expect(checksumOf(shifted(bytes, by), bytes.length, 7)).toBe(expected);
      }),
    );
  });

  it("notices every single changed byte", () => {
    const anyByte = fc.integer({ min: 1, max: 255 });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), anyByte, (bytes, flipped) => {
        const expected = checksumOf(bytes, bytes.length, 0);
        for (let at = 0; at < bytes.length; at++) {
          const changed = Uint8Array.from(bytes);
          changed[at] = (changed[at] as number) ^ flipped;
          expect(checksumOf(changed, changed.length, 0)).not.toBe(expected);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("notices bytes that are missing or too many", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        const all = Array.from({ length: bytes.length + 1 }, (_, end) => checksumOf(bytes, end, 0));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
