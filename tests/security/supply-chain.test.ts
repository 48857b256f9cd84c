/**
 * Cases 58, 67, 68 and 69 as far as the files of this repository decide them. What containers
 * are allowed is asked of the engine by tests/compose, licences by tests/style/bill.test.ts.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../scripts/launcher/root.mjs";
import { reachedFrom, SHIPPED } from "../../scripts/sbom/bill.mjs";

const textOf = (name: string) => readFileSync(path.join(ROOT, name), "utf8");
const dockerfile = textOf("Dockerfile");
const composeFiles = ["docker-compose.yml", "docker-compose.secure.yml"];

/** Each of these would build something native or tell its maker; none needs to. */
const NOT_RUN = ["@scarf/scarf", "msgpackr-extract", "protobufjs"];

interface Locked {
  readonly version?: string;
  readonly hasInstallScript?: boolean;
}

const packages: Readonly<Record<string, Locked>> = JSON.parse(textOf("package-lock.json")).packages;
const shipped = reachedFrom(packages as never, SHIPPED);
const scripted = Object.keys(packages).filter((at) => packages[at]?.hasInstallScript);

/** The blocks of a compose file that are a Redis, by their indentation. */
function redisBlocks(text: string): string[] {
  return text.split(/^(?=x-|services:| {2}\w+:$)/m).filter((it) => /^( {2}|x-)redis/.test(it));
}

it.each(composeFiles)("58: %s publishes no port of a Redis", (file) => {
  const blocks = redisBlocks(textOf(file));
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(block).not.toMatch(/ports:|network_mode/);
});

it("58, without the guard: a published port would be found", () => {
  const published = "services:\n  redis1:\n    image: redis\n    ports: [6379]\n";
  expect(redisBlocks(published).join("")).toContain("ports:");
});

it("67: no package that is shipped runs a script when it is installed", () => {
  const names = scripted.filter((at) => shipped.has(at)).map((at) => at.split("node_modules/")[1]);
  expect(names.filter((name) => !NOT_RUN.includes(name ?? ""))).toEqual([]);
  const installs = dockerfile.match(/npm (ci|install|i)\b.*/g) ?? [];
  expect(installs).toHaveLength(2);
  for (const install of installs) expect(install).toMatch(/^npm ci --ignore-scripts /);
});

it("67, without the guard: some of the packages would", () => {
  expect(scripted.length).toBeGreaterThan(NOT_RUN.length);
});

it.each([
  { name: "nodemailer", from: [9, 1, 1] },
  { name: "@grpc/grpc-js", from: [1, 10, 9] },
])("67: $name is new enough to be without what is known of it", ({ name, from }) => {
  const version = packages[`node_modules/${name}`]?.version ?? "0";
  const parts = version.split(".").map(Number);
  const at = from.findIndex((part, index) => part !== parts[index]);
  expect(at === -1 || (parts[at] ?? 0) > (from[at] ?? 0)).toBe(true);
});

/** Whether a program runs that looks at a prototype by the old name. */
function reachesPrototype(flags: readonly string[]): boolean {
  const program = "({}).__proto__.x = 1; process.exit(({}).x === 1 ? 0 : 1);";
  const { status } = spawnSync(process.execPath, [...flags, "-e", program], { stdio: "ignore" });
  return status === 0;
}

it("68: a node in a container has no __proto__ to reach a prototype by", () => {
  const [, command = "[]"] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const [program, ...words] = JSON.parse(command) as string[];
  expect(program).toBe("node");
  expect(reachesPrototype(words.filter((word) => word.startsWith("--disable-proto")))).toBe(false);
  expect(reachesPrototype([])).toBe(true);
});

it("69: the images are of a Node.js that is cared for, and of a Redis that is", () => {
  const bases = [...dockerfile.matchAll(/^FROM node:(\d+)-bookworm-slim/gm)];
  expect(bases).toHaveLength(dockerfile.match(/^FROM /gm)?.length ?? 0);
  for (const [, major] of bases) expect(Number(major)).toBeGreaterThanOrEqual(22);
  const images = [...textOf("docker-compose.yml").matchAll(/image: redis:(\S+)/g)];
  expect(images.map(([, tag]) => tag)).toEqual(["7-bookworm"]);
});
