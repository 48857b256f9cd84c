/** Where it was measured: without it, a figure means nothing. */

import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { findProgram } from "../launcher/redis-choice.mjs";

/** @type {Readonly<Record<string, {args: string[], pattern: RegExp}>>} */
const PROGRAMS = {
  "redis-server": { args: ["--version"], pattern: /v=([\d.]+)/ },
  etcd: { args: ["--version"], pattern: /etcd Version: ([\d.]+)/ },
  wrk: { args: ["--version"], pattern: /wrk (?:debian\/)?([\d.]+)/ },
  // Asked for its version, it starts instead: Debian's books know.
  webdis: { args: [], pattern: /\t([\d.]+)/ },
};

/** @returns {Record<string, string>} */
export function machine() {
  const versions = Object.entries(PROGRAMS).map(([name, { args, pattern }]) => {
    if (findProgram(name, process.env) === "") return [name, "not installed"];
    const asked =
      args.length === 0
        ? spawnSync("dpkg-query", ["--show", name], { encoding: "utf8" })
        : spawnSync(name, args, { encoding: "utf8", timeout: 5_000 });
    const said = `${asked.stdout ?? ""}${asked.stderr ?? ""}`;
    return [name, pattern.exec(said)?.[1] ?? "unknown"];
  });
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    .../** @type {Record<string, string>} */ (Object.fromEntries(versions)),
  };
}
