import {
  type Key,
  type ListedRecord,
  type Partition,
  type PartitionDigest,
  packRecord,
  versionAt,
} from "@ringkv/core";
import fc from "fast-check";
import {
  decodeDigests,
  decodePage,
  decodePageAsk,
  decodeVersions,
  encodeDigests,
  encodePage,
  encodePageAsk,
  encodeVersions,
} from "./inventory.js";
import { Malformed } from "./wire.js";

const partition = fc.nat(1_023) as fc.Arbitrary<Partition>;
const digest: fc.Arbitrary<PartitionDigest> = fc.record({
  records: fc.nat(0xffff_ffff),
  sum: fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => Buffer.from(bytes).toString("hex")),
});
const text = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" });
const listed: fc.Arbitrary<ListedRecord> = fc.record({
  key: text as fc.Arbitrary<Key>,
  version: fc.nat(0xffff_ffff).map((ms) => versionAt({ ms, counter: 1 }, 2)),
  bytes: fc.nat(0xffff_ffff),
});
const cursor = fc.option(text);

describe("inventories", () => {
  it("carry any digests", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(partition, digest)), (entries) => {
        const digests = new Map(entries);
        expect(decodeDigests(encodeDigests(digests))).toEqual(digests);
      }),
    );
  });

  it("carry any page of versions, and any question for one", () => {
    fc.assert(
      fc.property(fc.array(listed), cursor, partition, (records, next, asked) => {
        const page = { records, cursor: next };
        expect(decodeVersions(encodeVersions(page))).toEqual(page);
        const ask = { partition: asked, cursor: next };
        const args = encodePageAsk(ask).map((it) => Buffer.from(it as string));
        expect(decodePageAsk(args)).toEqual(ask);
      }),
    );
  });

  it("carry any page of records", () => {
    const record = fc
      .tuple(text, fc.nat(0xffff_ffff), fc.uint8Array({ maxLength: 20 }))
      .map(([key, ms, value]) =>
        packRecord({
          key: key as Key,
          version: versionAt({ ms, counter: 0 }, 1),
          value,
          contentType: "",
          expiresAtMs: null,
        }),
      );
    fc.assert(
      fc.property(fc.array(record), cursor, (records, next) => {
        const page = { records, damaged: [], cursor: next };
        expect(decodePage(encodePage(page))).toEqual(page);
      }),
    );
  });

  const entry = (number: number) => {
    const bytes = Buffer.alloc(14);
    bytes.writeUInt16BE(number);
    return bytes;
  };

  it.each([
    { why: "a partition that does not exist", payload: entry(1_024) },
    { why: "a partition twice", payload: Buffer.concat([entry(3), entry(3)]) },
    { why: "partitions out of order", payload: Buffer.concat([entry(4), entry(3)]) },
    { why: "half an entry", payload: entry(3).subarray(0, 13) },
  ])("refuse digests with $why", ({ payload }) => {
    expect(() => decodeDigests(payload)).toThrow(Malformed);
  });

  it.each([
    { why: "no arguments", args: [] },
    { why: "no cursor", args: ["3"] },
    { why: "a partition that does not exist", args: ["1024", ""] },
    { why: "no number", args: ["x", ""] },
    { why: "a cursor that is too long", args: ["3", "c".repeat(1_025)] },
    { why: "a cursor that is no UTF-8", args: ["3", "\u00ff"] },
  ])("refuse a question with $why", ({ args }) => {
    const bytes = args.map((arg) => Buffer.from(arg, "latin1"));
    expect(() => decodePageAsk(bytes)).toThrow(Malformed);
  });

  it("are decoded, or refused as malformed", () => {
    const key = "k" as Key;
    const version = versionAt({ ms: 1, counter: 1 }, 2);
    const sample = encodeVersions({ records: [{ key, version, bytes: 9 }], cursor: "c" });
    const mutated = fc
      .array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => {
        const bytes = Buffer.from(sample);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const random = fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(mutated, random), (payload) => {
        for (const decode of [decodeVersions, decodeDigests, decodePage]) {
          try {
            decode(payload);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(Malformed);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
