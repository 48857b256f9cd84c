import fc from "fast-check";
import { contributionOf } from "./digest.js";
import {
  absentFromMs,
  checksumIn,
  contributionIn,
  hasValue,
  intactRecord,
  packRecord,
  recordFromBytes,
  unpackRecord,
} from "./record-codec.js";
import type { Key, KvRecord, Version } from "./types.js";
import { versionAt } from "./version.js";

const LATIN_1 = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

const hostileKey = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1 }),
    fc.constantFrom(
      "a:b",
      "a*b",
      "{tag}",
      "naïve ключ 🔑",
      "__proto__",
      "\u0000",
      "x".repeat(1_024),
    ),
  )
  .map((text) => text as Key);
const hostileValue = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(
    new Uint8Array(0),
    Buffer.from("018bcfe56800000090b6"), // Looks like a version.
    Buffer.from([0, 0xff, 0x0d, 0x0a, 0x24, 0x2d, 0x31]), // Looks like the end of a reply.
  ),
);
const anyRecord: fc.Arbitrary<KvRecord> = fc.record({
  key: hostileKey,
  version: fc
    .tuple(fc.nat(2 ** 48 - 1), fc.nat(0xffff), fc.nat(0xffff))
    .map(([ms, counter, node]) => versionAt({ ms, counter }, node)),
  value: fc.option(hostileValue),
  contentType: fc.string({ unit: fc.constantFrom(...LATIN_1), maxLength: 255 }),
  expiresAtMs: fc.option(fc.nat(2 ** 48 - 1)),
});

const example: KvRecord = {
  key: "a" as Key,
  version: "0000000000010000abcd" as Version,
  value: Buffer.from("hi"),
  contentType: "text/plain",
  expiresAtMs: 1_700_000_000_000,
};

describe("packRecord and unpackRecord", () => {
  it("give back every record, whatever is in it", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const { value, ...rest } = unpackRecord(packRecord(record));
        expect(rest).toEqual({
          key: record.key,
          version: record.version,
          contentType: record.contentType,
          expiresAtMs: record.expiresAtMs,
        });
        if (record.value === null) expect(value).toBeNull();
        else expect(Buffer.compare(value as Uint8Array, record.value)).toBe(0);
      }),
      { numRuns: 10_000 },
    );
  });

  it("write the bytes that are in the data", () => {
    const [version, digest, flags] = ["0000000000010000abcd", "9ae1f86b24b2bbdd", "02"];
    const [expiry, type, value] = ["018bcfe56800", "0a", "text/plainhi"];
    expect(packRecord(example).bytes.toString("hex")).toBe(
      Buffer.from(version).toString("hex") +
        digest +
        flags +
        expiry +
        type +
        Buffer.from(value).toString("hex") +
        "7320602c",
    );
  });

  it("store the contribution to the digest where the apply script looks for it", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const { bytes } = packRecord(record);
        const [high, low] = contributionOf(record.key, record.version);
        expect([bytes.readUInt32BE(20), bytes.readUInt32BE(24)]).toEqual([high, low]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keep an empty value apart from a tombstone", () => {
    const empty = packRecord({ ...example, value: new Uint8Array(0) });
    const tombstone = packRecord({ ...example, value: null });
    expect(unpackRecord(empty).value).toHaveLength(0);
    expect(unpackRecord(tombstone).value).toBeNull();
  });
});

describe("recordFromBytes", () => {
  it("takes every packed record as it is", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const packed = packRecord(record);
        expect(recordFromBytes(record.key, packed.bytes)).toEqual(packed);
      }),
      { numRuns: 1_000 },
    );
  });

  const packed = packRecord({ ...example, value: null }).bytes;
  const withByte = (at: number, byte: number) => {
    const bytes = Buffer.from(packed);
    bytes[at] = byte;
    return bytes;
  };

  it.each([
    { bytes: Buffer.alloc(0), why: "nothing" },
    { bytes: packed.subarray(0, 20), why: "a version and no more" },
    { bytes: packed.subarray(0, 39), why: "the shortest record cut by one byte" },
    { bytes: packed.subarray(0, packed.length - 1), why: "the checksum cut by one byte" },
    { bytes: withByte(35, 255), why: "a content type longer than the bytes" },
    { bytes: withByte(0, 0x47), why: "a version that is not hex" },
    { bytes: withByte(19, 0x41), why: "a version in upper case" },
    { bytes: withByte(3, 0xb0), why: "a byte that is a digit only without its highest bit" },
  ])("refuses $why", ({ bytes }) => {
    expect(() => recordFromBytes("a" as Key, bytes)).toThrow(RangeError);
  });

  it("never throws anything but a RangeError, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          unpackRecord(recordFromBytes("a" as Key, Buffer.from(bytes)));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("intactRecord", () => {
  it("takes every packed record as it is", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const packed = packRecord(record);
        expect(intactRecord(record.key, packed.bytes)).toEqual(packed);
        expect(contributionIn(packed.bytes)).toEqual(contributionOf(record.key, record.version));
      }),
      { numRuns: 1_000 },
    );
  });

  it("notices any single changed byte, wherever it is", () => {
    fc.assert(
      fc.property(anyRecord, fc.integer({ min: 1, max: 255 }), (record, flipped) => {
        const { bytes } = packRecord(record);
        for (let at = 0; at < bytes.length; at++) {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] as number) ^ flipped;
          expect(intactRecord(record.key, changed)).toBeNull();
        }
      }),
      { numRuns: 200 },
    );
  });

  const { key, bytes } = packRecord(example);
  const other = packRecord({ ...example, key: "b" as Key });

  it.each([
    { found: Buffer.alloc(0), why: "nothing" },
    { found: Buffer.from("garbage"), why: "garbage" },
    { found: Buffer.alloc(200, "0"), why: "what only looks like a version" },
    { found: bytes.subarray(0, bytes.length - 1), why: "a record cut by a byte" },
    { found: bytes.subarray(0, 40), why: "a record cut in the middle" },
    { found: Buffer.concat([bytes, Buffer.alloc(1)]), why: "a record with a byte more" },
    { found: other.bytes, why: "another key's record" },
  ])("refuses $why", ({ found }) => {
    expect(intactRecord(key, found)).toBeNull();
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (found) => {
        expect(intactRecord(key, Buffer.from(found))).toBeNull();
        expect(contributionIn(Buffer.from(found))).toHaveLength(2);
      }),
    );
  });

  it("tells two contents of one version apart by their checksums", () => {
    const changed = packRecord({ ...example, value: Buffer.from("ho") });
    expect(checksumIn(changed.bytes)).not.toBe(checksumIn(bytes));
  });
});

describe("hasValue", () => {
  it.each`
    value   | expiresAtMs | nowMs  | expected | why
    ${"v"}  | ${null}     | ${500} | ${true}  | ${"it does not expire"}
    ${""}   | ${null}     | ${500} | ${true}  | ${"an empty value is a value"}
    ${null} | ${null}     | ${500} | ${false} | ${"a tombstone"}
    ${null} | ${900}      | ${500} | ${false} | ${"a tombstone stays one"}
    ${"v"}  | ${501}      | ${500} | ${true}  | ${"a millisecond is left"}
    ${"v"}  | ${500}      | ${500} | ${false} | ${"its time has come"}
    ${"v"}  | ${499}      | ${500} | ${false} | ${"its time has passed"}
    ${"v"}  | ${0}        | ${500} | ${false} | ${"expiry at the epoch is not none"}
  `("is $expected for $value until $expiresAtMs at $nowMs: $why", (row) => {
    const value = row.value === null ? null : Buffer.from(row.value);
    const packed = packRecord({ ...example, value, expiresAtMs: row.expiresAtMs });
    expect(hasValue(packed, row.nowMs)).toBe(row.expected);
  });

  it("agrees with unpacking the record and looking", () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(2 ** 48 - 1), (record, nowMs) => {
        const { value, expiresAtMs } = record;
        const expected = value !== null && (expiresAtMs === null || expiresAtMs > nowMs);
        expect(hasValue(packRecord(record), nowMs)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("absentFromMs", () => {
  it.each`
    value   | stampedMs | expiresAtMs | expected | why
    ${"v"}  | ${500}    | ${null}     | ${null}  | ${"it never expires"}
    ${"v"}  | ${500}    | ${900}      | ${900}   | ${"its expiry is to come"}
    ${"v"}  | ${500}    | ${100}      | ${500}   | ${"it was written after its expiry"}
    ${null} | ${500}    | ${null}     | ${500}   | ${"a tombstone is absence"}
    ${null} | ${500}    | ${900}      | ${500}   | ${"a tombstone needs no expiry"}
  `("is $expected for $value of $stampedMs until $expiresAtMs: $why", (row) => {
    const value = row.value === null ? null : Buffer.from(row.value);
    const version = versionAt({ ms: row.stampedMs, counter: 9 }, 1);
    const packed = packRecord({ ...example, version, value, expiresAtMs: row.expiresAtMs });
    expect(absentFromMs(packed)).toBe(row.expected);
  });

  it("is the time from which there is no value, in the record's own time", () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(2 ** 48 - 1), (record, nowMs) => {
        const packed = packRecord(record);
        const fromMs = absentFromMs(packed);
        if (fromMs === null) expect(hasValue(packed, nowMs)).toBe(true);
        else if (nowMs >= fromMs) expect(hasValue(packed, nowMs)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
