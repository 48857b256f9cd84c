/** What a stranger reads first is short, there, and true on any machine. */

import { existsSync, readFileSync } from "node:fs";
import { type ProjectFile, projectFiles } from "./project-files.js";

const README_LINES_MAX = 120;

/** Somebody's home. The node user's, in the image, is everybody's. */
const HOME = /(?<![\w.$}])\/(?:root|Users|home\/(?!node\b)\w+)\/[\w.-]/;

/** Folders that exist on one machine only: homes, and wherever this checkout lies. */
function machinePathsIn({ path, text }: ProjectFile): string[] {
  const isOdd = (line: string) => HOME.test(line) || line.includes(`${process.cwd()}/`);
  const lines = text.split("\n");
  return lines.flatMap((line, index) => (isOdd(line) ? [`${path}:${index + 1}`] : []));
}

it("no file names a folder of one machine", () => {
  expect(projectFiles().flatMap(machinePathsIn)).toEqual([]);
});

it.each([
  { folders: [process.cwd(), "x"], found: 1 },
  { folders: ["", "root", "x"], found: 1 },
  { folders: ["", "home", "ada", "ringkv"], found: 1 },
  { folders: ["", "home", "node", "app"], found: 0 },
  { folders: ["", "data", "redis"], found: 0 },
  { folders: ["packages", "root", "x"], found: 0 },
])("a planted $folders gives $found complaints", ({ folders, found }) => {
  expect(machinePathsIn({ path: "x", text: `cd ${folders.join("/")}` })).toHaveLength(found);
});

it("the lock file names no host", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toMatch(/"resolved": "https?:/);
});

it(`README.md has at most ${README_LINES_MAX} lines`, () => {
  expect(existsSync("README.md")).toBe(true);
  const lines = readFileSync("README.md", "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(README_LINES_MAX);
});

it(".env.example gives every setting a line, and nothing else but comments", () => {
  expect(existsSync(".env.example")).toBe(true);
  const lines = readFileSync(".env.example", "utf8").trimEnd().split("\n");
  const odd = lines.filter((line) => !/^$|^#|^[A-Z][A-Z0-9_]*=\S*$/.test(line));
  expect(odd).toEqual([]);
});
