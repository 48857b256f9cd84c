/**
 * The systems under load, each with the durability that is asked for: ours, and those of others
 * where they are installed. Those that are not are named, so that a table can say so.
 *
 * webdis and the bare Redis run on our redis.conf, so that a disk is waited for in the same way.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startCluster } from "../launcher/cluster.mjs";
import { freePorts } from "../launcher/ports.mjs";
import { askNode, askRedis } from "../launcher/probes.mjs";
import { ROOT } from "../launcher/programs.mjs";
import { chooseRedis, findProgram } from "../launcher/redis-choice.mjs";
import { BenchFailure } from "./failure.mjs";
import { startRival } from "./rival.mjs";

/** @typedef {import("./cells.mjs").SystemName} SystemName */
/** @typedef {{durability: import("./cells.mjs").Durability, nodes: number}} Ground */

/**
 * @typedef {object} System
 * @property {SystemName} name
 * @property {readonly number[]} ports where requests go, in turn
 * @property {() => import("./processor-time.mjs").ProcessIds} processes
 * @property {() => Promise<void>} close
 */

/** What each system needs to be there. @type {Readonly<Record<SystemName, readonly string[]>>} */
const PROGRAMS = {
  ringkv: [],
  webdis: ["webdis"],
  etcd: ["etcd"],
  redis: ["redis-benchmark"],
  bare: [],
};
const ETCD_NODES = 3;
const BARE_NODES = 3;
const BARE_NODE = fileURLToPath(new URL("./bare-node.mjs", import.meta.url));
/** As many as this needs to use two cores, each with connections enough for its requests. */
const WEBDIS_THREADS = 4;
const WEBDIS_POOL = 20;
/** Rewriting 64 KiB values for seconds fills the 2 GiB that etcd takes by itself. */
const ETCD_QUOTA_BYTES = 8 * 1024 ** 3;

/** @param {SystemName} name */
export function isInstalled(name) {
  return PROGRAMS[name].every((program) => findProgram(program, process.env) !== "");
}

/**
 * @param {SystemName} name
 * @param {Ground} ground
 * @param {AbortSignal} signal
 * @returns {Promise<System>}
 */
export function openSystem(name, ground, signal) {
  if (name === "ringkv") return openRingkv(ground, { signal });
  return withDirectory(name, (directory) => OPENERS[name](directory, ground));
}

/**
 * @typedef {object} RingkvOptions
 * @property {AbortSignal} signal
 * @property {NodeJS.ProcessEnv} [settings]
 */

/** @typedef {import("../launcher/cluster.mjs").Cluster} Cluster */
/** @typedef {System & {cluster: Cluster, directory: string}} Ringkv */

/**
 * Our cluster on production's settings.
 *
 * @param {Ground} ground
 * @param {RingkvOptions} options
 * @returns {Promise<Ringkv>}
 */
export function openRingkv({ durability, nodes }, { signal, settings = {} }) {
  return withDirectory("ringkv", async (directory) => {
    const cluster = await startCluster({
      dataDirectory: directory,
      nodes,
      env: { NODE_ENV: "production", ALLOW_ANONYMOUS: "true", ...settings },
      redis: aRedis(),
      redisSettings: { appendfsync: durability },
      quiet: true,
      signal,
    });
    const pidsOf = (/** @type {RegExp} */ pattern) =>
      cluster.names.filter((name) => pattern.test(name)).map((name) => cluster.pid(name) ?? 0);
    return {
      name: /** @type {const} */ ("ringkv"),
      cluster,
      directory,
      ports: cluster.nodes.map(({ httpPort }) => httpPort),
      processes: () => ({ node: pidsOf(/^node/), redis: pidsOf(/^redis/) }),
      close: () => cluster.stopAll(),
    };
  });
}

/** @typedef {(directory: string, ground: Ground) => Promise<System>} Opener */

/** @type {Record<Exclude<SystemName, "ringkv">, Opener>} */
const OPENERS = {
  webdis: async (directory, ground) => {
    const [redisPort = 0, httpPort = 0] = await freePorts(2);
    const redis = await startRedis(directory, { port: redisPort, ground });
    const configFile = path.join(directory, "webdis.json");
    const config = {
      redis_host: "127.0.0.1",
      redis_port: redisPort,
      http_host: "127.0.0.1",
      http_port: httpPort,
      threads: WEBDIS_THREADS,
      pool_size: WEBDIS_POOL,
      daemonize: false,
      database: 0,
      verbosity: 1,
      logfile: path.join(directory, "webdis-own.log"),
    };
    writeFileSync(configFile, JSON.stringify(config));
    const webdis = await startRival(path.join(directory, "webdis"), {
      name: "webdis",
      file: findProgram("webdis", process.env),
      args: [configFile],
      ask: () => askNode(`http://127.0.0.1:${httpPort}/PING`),
    }).catch(stopping(redis));
    return {
      name: "webdis",
      ports: [httpPort],
      processes: () => ({ webdis: [webdis.pid], redis: [redis.pid] }),
      close: async () => {
        await webdis.stop();
        await redis.stop();
      },
    };
  },
  etcd: async (directory) => {
    const ports = await freePorts(2 * ETCD_NODES);
    const client = ports.slice(0, ETCD_NODES);
    const members = ports.slice(ETCD_NODES).map((port, index) => ({ name: `etcd${index}`, port }));
    const cluster = members.map(({ name, port }) => `${name}=http://127.0.0.1:${port}`).join(",");
    const starts = members.map(({ name, port }, index) => {
      const url = `http://127.0.0.1:${client[index]}`;
      return startRival(path.join(directory, name), {
        name,
        file: findProgram("etcd", process.env),
        args: Object.entries({
          name,
          "data-dir": "data",
          "listen-client-urls": url,
          "advertise-client-urls": url,
          "listen-peer-urls": `http://127.0.0.1:${port}`,
          "initial-advertise-peer-urls": `http://127.0.0.1:${port}`,
          "initial-cluster": cluster,
          "quota-backend-bytes": ETCD_QUOTA_BYTES,
          "log-level": "error",
          logger: "zap",
        }).map(([key, value]) => `--${key}=${value}`),
        ask: () => askNode(`${url}/health`),
      });
    });
    const rivals = await allOrNone(starts);
    return {
      name: "etcd",
      ports: client,
      processes: () => ({ etcd: rivals.map(({ pid }) => pid) }),
      close: async () => void (await Promise.all(rivals.map((rival) => rival.stop()))),
    };
  },
  bare: async (directory) => {
    const ports = await freePorts(BARE_NODES);
    const starts = ports.map((port) =>
      startRival(path.join(directory, `bare-${port}`), {
        name: "bare",
        file: process.execPath,
        args: [BARE_NODE, String(port)],
        ask: () => askNode(`http://127.0.0.1:${port}/`),
      }),
    );
    const rivals = await allOrNone(starts);
    return {
      name: "bare",
      ports,
      processes: () => ({ node: rivals.map(({ pid }) => pid) }),
      close: async () => void (await Promise.all(rivals.map((rival) => rival.stop()))),
    };
  },
  redis: async (directory, ground) => {
    const [port = 0] = await freePorts(1);
    const redis = await startRedis(directory, { port, ground });
    return {
      name: "redis",
      ports: [port],
      processes: () => ({ redis: [redis.pid] }),
      close: () => redis.stop(),
    };
  },
};

/** @param {readonly Promise<import("./rival.mjs").Rival>[]} starts */
async function allOrNone(starts) {
  const outcomes = await Promise.allSettled(starts);
  const rivals = outcomes.flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    await Promise.all(rivals.map((rival) => rival.stop()));
    throw outcome.reason;
  }
  return rivals;
}

/** @param {string} directory @param {{port: number, ground: Ground}} options */
function startRedis(directory, { port, ground }) {
  const settings = { port, bind: "127.0.0.1", dir: ".", appendfsync: ground.durability };
  return startRival(path.join(directory, "redis"), {
    name: "redis",
    file: aRedis().file,
    args: [
      path.join(ROOT, "redis/redis.conf"),
      ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
    ],
    ask: () => askRedis(port),
  });
}

function aRedis() {
  const redis = chooseRedis([], process.env);
  if (redis.kind !== "server")
    throw new BenchFailure("a redis-server or valkey-server is needed: the stand-in is no measure");
  return redis;
}

/** @param {{stop: () => Promise<void>}} rival @returns {(thrown: unknown) => Promise<never>} */
function stopping(rival) {
  return async (thrown) => {
    await rival.stop();
    throw thrown;
  };
}

/**
 * A system in a temporary directory that goes when it is closed, or could not be opened.
 *
 * @template {System} S
 * @param {string} name
 * @param {(directory: string) => Promise<S>} open
 * @returns {Promise<S>}
 */
async function withDirectory(name, open) {
  const directory = mkdtempSync(path.join(tmpdir(), `ringkv-bench-${name}-`));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const system = await open(directory);
    const close = async () => {
      await system.close();
      remove();
    };
    return { ...system, close };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}
