/** A file of tokens that changes while the node runs. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOf, type Entry } from "@ringkv/access";
import { FILE_BYTES_MAX, TokenFile } from "./token-file.js";

const entry = (name: string) => `${name}:${digestOf(name).toString("hex")}:read`;

let directory: string;
let file: string;
let held: string[];
let replaced: number;
let logged: string[];
let tokenFile: TokenFile;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-tokens-"));
  file = path.join(directory, "tokens");
  [held, replaced, logged] = [[], 0, []];
  const note = (fields: object, message: string) =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  tokenFile = new TokenFile({
    path: file,
    access: {
      replace: (entries: readonly Entry[]) => {
        held = entries.map(({ name }) => name);
        replaced++;
      },
    },
    clock: { sleep: () => Promise.resolve() },
    log: { info: note, warn: note, error: note },
  });
});

afterEach(() => rmSync(directory, { recursive: true }));

it("gives what the file has, and again only when that has changed", async () => {
  writeFileSync(file, entry("a"));
  await tokenFile.look();
  await tokenFile.look();
  expect([held, replaced, logged]).toEqual([["a"], 1, []]);
  writeFileSync(file, `${entry("b")}\n${entry("c")}`);
  await tokenFile.look();
  expect([held, replaced]).toEqual([["b", "c"], 2]);
  expect(logged).toEqual([expect.stringContaining("tokens were read again")]);
});

it("lets what is right beside a mistake hold, and logs its place and not its text", async () => {
  writeFileSync(file, `${entry("a")}\nmy-secret-token\n`);
  await tokenFile.look();
  expect(held).toEqual(["a"]);
  expect(logged).toEqual([expect.stringContaining("entry 2")]);
  expect(logged.join()).not.toContain("my-secret-token");
});

it.each([
  { why: "is gone", spoil: () => rmSync(file) },
  { why: "is empty", spoil: () => writeFileSync(file, "") },
  { why: "is a comment", spoil: () => writeFileSync(file, `#${entry("a")}`) },
  { why: "is too large", spoil: () => writeFileSync(file, " ".repeat(FILE_BYTES_MAX + 1)) },
])("lets nobody in when the file $why", async ({ spoil }) => {
  writeFileSync(file, entry("a"));
  await tokenFile.look();
  spoil();
  await tokenFile.look();
  expect(held).toEqual([]);
});

it("looks until it is closed", async () => {
  writeFileSync(file, entry("a"));
  const running = tokenFile.run();
  while (replaced === 0) await tokenFile.look();
  tokenFile.close();
  await running;
});
