/** The table of attack cases is whole, and every test that it names is there. */

import { existsSync, readFileSync } from "node:fs";

const FOLDER = "tests/security";
const TABLE = `${FOLDER}/CASES.md`;
const CASES = Array.from({ length: 75 }, (_, index) => index + 1);
const ROW = /^\| (\d+) \| (.+) \| (.+) \|$/;
/** A file, by its path or by its name in this folder, and perhaps the name of a test in it. */
const REFERENCE = /`((?:[\w-]+\/)*[\w-]+(?:(?:\.[\w-]+)*\.ts)?)`(?: "([^"]+)")?/g;
/** Says that there is nothing to test, and goes on to say why. */
const NONE = /^none: \w/;

interface Row {
  readonly number: number;
  readonly where: string;
}

type Read = (path: string) => string | null;

function rowsOf(text: string): Row[] {
  return text.split("\n").flatMap((line) => {
    const [, number, , where = ""] = ROW.exec(line) ?? [];
    return number === undefined ? [] : [{ number: Number(number), where }];
  });
}

const read: Read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : null);

/** Null: a word that is no file's name. */
function pathOf(name: string, readFile: Read): string | null {
  if (name.endsWith(".ts")) return name;
  if (name.includes("/")) return null;
  const paths = [`${FOLDER}/${name}.real.test.ts`, `${FOLDER}/${name}.test.ts`];
  return paths.find((path) => readFile(path) !== null) ?? null;
}

/** Whether a test or a group of them is named by the number: `12: …`, `5, 12: …`, `12, without …`. */
function namesCase(text: string, number: number): boolean {
  return new RegExp(`["\`](\\d+, )*${number}(:|, )`).test(text);
}

function problemsOf({ number, where }: Row, readFile: Read = read): string[] {
  const found = [...where.matchAll(REFERENCE)].flatMap(([, name = "", title]) => {
    const path = pathOf(name, readFile);
    return path === null ? [] : [{ path, title }];
  });
  if (found.length === 0) return NONE.test(where) ? [] : [`${number}: no test and no reason`];
  return found.flatMap(({ path, title }) => {
    const text = readFile(path);
    if (text === null) return [`${number}: there is no ${path}`];
    if (title !== undefined) {
      return text.includes(title) ? [] : [`${number}: ${path} has no test "${title}"`];
    }
    return namesCase(text, number) ? [] : [`${number}: no test of ${path} has the number`];
  });
}

const rows = rowsOf(readFileSync(TABLE, "utf8"));

it("has a row for each of the 75 cases, in their order", () => {
  expect(rows.map(({ number }) => number)).toEqual(CASES);
});

it("names tests that are there", () => {
  expect(rows.flatMap((row) => problemsOf(row))).toEqual([]);
});

describe("a planted row", () => {
  const files: Readonly<Record<string, string>> = {
    [`${FOLDER}/grpc.real.test.ts`]: 'it("5, 7: x"); it("8, without the guard: y"); it(`9: z`);',
    "packages/core/src/ring.test.ts": 'it("goes round")',
  };
  const planted: Read = (path) => files[path] ?? null;

  it.each([
    { number: 5, where: "`grpc`: refused", count: 0 },
    { number: 7, where: "`grpc`: refused, `ordinary` words", count: 0 },
    { number: 8, where: "`grpc`", count: 0 },
    { number: 9, where: "`grpc`", count: 0 },
    { number: 57, where: "`grpc`", count: 1 },
    { number: 1, where: '`packages/core/src/ring.test.ts` "goes round"', count: 0 },
    { number: 1, where: '`packages/core/src/ring.test.ts` "stands still"', count: 1 },
    { number: 1, where: "`packages/core/src/ring.test.ts`", count: 1 },
    { number: 1, where: '`packages/core/src/gone.test.ts` "goes round"', count: 1 },
    { number: 1, where: "none: there is no such thing", count: 0 },
    { number: 1, where: "not yet", count: 1 },
  ])("$number in $where gives $count complaints", ({ number, where, count }) => {
    expect(problemsOf({ number, where }, planted)).toHaveLength(count);
  });
});
