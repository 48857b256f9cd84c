/** What is written is read again, byte for byte; what is not exactly that is refused. */

import { createHash } from "node:crypto";
import { HOSTILE_KEYS, HOSTILE_VALUES } from "@ringkv/testing/contracts";
import fc from "fast-check";
import { InvalidSnapshot } from "./errors.js";
import { packRecord } from "./record-codec.js";
import { type SnapshotForm, type SnapshotHead, SnapshotWriter } from "./snapshot-format.js";
import { SnapshotReader } from "./snapshot-reader.js";
import type { Key, KvRecord, PackedRecord } from "./types.js";
import { versionAt } from "./version.js";

const FORMS: readonly SnapshotForm[] = ["ndjson", "json"];
const HEAD: SnapshotHead = {
  scope: "cluster",
  node: "node1",
  clusterId: "test",
  prefix: 'a "prefix",\n"entries":{',
  takenAtMs: Date.UTC(2026, 10, 28, 12),
};
const FINISHED_AT_MS = Date.UTC(2026, 10, 28, 12, 1);
const VALUE_BYTES_MAX = 2 * 1_024 * 1_024;

function record(key: string, change: Partial<KvRecord> = {}): PackedRecord {
  const version = versionAt({ ms: 1_732_100_000_000, counter: 3 }, 7);
  const value = Buffer.from("v");
  const plain = { key: key as Key, version, value, contentType: "", expiresAtMs: null };
  return packRecord({ ...plain, ...change });
}

function written(form: SnapshotForm, records: readonly PackedRecord[], perBatch = 3): Buffer {
  const writer = new SnapshotWriter(form, createHash("sha256"));
  const parts = [writer.begin(HEAD)];
  for (let from = 0; from < records.length; from += perBatch)
    parts.push(writer.records(records.slice(from, from + perBatch)));
  return Buffer.concat([...parts, writer.end(FINISHED_AT_MS)]);
}

function read(form: SnapshotForm, bytes: Buffer, pieceBytes = 1 << 16) {
  const reader = newReader(form);
  const records: PackedRecord[] = [];
  for (let from = 0; from < bytes.length; from += pieceBytes)
    records.push(...reader.push(bytes.subarray(from, from + pieceBytes)));
  return { head: reader.head, records, end: reader.end() };
}

function newReader(form: SnapshotForm, valueBytesMax = VALUE_BYTES_MAX): SnapshotReader {
  return new SnapshotReader({ form, sha256: createHash("sha256"), valueBytesMax });
}

/** Each record in a line: Jest compares long buffers byte by byte. */
function told(records: readonly PackedRecord[]): string[] {
  return records.map(({ key, version, bytes }) => {
    return `${key} ${version} ${createHash("sha256").update(bytes).digest("hex")}`;
  });
}

const TYPES = [
  "",
  "application/json",
  "application/hal+json; charset=UTF-8",
  "application/json; charset=latin1",
  "text/plain",
  "text/html;charset=utf-8",
  "image/png",
  'odd "\\ \u0000\u00ff',
];

const recordsOf = fc.array(
  fc.record({
    key: fc.oneof(
      fc.constantFrom(...HOSTILE_KEYS),
      fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
    ),
    value: fc.oneof(
      fc.constantFrom(...HOSTILE_VALUES.slice(0, -1).map(({ value }) => value)),
      fc.constant(null),
      fc.json().map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(JSON.stringify(JSON.parse(text), null, 1))),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
    contentType: fc.constantFrom(...TYPES),
    expiresAtMs: fc.oneof(fc.constant(null), fc.nat(), fc.constant(2 ** 48 - 1)),
  }),
  { maxLength: 12 },
);

describe.each(FORMS)("%s", (form) => {
  it("gives back every record as it was, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(recordsOf, fc.integer({ min: 1, max: 300 }), (given, pieceBytes) => {
        const records = given.map(({ key, ...rest }) => record(key, rest));
        const got = read(form, written(form, records), pieceBytes);
        expect(told(got.records)).toEqual(told(records));
        expect(got.head).toEqual(HEAD);
        expect(got.end).toEqual({ count: records.length, finishedAtMs: FINISHED_AT_MS });
      }),
      { numRuns: 200 },
    );
  });

  it.each(HOSTILE_VALUES)("gives back $what, of every type", ({ value }) => {
    const records = TYPES.map((contentType, index) => record(`${index}`, { value, contentType }));
    expect(told(read(form, written(form, records)).records)).toEqual(told(records));
  });

  it("is one JSON document, or a JSON document per line", () => {
    const text = written(form, [
      record("a", { value: Buffer.from('{"n":1}'), contentType: "application/json" }),
      record("b", { value: null }),
    ]).toString();
    const documents = form === "json" ? [text] : text.trimEnd().split("\n");
    const parsed = documents.map((it) => JSON.parse(it) as Record<string, unknown>);
    expect(parsed[0]).toMatchObject({
      format: "ringkv-snapshot",
      formatVersion: 1,
      scope: "cluster",
      node: "node1",
      cluster: "test",
      takenAt: "2026-11-28T12:00:00.000Z",
    });
    const end = { finishedAt: "2026-11-28T12:01:00.000Z", count: 2 };
    if (form === "json") {
      expect(parsed[0]).toMatchObject({
        entries: {
          a: { value: { n: 1 }, contentType: "application/json" },
          b: { tombstone: true, value: null },
        },
        ...end,
      });
    } else {
      expect(parsed[1]).toMatchObject({ key: "a", value: { n: 1 } });
      expect(parsed[3]).toMatchObject(end);
      const before = text.slice(0, text.lastIndexOf('{"finishedAt"'));
      expect(parsed[3]?.["sha256"]).toBe(createHash("sha256").update(before).digest("hex"));
    }
  });

  const small = () => [
    record("a", { value: Buffer.from('{"n":1}'), contentType: "application/json" }),
    record("b\u00e9", { value: Buffer.from("text"), contentType: "text/plain" }),
    record("c", { value: null, expiresAtMs: 5 }),
  ];

  it("is never taken for whole when it is cut short, wherever that is", () => {
    const bytes = written(form, small());
    for (let length = 0; length < bytes.length; length++) {
      expect(() => read(form, bytes.subarray(0, length))).toThrow(InvalidSnapshot);
    }
  });

  it("is never taken for whole when a byte is altered, and gives no altered record", () => {
    const records = small();
    const bytes = written(form, records);
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [0x01, 0xa0]) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(altered.readUInt8(at) ^ change, at);
        const reader = newReader(form);
        const got: PackedRecord[] = [];
        const reading = () => {
          // In small pieces, so that what is complete is given out before a flaw is met.
          for (let from = 0; from < altered.length; from += 50)
            got.push(...reader.push(altered.subarray(from, from + 50)));
          reader.end();
        };
        expect(reading).toThrow(InvalidSnapshot);
        expect(told(got)).toEqual(told(records.slice(0, got.length)));
      }
    }
  });

  it("is refused when something follows it, or a record is missing or there twice", () => {
    const records = small();
    const bytes = written(form, records);
    expect(() => read(form, Buffer.concat([bytes, bytes]))).toThrow(InvalidSnapshot);
    expect(() => read(form, Buffer.concat([bytes, Buffer.from("\n")]))).toThrow(InvalidSnapshot);
    const lines = bytes.toString().split("\n");
    for (let at = 1; at < lines.length - 2; at++) {
      expect(() => read(form, Buffer.from(lines.toSpliced(at, 1).join("\n")))).toThrow(
        InvalidSnapshot,
      );
      expect(() =>
        read(form, Buffer.from(lines.toSpliced(at, 0, lines[at] as string).join("\n"))),
      ).toThrow(InvalidSnapshot);
    }
  });

  it("says how far it got", () => {
    const bytes = written(form, small());
    const reader = newReader(form);
    const half = bytes.indexOf('"c"');
    expect(reader.push(bytes.subarray(0, half))).toHaveLength(2);
    expect(reader.records).toBe(2);
    expect(reader.bytes).toBe(half);
    expect(() => reader.end()).toThrow(
      form === "json" ? /entry 3|cut short/ : /line 4: .*cut short/,
    );
  });

  it("is refused when a value is larger than is allowed here", () => {
    const bytes = written(form, [record("a", { value: Buffer.alloc(101) })]);
    expect(() => newReader(form, 100).push(bytes)).toThrow(/101 bytes, 100 are allowed/);
  });

  it("is given up when a record or the beginning does not end", () => {
    const reader = newReader(form, 1_000);
    reader.push(written(form, small()).subarray(0, 400));
    const endless = () => {
      for (let count = 0; count < 100; count++) reader.push(Buffer.alloc(1_000, "x"));
    };
    expect(endless).toThrow(/more than \d+ bytes/);
    const blank = newReader(form);
    const begin = () => {
      for (let count = 0; count < 100; count++) blank.push(Buffer.alloc(1_000, " "));
    };
    expect(begin).toThrow(/more than \d+ bytes/);
  });
});

describe("a record that somebody else wrote", () => {
  const version = "01934970a10000030007";
  const head = (form: SnapshotForm) => written(form, []).toString().split("\n")[0] as string;
  const reading = (fields: string) => () =>
    newReader("ndjson").push(Buffer.from(`${head("ndjson")}\n${fields}\n`));

  it.each([
    { fields: `{"key":"a","version":"${version}","value":"v"}`, why: "the least there may be" },
    { fields: ` { "value" : "v" , "version":"${version}", "key":"\\u0061" } `, why: "any order" },
    { fields: `{"key":"a","version":"${version}","base64":"dg==","contentType":""}`, why: "bytes" },
  ])("is taken: $why", ({ fields }) => {
    const [got] = reading(fields)();
    expect(got?.key).toBe("a");
    expect(got?.bytes.includes("v")).toBe(true);
  });

  it("holds JSON as it is written", () => {
    const type = '"contentType":"application/json"';
    const [got] = reading(`{"key":"a","version":"${version}",${type},"value": 1e400 }`)();
    expect(got).toEqual(
      packRecord({
        key: "a" as Key,
        version: version as PackedRecord["version"],
        value: Buffer.from("1e400"),
        contentType: "application/json",
        expiresAtMs: null,
      }),
    );
  });

  it.each([
    { fields: "[]", why: /not a JSON object/ },
    { fields: "{", why: /not valid JSON/ },
    { fields: `{"version":"${version}","value":""}`, why: /key/ },
    { fields: `{"key":"","version":"${version}","value":""}`, why: /key/ },
    { fields: `{"key":5,"version":"${version}","value":""}`, why: /key/ },
    { fields: `{"key":"\\ud800","version":"${version}","value":""}`, why: /surrogate/ },
    { fields: `{"key":"${"x".repeat(1_025)}","version":"${version}","value":""}`, why: /1024/ },
    { fields: `{"key":"a","version":"${version.toUpperCase()}A","value":""}`, why: /version/ },
    { fields: '{"key":"a","value":""}', why: /version/ },
    { fields: `{"key":"a","version":"${version}"}`, why: /one of them/ },
    { fields: `{"key":"a","version":"${version}","value":"","base64":""}`, why: /one of them/ },
    { fields: `{"key":"a","version":"${version}","value":1}`, why: /a string/ },
    { fields: `{"key":"a","version":"${version}","value":"\\udc00"}`, why: /surrogate/ },
    { fields: `{"key":"a","version":"${version}","base64":"dg"}`, why: /base64/ },
    { fields: `{"key":"a","version":"${version}","base64":5}`, why: /base64/ },
    {
      fields: `{"key":"a","version":"${version}","value":"","contentType":"\u20ac"}`,
      why: /Latin/,
    },
    { fields: `{"key":"a","version":"${version}","value":"","contentType":7}`, why: /Latin/ },
    { fields: `{"key":"a","version":"${version}","value":"","expiresAt":-1}`, why: /expiresAt/ },
    { fields: `{"key":"a","version":"${version}","value":"","expiresAt":1e15}`, why: /expiresAt/ },
    { fields: `{"key":"a","version":"${version}","value":"","expiresAt":"1"}`, why: /expiresAt/ },
    { fields: `{"key":"a","version":"${version}","value":"","tombstone":true}`, why: /tombstone/ },
    { fields: `{"key":"a","version":"${version}","tombstone":false}`, why: /tombstone/ },
    { fields: `{"key":"a","version":"${version}","value":"","ttl":5}`, why: /unknown field: ttl/ },
    { fields: `{"key":"a","key":"b","version":"${version}","value":""}`, why: /twice/ },
    {
      fields: `{"key":"a","version":"${version}","value":"","checksum":"00000000"}`,
      why: /altered/,
    },
    { fields: `{"key":"a","version":"${version}","value":"","checksum":0}`, why: /altered/ },
    { fields: `{"key":"a","value":${"[".repeat(80)}${"]".repeat(80)}}`, why: /deeper/ },
    { fields: "", why: /not valid JSON/ },
  ])("is refused: $why", ({ fields, why }) => {
    expect(reading(fields)).toThrow(why);
    expect(reading(fields)).toThrow(/^line 2: /);
  });

  it.each([
    { line: "{}", why: /format/ },
    { line: '{"format":"redis-rdb"}', why: /format/ },
    { line: '{"format":"ringkv-snapshot","formatVersion":2}', why: /formatVersion/ },
    { line: head("ndjson").replace("cluster", "world"), why: /scope/ },
    { line: head("ndjson").replace("2026", "yesterday"), why: /takenAt/ },
    { line: head("ndjson").replace('"node"', '"knot"'), why: /knot/ },
    { line: "not JSON", why: /not valid JSON/ },
  ])("is refused when it begins with $line", ({ line, why }) => {
    expect(() => newReader("ndjson").push(Buffer.from(`${line}\n`))).toThrow(why);
  });
});
