/**
 * A fresh cluster for one fault: three nodes and three Redis through the launcher, on free ports
 * and in a temporary directory, and a door to each node. It is removed at the end.
 *
 * Settings are those of production unless a test says otherwise: how soon a node is missed is part
 * of what is shown.
 */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCluster } from "../launcher/cluster.mjs";
import { anyFreePorts } from "../launcher/places.mjs";
import { chooseRedis } from "../launcher/redis-choice.mjs";
import { Door } from "./door.mjs";
import { ChaosFailure } from "./failure.mjs";
import { Network, openNetwork } from "./network.mjs";

/** @typedef {import("../launcher/cluster.mjs").Cluster} Cluster */
/** @typedef {{replicas: number, reads: number}} Quorums */

/**
 * @typedef {object} StageOptions
 * @property {boolean} isNetwork
 * @property {NodeJS.ProcessEnv} settings
 * @property {AbortSignal} signal
 */

const NO_REDIS = "a redis-server or valkey-server is needed: the stand-in keeps nothing";
const NODES = ["node1", "node2", "node3"];

/** @param {StageOptions} options @returns {Promise<Stage>} */
export async function openStage({ isNetwork, settings, signal }) {
  const env = { ALLOW_ANONYMOUS: "true", ...settings, NODE_ENV: "production" };
  const redis = chooseRedis([], { ...process.env, ...env });
  if (redis.kind !== "server") throw new ChaosFailure(NO_REDIS);
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-chaos-"));
  const ports = await anyFreePorts(NODES.length);
  const peerPorts = new Map(NODES.map((name, index) => [name, ports.peer[index] ?? 0]));
  const network = isNetwork ? await openNetwork(peerPorts) : new Network(peerPorts, []);
  const clear = () => {
    network.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
  try {
    const { members } = network;
    const options = { dataDirectory, ports, env, redis, members, quiet: true, signal };
    const cluster = await startCluster(options);
    const quorums = quorumsIn({ ...process.env, ...env });
    return new Stage({ cluster, network, quorums, dataDirectory, clear });
  } catch (thrown) {
    clear();
    throw thrown;
  }
}

export class Stage {
  /** @type {Cluster} */
  cluster;
  /** @type {Network} */
  network;
  /** @type {Quorums} */
  quorums;
  /** @type {ReadonlyMap<string, Door>} */
  doors;
  #dataDirectory;
  #clear;

  /**
   * @param {object} parts
   * @param {Cluster} parts.cluster
   * @param {Network} parts.network
   * @param {Quorums} parts.quorums
   * @param {string} parts.dataDirectory
   * @param {() => void} parts.clear
   */
  constructor({ cluster, network, quorums, dataDirectory, clear }) {
    this.cluster = cluster;
    this.network = network;
    this.quorums = quorums;
    this.doors = new Map(cluster.nodes.map(({ name, url }) => [name, new Door(url)]));
    this.#dataDirectory = dataDirectory;
    this.#clear = clear;
  }

  get nodes() {
    return [...this.doors.keys()];
  }

  /** @param {string} node */
  door(node) {
    const door = this.doors.get(node);
    if (door === undefined) throw new RangeError(`no such node: ${node}`);
    return door;
  }

  /** As if the disk had been replaced. Its Redis must not run. @param {string} node */
  wipe(node) {
    const folder = path.join(this.#dataDirectory, redisOf(node));
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true });
  }

  async close() {
    for (const door of this.doors.values()) door.close();
    await this.cluster.stopAll();
    this.#clear();
  }
}

/**
 * N, and the R of a read that asks for none: whoever sets them otherwise sees other promises kept.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Quorums}
 */
function quorumsIn({ REPLICA_COUNT, READ_QUORUM }) {
  return { replicas: Number(REPLICA_COUNT || 2), reads: Number(READ_QUORUM || 1) };
}

/** @param {string} node */
export function redisOf(node) {
  return node.replace("node", "redis");
}
