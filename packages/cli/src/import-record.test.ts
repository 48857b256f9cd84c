import { exportLine } from "./export-line.js";
import { type ImportRules, recordOf } from "./import-record.js";

const NOW_MS = 1_000_000;
const RULES: ImportRules = { prefix: "", keyField: null, numbered: false, nowMs: NOW_MS };

function verdict(
  raw: string | Buffer,
  rules: Partial<ImportRules> = {},
  name: string | null = null,
) {
  const document = { raw: Buffer.from(raw), name, ordinal: 6 };
  return recordOf(document, { ...RULES, ...rules });
}

function shown(...given: Parameters<typeof verdict>): unknown {
  const result = verdict(...given);
  if (result.kind !== "record") return `${result.kind}: ${result.why}`;
  const { key, value, contentType, ttlSeconds } = result.record;
  return [key, value.toString("latin1"), contentType, ttlSeconds];
}

const JSON_TYPE = "application/json";

describe("a document of a file", () => {
  it.each<[why: string, raw: string, rules: Partial<ImportRules>, expected: unknown]>([
    ["a line", '{"key":"a","value":{"n": 1.0}}', {}, ["a", '{"n": 1.0}', JSON_TYPE, null]],
    ["a prefix", '{"key":"a","value":1}', { prefix: "p:" }, ["p:a", "1", JSON_TYPE, null]],
    [
      "text",
      '{"key":"a","value":"x\\n","contentType":"text/css"}',
      {},
      ["a", "x\n", "text/css", null],
    ],
    ["a JSON string", '{"key":"a","value":"x"}', {}, ["a", '"x"', JSON_TYPE, null]],
    [
      "bytes",
      '{"key":"a","base64":"AP8="}',
      {},
      ["a", "\u0000\u00ff", "application/octet-stream", null],
    ],
    [
      "of a page",
      '{"key":"a","value":"AP8=","encoding":"base64","contentType":"image/x"}',
      {},
      ["a", "\u0000\u00ff", "image/x", null],
    ],
    [
      "an expiry",
      `{"key":"a","value":1,"expiresAt":${NOW_MS + 1_500}}`,
      {},
      ["a", "1", JSON_TYPE, 2],
    ],
    [
      "one that has passed",
      `{"key":"a","value":1,"expiresAt":${NOW_MS}}`,
      {},
      "skipped: it has expired",
    ],
    ["a deletion", '{"key":"a","tombstone":true}', {}, "skipped: it is deleted"],
    [
      "a field",
      '{ "id": "x", "n": 1.0 }',
      { keyField: "id", prefix: "p:" },
      ["p:x", '{ "id": "x", "n": 1.0 }', JSON_TYPE, null],
    ],
    ["a number as key", '{"id":7}', { keyField: "id" }, ["7", '{"id":7}', JSON_TYPE, null]],
    ["a number of its own", "[1]", { numbered: true, prefix: "n" }, ["n7", "[1]", JSON_TYPE, null]],
  ])("with %s becomes what it says", (_why, raw, rules, expected) => {
    expect(shown(raw, rules)).toEqual(expected);
  });

  it("that is a property has its name as key", () => {
    expect(shown('{"key":"other"}', { prefix: "p:" }, "a")).toEqual([
      "p:a",
      '{"key":"other"}',
      JSON_TYPE,
      null,
    ]);
  });

  it.each<[why: string, raw: string | Buffer, rules: Partial<ImportRules>, words: RegExp]>([
    ["no JSON", "{", {}, /no JSON/],
    ["invalid UTF-8", Buffer.from('{"key":"a","value":"\xff"}', "latin1"), {}, /no JSON/],
    ["no key", '{"value":1}', {}, /no key/],
    ["an empty key", '{"key":"","value":1}', {}, /no key/],
    ["a key that is a number", '{"key":1,"value":1}', {}, /no key/],
    ["no object", "[1]", {}, /no key/],
    ["no value", '{"key":"a"}', {}, /no value/],
    ["two values", '{"key":"a","value":1,"base64":"AA=="}', {}, /or two/],
    ["the value twice", '{"key":"a","value":1,"value":2}', {}, /or two/],
    ["broken base64", '{"key":"a","base64":"%"}', {}, /no value/],
    ["an odd expiry", '{"key":"a","value":1,"expiresAt":"soon"}', {}, /expiresAt/],
    ["no such field", '{"a":1}', { keyField: "id" }, /id is no key/],
    ["an inherited field", "{}", { keyField: "constructor" }, /no key/],
    ["a field that is null", '{"id":null}', { keyField: "id" }, /no key/],
  ])("with %s is refused", (_why, raw, rules, words) => {
    const result = verdict(raw, rules);
    expect(result.kind).toBe("refused");
    expect(shown(raw, rules)).toMatch(words);
  });
});

describe("what is exported is imported as the same bytes", () => {
  it.each<[why: string, bytes: Buffer, type: string]>([
    ["JSON", Buffer.from('{ "a" : 9007199254740993, "a": 1.0 }'), JSON_TYPE],
    ["JSON over several lines", Buffer.from('{\n"a":1\r\n}'), JSON_TYPE],
    ["a JSON string", Buffer.from('"x"'), "application/problem+json"],
    ["what only claims to be JSON", Buffer.from("{broken"), JSON_TYPE],
    ["JSON with more behind it", Buffer.from('1,"x":2'), JSON_TYPE],
    ["text", Buffer.from('say "é"\n\u2028\u0000'), "text/plain; charset=utf-8"],
    ["text that is not UTF-8", Buffer.from([0x61, 0xff]), "text/plain"],
    ["text with a byte order mark", Buffer.from("\ufeffx"), "text/plain"],
    ["bytes", Buffer.from([0, 255, 10]), "application/octet-stream"],
    ["nothing", Buffer.alloc(0), "text/plain"],
    ["no JSON at all", Buffer.alloc(0), JSON_TYPE],
  ])("%s", (_why, value, contentType) => {
    const line = exportLine({
      key: 'k"\n',
      value,
      version: "0191c3a4b2f300001a1b",
      contentType,
      expiresAt: NOW_MS + 5_000,
      answeredBy: "",
    });
    expect(line).not.toContain("\n");
    const result = verdict(line);
    if (result.kind !== "record") throw new Error(result.why);
    expect(result.record).toMatchObject({ key: 'k"\n', contentType, ttlSeconds: 5 });
    expect(result.record.value.equals(value)).toBe(true);
  });
});
