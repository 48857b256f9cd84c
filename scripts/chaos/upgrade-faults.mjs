/**
 * Two builds in one ring: an older one is upgraded node by node under load, and one that speaks
 * another peer protocol is refused. Both builds are made from this repository.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { ROOT } from "../launcher/programs.mjs";
import { findProgram } from "../launcher/redis-choice.mjs";
import { ChaosFailure } from "./failure.mjs";
import { ALIVE, PLAIN } from "./fault.mjs";
import { untilWhole } from "./settle.mjs";

/** @typedef {import("./stage.mjs").Stage} Stage */

const MAIN = "packages/server/dist/main.js";
const PROTOCOL_FILE = "packages/peers-resp/src/identity.ts";
const PROTOCOL = /PROTOCOL = "(\d+)"/;
/** So many commits of ours back, at most, lies the build before. */
const COMMITS_BACK = 25;
const WHOLE_WITHIN_MS = 60_000;
const never = new AbortController().signal;

export const UPGRADE_FAULTS = /** @satisfies {Record<string, import("./fault.mjs").Fault>} */ ({
  upgrade: {
    ...ALIVE,
    row: 19,
    says: "nodes of an older build replaced by this one, one after the other",
    strikes: "everything",
    isOnce: true,
    isGraceful: false, // The older build is the one that leaves.
    lastsMs: [2_000, 2_000],
    needs: () => (previousCommit() === "" ? "no git history with an older build" : ""),
    ground: {
      links: [],
      own: (folder, node) => ({ RINGKV_NODE_MAIN: mainOf(folder, node) }),
      prepare: (folder, nodes) => {
        const build = buildOf(previousCommit(), folder);
        for (const node of nodes) pointTo(mainOf(folder, node), path.join(build, MAIN));
        return () => {};
      },
    },
    begin: async (stage) => {
      for (const node of stage.nodes) {
        await stage.cluster.stop(node);
        pointTo(mainOf(stage.folder, node), path.join(ROOT, MAIN));
        await stage.cluster.start(node);
        const patience = { withinMs: WHOLE_WITHIN_MS, signal: never };
        if (!(await untilWhole(stage, patience))) throw new ChaosFailure("two builds do not mix");
      }
      return `from ${previousCommit().slice(0, 7)}, node by node`;
    },
    end: async () => {},
  },
  "other-protocol": {
    ...PLAIN,
    row: 19,
    says: "a node whose build speaks another peer protocol: refused, and the log says so",
    isOnce: true,
    ground: {
      links: [],
      own: (folder, node) => ({ RINGKV_NODE_MAIN: mainOf(folder, node) }),
      prepare: (folder, nodes) => {
        for (const node of nodes) pointTo(mainOf(folder, node), path.join(ROOT, MAIN));
        return () => {};
      },
    },
    begin: async (stage, victim) => {
      await stage.cluster.stop(victim);
      const other = otherProtocol(stage.folder);
      pointTo(mainOf(stage.folder, victim), path.join(other, MAIN));
      await stage.cluster.start(victim);
      return "started with another peer protocol";
    },
    end: async (stage, victim) => {
      const { status } = await stage.door(victim).ask("GET", "/readyz", { timeoutMs: 1_000 });
      if (status === 200) throw new ChaosFailure("ready with another peer protocol");
      const others = stage.nodes.filter((node) => node !== victim);
      for (const node of [victim, ...others]) demandRefusal(stage, node);
      await stage.cluster.stop(victim);
      pointTo(mainOf(stage.folder, victim), path.join(ROOT, MAIN));
      await stage.cluster.start(victim);
      return "never ready; all three logs name the protocol";
    },
  },
});

/** @param {Stage} stage @param {string} node */
function demandRefusal(stage, node) {
  const log = readFileSync(stage.cluster.logFile(node), "utf8");
  if (!/PROTOCOL|protocol version/.test(log))
    throw new ChaosFailure(`${node}'s log does not name the other protocol`);
}

/** What the launcher starts: a link, which can be pointed to another build meanwhile. */
function mainOf(/** @type {string} */ folder, /** @type {string} */ node) {
  return path.join(folder, `${node}-main.mjs`);
}

/** @param {string} link @param {string} file */
function pointTo(link, file) {
  rmSync(link, { force: true });
  symlinkSync(file, link);
}

/** The oldest of the last commits that speaks our peer protocol; nothing: there is none. */
function previousCommit() {
  if (findProgram("git", process.env) === "" || !existsSync(path.join(ROOT, ".git"))) return "";
  const list = output("git", ["rev-list", `--max-count=${COMMITS_BACK}`, "HEAD", "--", "packages"]);
  const [, ...older] = list.split("\n").filter(Boolean);
  const ours = PROTOCOL.exec(readFileSync(path.join(ROOT, PROTOCOL_FILE), "utf8"))?.[1];
  const isOurs = (/** @type {string} */ commit) =>
    PROTOCOL.exec(output("git", ["show", `${commit}:${PROTOCOL_FILE}`]))?.[1] === ours;
  return older.toReversed().find(isOurs) ?? "";
}

/** Sources from git, packages of others from here. @param {string} commit @param {string} folder */
function buildOf(commit, folder) {
  const build = path.join(folder, "previous");
  mkdirSync(build);
  const archive = path.join(folder, "previous.tar");
  const wanted = ["packages", "package.json", "tsconfig.json", "tsconfig.base.json"];
  output("git", ["archive", "-o", archive, commit, ...wanted]);
  output("tar", ["-xf", archive, "-C", build]);
  linkModules(build);
  const compiler = path.join(ROOT, "node_modules/typescript/bin/tsc");
  output(process.execPath, [compiler, "-b", "packages/server"], build);
  return build;
}

/** This build, but for the number. @param {string} folder */
function otherProtocol(folder) {
  const build = path.join(folder, "other-protocol");
  for (const name of readdirSync(path.join(ROOT, "packages"))) {
    const from = path.join(ROOT, "packages", name);
    for (const part of readdirSync(from).filter((it) => it !== "src"))
      cpSync(path.join(from, part), path.join(build, "packages", name, part), { recursive: true });
  }
  linkModules(build);
  const file = path.join(build, PROTOCOL_FILE.replace("src", "dist").replace(".ts", ".js"));
  const text = readFileSync(file, "utf8");
  writeFileSync(
    file,
    text.replace(PROTOCOL, (_, ours) => `PROTOCOL = "${Number(ours) + 1}"`),
  );
  return build;
}

/** Our own packages are those of the build; all others are the ones installed here. */
function linkModules(/** @type {string} */ build) {
  const [from, to] = [path.join(ROOT, "node_modules"), path.join(build, "node_modules")];
  mkdirSync(path.join(to, "@ringkv"), { recursive: true });
  for (const name of readdirSync(from).filter((it) => it !== "@ringkv"))
    symlinkSync(path.join(from, name), path.join(to, name));
  for (const name of readdirSync(path.join(build, "packages")))
    symlinkSync(path.join(build, "packages", name), path.join(to, "@ringkv", name));
  for (const name of readdirSync(path.join(ROOT, "packages"))) {
    const nested = path.join(ROOT, "packages", name, "node_modules");
    const place = path.join(build, "packages", name);
    if (existsSync(nested) && existsSync(place) && !existsSync(path.join(place, "node_modules")))
      symlinkSync(nested, path.join(place, "node_modules"));
  }
}

/** @param {string} file @param {readonly string[]} args @param {string} [cwd] */
function output(file, args, cwd = ROOT) {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new ChaosFailure(`${file} ${args.join(" ")}: ${stderr}${stdout}`);
  return stdout;
}
