/** What the demo makes of package indexes and files, and what it says at the end. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LoadResult } from "../../scripts/demo/load.mjs";
import { readRecords, stanzasOf, withKeys } from "../../scripts/demo/records.mjs";
import { isClean, reportOf } from "../../scripts/demo/report.mjs";
import { urlsIn } from "../../scripts/demo/stage.mjs";

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("a Debian package index", () => {
  it("becomes one document per stanza, with continued lines in their field", async () => {
    const lines = [
      "Package: a",
      "Description: first: line",
      " second line",
      " .",
      "",
      "",
      "Package: b",
    ];
    expect(await all(stanzasOf(each(lines)))).toEqual([
      { Package: "a", Description: "first: line\nsecond line\n." },
      { Package: "b" },
    ]);
  });

  it("gives every stanza a key of its own, the shortest that is free", async () => {
    const stanza = (Package: string, Architecture: string, Version: string) => ({
      Package,
      Architecture,
      Version,
    });
    const stanzas = [
      stanza("a", "amd64", "1"),
      stanza("a", "i386", "1"),
      stanza("a", "i386", "2"),
      stanza("a", "i386", "2"),
      stanza("a", "i386", "2"),
      stanza("b", "all", "1"),
    ];
    const keys = (await all(withKeys(each(stanzas)))).map(({ key }) => key);
    expect(keys).toEqual([
      "deb:a",
      "deb:a:i386",
      "deb:a:i386:2",
      "deb:a:i386:2#2",
      "deb:a:i386:2#3",
      "deb:b",
    ]);
  });

  it("has a __proto__ field like any other", async () => {
    const [document] = await all(stanzasOf(each(["Package: a", "__proto__: x"])));
    expect(JSON.stringify(document)).toBe('{"Package":"a","__proto__":"x"}');
  });
});

describe("a file", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), "ringkv-demo-test-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each`
    name          | content                   | keys                            | why
    ${"a.json"}   | ${'[{"x":1},"two"]'}      | ${["a.json:0", "a.json:1"]}     | ${"the items of an array"}
    ${"o.json"}   | ${'{"k":1,"l":2}'}        | ${["o.json:k", "o.json:l"]}     | ${"the properties of an object"}
    ${"n.ndjson"} | ${'{"x":1}\n\n{"x":2}\n'} | ${["n.ndjson:1", "n.ndjson:3"]} | ${"a document per line"}
    ${"m.json"}   | ${'{"x":1}\n{"x":2}'}     | ${["m.json:1", "m.json:2"]}     | ${"lines under the name of JSON"}
  `("$name holds $why", async ({ name, content, keys }) => {
    const file = path.join(directory, name as string);
    writeFileSync(file, content as string);
    const { records } = await readRecords({ file, recordsMax: Number.POSITIVE_INFINITY });
    expect(records.map(({ key }) => key)).toEqual(keys);
  });

  it.each`
    content | recordsMax | message                              | why
    ${"[]"} | ${9}       | ${/holds no records/}                | ${"empty"}
    ${"7"}  | ${9}       | ${/must hold an array or an object/} | ${"a number"}
    ${"{"}  | ${9}       | ${/line 1: neither/}                 | ${"no JSON"}
  `("is refused with a clear word when it is $why", async ({ content, recordsMax, message }) => {
    const file = path.join(directory, "bad.json");
    writeFileSync(file, content as string);
    await expect(readRecords({ file, recordsMax: recordsMax as number })).rejects.toThrow(
      message as RegExp,
    );
  });

  it("is refused with a clear word when it is not there", async () => {
    const file = path.join(directory, "absent.json");
    await expect(readRecords({ file, recordsMax: 1 })).rejects.toThrow(/cannot be read/);
  });
});

describe("the nodes of a running cluster", () => {
  it("are those that the launcher's status shows as running", () => {
    const status = [
      "node1    running   pid 11       http://127.0.0.1:8001",
      "node2    stopped                http://127.0.0.1:8002",
      "redis1   running   pid 12       redis://127.0.0.1:6381",
    ].join("\n");
    expect([...urlsIn(status)]).toEqual([["node1", "http://127.0.0.1:8001"]]);
  });
});

describe("the report", () => {
  const comparison = {
    lost: [] as string[],
    different: [] as string[],
    retried: 0,
    elapsedMs: 500,
  };
  const result = (changed: Partial<typeof comparison> = {}, loaded = 1_000) => ({
    source: "test",
    count: 1_000,
    bytes: 2_000_000,
    load: Object.assign(new LoadResult(), {
      loaded,
      elapsedMs: 2_000,
      primaries: new Map([
        ["node2", 400],
        ["node1", 300],
        ["node3", 300],
      ]),
    }),
    handoffMs: 1_500,
    reads: new Map([
      ["node2", comparison],
      ["node3", { ...comparison, ...changed }],
    ]),
    held: new Map([["node1", 600]]),
  });

  it("names what was loaded, how fast, and a share that is not as expected", () => {
    const text = reportOf(result());
    expect(text).toContain("1,000 loaded, 0 lost, 0 different");
    expect(text).toContain("500 records/s");
    expect(text).toContain("node1 30.0 %, node2 40.0 % (expected 28 to 38 %), node3 30.0 %");
    expect(isClean(result())).toBe(true);
  });

  it.each`
    changed                  | loaded   | why
    ${{ lost: ["k1"] }}      | ${1_000} | ${"something is lost"}
    ${{ different: ["k1"] }} | ${1_000} | ${"something is different"}
    ${{}}                    | ${999}   | ${"something could not be loaded"}
  `("is not clean when $why", ({ changed, loaded }) => {
    const bad = result(changed as Partial<typeof comparison>, loaded as number);
    expect(isClean(bad)).toBe(false);
    if (Object.keys(changed as object).length > 0) expect(reportOf(bad)).toContain("k1");
  });
});
