import { type Key, type PackedRecord, packRecord, type Version, versionAt } from "@ringkv/core";
import type { ApplyOutcome, HeldCopy } from "@ringkv/engine";
import fc from "fast-check";
import { recordOf } from "../test-support/link-fakes.js";
import {
  decodeFound,
  decodeKeys,
  decodeOutcomes,
  decodeRecords,
  encodeFound,
  encodeKeys,
  encodeOutcomes,
  encodeRecords,
} from "./payload.js";
import { Malformed } from "./wire.js";

const key: fc.Arbitrary<Key> = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: "binary" }),
    fc.constantFrom("__proto__", "constructor", "\u0000", "\r\n", "\ufffd", "🦊"),
    fc.constant("é".repeat(512)),
  )
  .filter((text) => Buffer.byteLength(text) <= 1_024) as fc.Arbitrary<Key>;

const version: fc.Arbitrary<Version> = fc
  .tuple(fc.nat(0xffff_ffff), fc.nat(0xffff), fc.nat(0xffff))
  .map(([ms, counter, node]) => versionAt({ ms, counter }, node));

const record: fc.Arbitrary<PackedRecord> = fc
  .record({
    key,
    version,
    value: fc.option(fc.uint8Array({ maxLength: 300 })),
    contentType: fc.constantFrom("", "text/plain", "x".repeat(255)),
    expiresAtMs: fc.option(fc.nat()),
  })
  .map(packRecord);

const outcome: fc.Arbitrary<ApplyOutcome> = fc.oneof(
  fc.boolean().map((hadValue) => ({ outcome: "stored" as const, hadValue })),
  fc.constant({ outcome: "repeated" as const }),
  version.map((held) => ({ outcome: "stale" as const, held })),
);

describe("payloads", () => {
  it("carry any records", () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(decodeRecords(encodeRecords(records))).toEqual(records);
      }),
    );
  });

  it("carry any keys", () => {
    fc.assert(
      fc.property(fc.array(key), (keys) => {
        expect(decodeKeys(encodeKeys(keys))).toEqual(keys);
      }),
    );
  });

  it("carry any outcomes", () => {
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        const payload = Buffer.from(encodeOutcomes(outcomes), "latin1");
        expect(decodeOutcomes(payload, outcomes.length)).toEqual(outcomes);
      }),
    );
  });

  it("carry what was found, what was not, and what was damaged", () => {
    const copy = fc.constantFrom("held", "damaged", "none");
    fc.assert(
      fc.property(fc.array(fc.tuple(record, copy)), (pairs) => {
        const keys = pairs.map(([{ key: asked }]) => asked);
        const found = pairs.map(([held, kind]): HeldCopy => {
          if (kind === "damaged") return "damaged";
          return kind === "held" ? held : null;
        });
        expect(decodeFound(encodeFound(found, 1e9), keys)).toEqual(found);
      }),
    );
  });

  it("stop before an answer grows too long, but not before its first record", () => {
    const found = ["a", "b", "c"].map((name) => recordOf(name, "x".repeat(100)));
    const keys = found.map((held) => held.key);
    expect(decodeFound(encodeFound(found, 1), keys)).toEqual(found.slice(0, 1));
    expect(decodeFound(encodeFound(found, 400), keys)).toEqual(found.slice(0, 2));
  });
});

describe("decoding", () => {
  const decoders: Record<string, (payload: Buffer) => unknown> = {
    records: decodeRecords,
    keys: decodeKeys,
    outcomes: (payload) => decodeOutcomes(payload, 3),
    found: (payload) => decodeFound(payload, ["a", "b", "c"] as Key[]),
  };

  it.each(Object.keys(decoders))("throws nothing but Malformed: %s", (name) => {
    const decode = decoders[name] as (payload: Buffer) => unknown;
    const sample = encodeRecords([recordOf("a"), recordOf("b")]);
    const mutated = fc
      .array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const bytes = Buffer.from(sample);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .string({ maxLength: 60, unit: fc.constantFrom("s", "S", "r", "x", "0", "f") })
        .map((s) => Buffer.from(s)),
      mutated,
    );
    fc.assert(
      fc.property(hostile, (payload) => {
        try {
          decode(payload);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  /** A record under a key of the given bytes. */
  function under(name: Buffer, recordBytes: Buffer = recordOf("k").bytes): Buffer {
    const header = Buffer.alloc(6);
    header.writeUInt16BE(name.length, 0);
    header.writeUInt32BE(recordBytes.length, 2);
    return Buffer.concat([header, name, recordBytes]);
  }

  it.each([
    { why: "an empty key", payload: under(Buffer.alloc(0)) },
    { why: "a key of 1,025 bytes", payload: under(Buffer.alloc(1_025, "k")) },
    { why: "a lone continuation byte", payload: under(Buffer.from([0x6b, 0x80])) },
    { why: "a truncated character", payload: under(Buffer.from([0xf0, 0x9f, 0x92])) },
    { why: "an encoded surrogate", payload: under(Buffer.from([0xed, 0xa0, 0x80])) },
    { why: "an overlong slash", payload: under(Buffer.from([0xc0, 0xaf])) },
    { why: "a record that is too short", payload: under(Buffer.from("k"), Buffer.alloc(10)) },
    { why: "a record with no version", payload: under(Buffer.from("k"), Buffer.alloc(40)) },
    { why: "a record cut short", payload: under(Buffer.from("k")).subarray(0, -1) },
    { why: "half a header", payload: Buffer.from([0, 1, 0]) },
  ])("refuses $why", ({ payload }) => {
    expect(() => decodeRecords(payload)).toThrow(Malformed);
  });

  it("takes a replacement character that was really sent", () => {
    expect(decodeKeys(encodeKeys(["a\ufffdb" as Key]))).toEqual(["a\ufffdb"]);
  });

  it("refuses more or fewer outcomes than records", () => {
    expect(() => decodeOutcomes(Buffer.from("ss"), 1)).toThrow(Malformed);
    expect(() => decodeOutcomes(Buffer.from("ss"), 3)).toThrow(Malformed);
    expect(() => decodeOutcomes(Buffer.from(`x${"0".repeat(19)}`), 1)).toThrow(Malformed);
  });
});
