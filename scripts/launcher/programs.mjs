/**
 * The command line and the environment of every process of a cluster. It starts none of them.
 */

import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { membersOf, urlsOf } from "./places.mjs";
import { askNode, askRedis } from "./probes.mjs";
import { findProgram } from "./redis-choice.mjs";
import { ROOT } from "./root.mjs";

export { ROOT };

const HERE = fileURLToPath(new URL("./", import.meta.url));
/** Tests of the launcher put another program in its place: RINGKV_NODE_MAIN. */
const NODE_MAIN = path.join(ROOT, "packages/server/dist/main.js");
/** As in the Dockerfile; packages/server/DESIGN.md says why. */
const NODE_FLAGS = ["--max-semi-space-size=12"];
const REDIS_STOP_GRACE_MS = 10_000;
const DRAIN_TIMEOUT_MS = 10_000;
const STOP_MARGIN_MS = 5_000;

/** @typedef {import("./supervised.mjs").Program} Program */
/** @typedef {import("./redis-choice.mjs").RedisChoice} RedisChoice */
/** @typedef {import("./redis-access.mjs").RedisAccess} RedisAccess */

/** @typedef {import("./places.mjs").NodePlace} NodePlace */

/**
 * @typedef {object} Surroundings what all processes of a cluster share
 * @property {readonly NodePlace[]} places
 * @property {string} dataDirectory
 * @property {NodeJS.ProcessEnv} env
 * @property {RedisChoice} redis
 * @property {RedisAccess | null} access null: the Redis are not ours, or know no users
 * @property {Readonly<Record<string, string>>} [members] each node's `MEMBERS`, where it has one
 * @property {Readonly<Record<string, NodeJS.ProcessEnv>>} [own] settings of one node, by its name
 * @property {Readonly<Record<string, string>>} [redisSettings] instead of those in `redis.conf`
 */

/**
 * @param {NodePlace} place
 * @param {Surroundings} surroundings
 * @returns {Program}
 */
export function nodeProgram(place, { places, dataDirectory, env, access, members, own }) {
  const ownEnv = own?.[place.name] ?? {};
  const drainMs = Number(env["DRAIN_TIMEOUT_MS"] || DRAIN_TIMEOUT_MS);
  return {
    name: place.name,
    kind: "node",
    file: process.execPath,
    args: [...NODE_FLAGS, ownEnv["RINGKV_NODE_MAIN"] ?? env["RINGKV_NODE_MAIN"] ?? NODE_MAIN],
    cwd: dataDirectory, // Not the repository: a `.env` there was read once, by the launcher.
    env: {
      ...(places.length === 1 ? { REPLICA_COUNT: "1", WRITE_QUORUM: "1" } : {}),
      ...env,
      // One for all nodes: whoever leads takes the next one, and lets go of the oldest.
      SNAPSHOT_DIR: env["SNAPSHOT_DIR"] || snapshotsIn(dataDirectory),
      NODE_ID: place.name,
      MEMBERS_HTTP: urlsOf(places),
      MEMBERS: members?.[place.name] ?? membersOf(places),
      HTTP_PORT: String(place.httpPort),
      GRPC_PORT: String(place.grpcPort),
      PEER_HOST: "127.0.0.1",
      PEER_PORT: String(place.peerPort),
      ...ownEnv,
      // Of its own it may be told another way there, but not who it is.
      ...redisSettingsOf(ownEnv["REDIS_URL"] ?? place.redisUrl, { env, access }),
    },
    logFile: logFileOf(dataDirectory, place.name),
    ipc: true,
    stopGraceMs: (Number.isFinite(drainMs) ? drainMs : DRAIN_TIMEOUT_MS) + STOP_MARGIN_MS,
    ask: () => askNode(`${place.url}/livez`),
    where: place.url,
  };
}

/**
 * Where a node finds its Redis, and as whom: in the URLs, which every build understands.
 *
 * @param {string} address
 * @param {Pick<Surroundings, "env" | "access">} surroundings
 */
function redisSettingsOf(address, { env, access }) {
  if (access === null) return { REDIS_URL: address };
  return {
    REDIS_URL: access.recordsUrl(address),
    QUEUE_REDIS_URL: env["QUEUE_REDIS_URL"] || access.jobsUrl(address),
    // A `.env` may have these for containers.
    REDIS_PASSWORD: "",
    REDIS_PASSWORD_FILE: "",
  };
}

/**
 * @param {NodePlace} place
 * @param {Surroundings} surroundings
 * @returns {Program | null} null when the Redis is not ours to run
 */
export function redisProgram(place, { dataDirectory, env, redis, access, redisSettings }) {
  if (redis.kind === "external") return null;
  const name = place.redisName;
  const common = {
    name,
    kind: /** @type {const} */ ("redis"),
    cwd: dataDirectory,
    logFile: logFileOf(dataDirectory, name),
    stopGraceMs: REDIS_STOP_GRACE_MS,
    ask: () => askRedis(place.redisPort),
    where: place.redisUrl,
  };
  const port = String(place.redisPort);
  if (redis.kind === "embedded") {
    const args = [path.join(HERE, "embedded-redis.mjs"), port];
    return { ...common, file: process.execPath, args, env, ipc: true };
  }
  const settings = {
    ...redisSettings,
    port,
    bind: "127.0.0.1",
    dir: path.join(dataDirectory, name),
    daemonize: "no",
    ...(access && { aclfile: access.aclFile(name) }),
  };
  const [file = redis.file, ...args] = [
    ...deathSignal(env),
    redis.file,
    path.join(ROOT, "redis/redis.conf"),
    ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
  ];
  // Versions are compared as strings in Lua, which follows LC_COLLATE.
  return { ...common, file, args, env: { ...env, LC_ALL: "C" }, ipc: false };
}

/**
 * Where a cluster keeps its scheduled snapshots, unless SNAPSHOT_DIR says otherwise.
 *
 * @param {string} dataDirectory
 */
export function snapshotsIn(dataDirectory) {
  return path.join(dataDirectory, "snapshots");
}

/** @param {string} dataDirectory @param {string} name */
export function logFileOf(dataDirectory, name) {
  return path.join(dataDirectory, "log", `${name}.log`);
}

/**
 * Lets the kernel end a process whose launcher was killed, where that can be had (util-linux).
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function deathSignal(env) {
  const setpriv = process.platform === "linux" ? findProgram("setpriv", env) : "";
  if (setpriv === "") return [];
  const prefix = [setpriv, "--pdeathsig", "TERM"];
  // BusyBox has a setpriv too, which knows no --pdeathsig.
  const works = spawnSync(setpriv, [...prefix.slice(1), process.execPath, "--version"]);
  return works.status === 0 ? prefix : [];
}
