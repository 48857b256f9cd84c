/**
 * `redis/users.acl` gives the records' user what store-redis uses, and nothing else: read from the
 * scripts and the sources, so that neither list can grow without the other.
 */

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../scripts/launcher/root.mjs";

const STORE = path.join(ROOT, "packages/store-redis");

/** What the client itself sends on a connection: its ready check, and the database. */
const OF_THE_CLIENT = ["info", "select"];

function textsIn(folder: string, ending: RegExp): string[] {
  const files = readdirSync(folder).filter((file) => ending.test(file) && !/\.test\./.test(file));
  return files.map((file) => readFileSync(path.join(folder, file), "utf8"));
}

function commandsIn(texts: readonly string[], pattern: RegExp): string[] {
  const found = texts.flatMap((text) => [...text.matchAll(pattern)]);
  return found.map(([, name = "", sub]) => [name, sub].filter(Boolean).join("|").toLowerCase());
}

function rulesOf(user: string): string[] {
  const lines = readFileSync(path.join(ROOT, "redis/users.acl"), "utf8").split("\n");
  return lines.find((line) => line.startsWith(`user ${user} `))?.split(" ") ?? [];
}

const granted = (user: string) =>
  rulesOf(user).flatMap((rule) => (rule.startsWith("+") ? [rule.slice(1)] : []));

it("grants the records' user every command that the code uses, and no other", () => {
  const scripts = textsIn(path.join(STORE, "lua"), /\.lua$/);
  const sources = textsIn(path.join(STORE, "src"), /\.ts$/);
  const used = new Set([
    ...OF_THE_CLIENT,
    ...commandsIn(scripts, /\bcall\(\s*"(\w+)"/g),
    ...commandsIn(sources, /callBuffer\("(\w+)"/g),
    ...commandsIn(sources, /(?:\.call|#ifAllowed)\("(?!config")(\w+)"/g),
    ...commandsIn(sources, /#ifAllowed\("(config)", "(\w+)"/g),
  ]);
  // Of a command that is chosen in the code, both names stand there.
  expect(granted("ringkv").toSorted()).toEqual([...used].toSorted());
});

it("grants the records' user only the keys of store-redis, and the jobs' user none of them", () => {
  const keysOf = (user: string) => rulesOf(user).filter((rule) => rule.startsWith("~"));
  expect(keysOf("ringkv").toSorted()).toEqual([
    "~digest",
    "~keys",
    "~meta",
    "~node_status:*",
    "~outbox",
    "~p:*",
    "~purgeable",
  ]);
  expect(keysOf("ringkv-queue")).toEqual(["~ringkv-*"]);
});

it("grants whoever gives no password nothing", () => {
  // Its rights are those of the log's replay: see the file.
  const rules = ["reset", "off", "allkeys", "allchannels", "allcommands"];
  expect(rulesOf("default")).toEqual(["user", "default", ...rules]);
  expect(rulesOf("health")).toEqual(["user", "health", "reset", "on", "nopass", "+ping"]);
});

it.each(["ringkv", "ringkv-queue"])(
  "takes %s every channel and every rule by its reset",
  (user) => {
    expect(rulesOf(user).slice(2, 4)).toEqual(["reset", "on"]);
    expect(rulesOf(user).join(" ")).not.toMatch(/allcommands|allkeys|allchannels|\+@all|nopass|&/);
  },
);
