/**
 * Which Redis the nodes get: addresses that the user gave, else a server binary of this machine,
 * else the embedded stand-in, which keeps nothing.
 *
 * It looks and decides; it starts nothing that stays.
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { LauncherFailure } from "./failure.mjs";

/** `redis/redis.conf` uses directives that came with Redis 7; every Valkey has them. */
const REDIS_MAJOR_MIN = 7;

/**
 * @typedef {{kind: "external", urls: readonly string[]}
 *   | {kind: "server", file: string, version: string}
 *   | {kind: "embedded", because: string}} RedisChoice
 */

/**
 * @param {readonly string[]} redisUrls
 * @param {NodeJS.ProcessEnv} env
 * @returns {RedisChoice}
 */
export function chooseRedis(redisUrls, env) {
  if (redisUrls.length > 0) return { kind: "external", urls: redisUrls };

  const named = env["REDIS_SERVER_BIN"];
  if (named) {
    const { file, version, problem } = inspect(named, env);
    // Asked for by name: falling back to something that keeps nothing would be a nasty surprise.
    if (problem !== "") throw new LauncherFailure(`REDIS_SERVER_BIN: ${problem}`);
    return { kind: "server", file, version };
  }
  /** @type {string[]} */
  const problems = [];
  for (const name of ["redis-server", "valkey-server"]) {
    const { file, version, problem } = inspect(name, env);
    if (problem === "") return { kind: "server", file, version };
    problems.push(problem);
  }
  return { kind: "embedded", because: problems.join("; ") };
}

/**
 * The full path of a program, or the empty string. A name with a slash is taken as it is.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
export function findProgram(name, env) {
  const folders = name.includes("/") ? [""] : (env["PATH"] ?? "").split(path.delimiter);
  for (const folder of folders) {
    const file = path.resolve(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here: the next folder.
    }
  }
  return "";
}

/** @param {string} name @param {NodeJS.ProcessEnv} env */
function inspect(name, env) {
  const file = findProgram(name, env);
  if (file === "") return { file, version: "", problem: `${name} not found` };
  const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8", timeout: 5_000 });
  // "Redis server v=7.0.15 sha=…", "Valkey server v=8.1.1 sha=…"
  const [, major, rest = ""] = /\bv=(\d+)([\d.]*)/.exec(stdout ?? "") ?? [];
  if (major === undefined) return { file, version: "", problem: `${file} does not tell a version` };
  const version = major + rest;
  const tooOld = Number(major) < REDIS_MAJOR_MIN;
  const problem = tooOld ? `${file} is version ${version}, ${REDIS_MAJOR_MIN}.0 is needed` : "";
  return { file, version, problem };
}
