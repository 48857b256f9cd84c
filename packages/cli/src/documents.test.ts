import { Readable } from "node:stream";
import { documentsIn, formatOf } from "./documents.js";

it.each([
  ["a.ndjson", "", "ndjson"],
  ["a.jsonl", "[", "ndjson"],
  ["a.json", "[1]", "json"],
  ["a", '\n {"a":1,\n"b":2}', "json"],
  ["a", '{"a":1,"b":2}\n', "json"],
  ["a", '{"key":"a","value":2}\n', "ndjson"],
  ["a.json", '{"a":1}\n{"a":2}\n', "ndjson"],
  ["a", "", "ndjson"],
])("a file %s that begins with %j is %s", (path, beginning, format) => {
  expect(formatOf(path, Buffer.from(beginning))).toBe(format);
});

it("a file of something else is refused", () => {
  expect(() => formatOf("a.csv", Buffer.from("a,b\n"))).toThrow(/neither JSON nor NDJSON/);
});

it.each([
  ["ndjson", '{"a":1}\r\n\n  \n[2]\n3', ['{"a":1}', "[2]", "3"]],
  ["json", '[{"a":1} ,[2]]', ['{"a":1}', "[2]"]],
  ["json", '{"x":{"a":1}}', ['{"a":1}']],
] as const)(
  "the documents of %s are numbered, and blank lines are none",
  async (format, text, raws) => {
    const found: [number, string][] = [];
    for await (const { ordinal, raw } of documentsIn(Readable.from([Buffer.from(text)]), format)) {
      found.push([ordinal, raw.toString()]);
    }
    expect(found).toEqual(raws.map((raw, ordinal) => [ordinal, raw]));
  },
);
