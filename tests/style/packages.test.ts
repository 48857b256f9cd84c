/** Each package depends on what it was meant to, uses all of it, and explains it. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { MAY_IMPORT, MAY_USE } from "./architecture.js";
import { projectFiles } from "./project-files.js";
import { importsOf } from "./rules.js";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const OURS = "@ringkv/";
const names = readdirSync("packages");
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));

it("all packages are in the tables of the architecture", () => {
  expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(names.toSorted());
  expect(Object.keys(MAY_USE).toSorted()).toEqual(names.toSorted());
});

describe.each(names)("%s", (name) => {
  const folder = `packages/${name}`;
  const { dependencies = {} } = manifestOf(folder);
  const depends = Object.keys(dependencies);
  const thirdParty = depends.filter((it) => !it.startsWith(OURS));
  const sources = projectFiles(`${folder}/src`).filter(({ path }) => !path.endsWith(".test.ts"));
  const imported = new Set(sources.flatMap(({ text }) => importsOf(text)));
  const used = [...imported].filter((target) => !/^\.|^node:/.test(target));
  const isUsed = (dependency: string) =>
    used.some((target) => target === dependency || target.startsWith(`${dependency}/`));

  it("declares the third-party dependencies that it may use, and no others", () => {
    expect(thirdParty.toSorted()).toEqual([...(MAY_USE[name] ?? [])].toSorted());
  });

  it("declares only packages that it may import", () => {
    const ours = depends.filter((it) => it.startsWith(OURS)).map((it) => it.slice(OURS.length));
    expect(ours.filter((it) => !MAY_IMPORT[name]?.includes(it))).toEqual([]);
  });

  it("declares what it uses, and uses what it downloads", () => {
    expect(used.filter((it) => !depends.some((dep) => `${it}/`.startsWith(`${dep}/`)))).toEqual([]);
    expect(thirdParty.filter((dependency) => !isUsed(dependency))).toEqual([]);
  });

  it("gives a range for every dependency, so that npm keeps one copy of each", () => {
    for (const range of Object.values(dependencies)) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
  });

  it("has a DESIGN.md that names every dependency and numbers its decisions", () => {
    expect(existsSync(`${folder}/DESIGN.md`)).toBe(true);
    const design = readFileSync(`${folder}/DESIGN.md`, "utf8");
    for (const dependency of thirdParty) expect(design).toContain(dependency);
    expect(design).toMatch(/^## Decisions\n+1\. /m);
  });
});
