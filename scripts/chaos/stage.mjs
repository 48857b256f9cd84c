/**
 * A fresh cluster for one fault: three nodes and three Redis through the launcher, on free ports
 * and in a temporary directory, and a door to each node. It is removed at the end.
 *
 * Settings are those of production unless a test or a fault says otherwise: how soon a node is
 * missed is part of what is shown.
 */

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCluster } from "../launcher/cluster.mjs";
import { anyFreePorts } from "../launcher/places.mjs";
import { chooseRedis } from "../launcher/redis-choice.mjs";
import { Door } from "./door.mjs";
import { ChaosFailure } from "./failure.mjs";
import { Network, openNetwork } from "./network.mjs";
import { PeerProxy } from "./peer-proxy.mjs";
import { Repeating } from "./repeating.mjs";

/** @typedef {import("../launcher/cluster.mjs").Cluster} Cluster */
/** @typedef {import("../launcher/places.mjs").Ports} Ports */
/** @typedef {{replicas: number, reads: number}} Quorums */
/** Between the nodes, between clients and a node, between a node and its Redis. */
/** @typedef {"peers" | "clients" | "redis"} Links */

/**
 * @typedef {object} Ground what a fault needs to find there
 * @property {readonly Links[]} links that must go through our proxies
 * @property {Readonly<Record<string, string>>} [env] settings of all nodes
 * @property {Readonly<Record<string, string>>} [redisSettings]
 * @property {(folder: string, node: string) => Readonly<Record<string, string>>} [own] settings of
 *   one node
 * @property {(folder: string, nodes: readonly string[]) => () => void} [prepare] before anything
 *   starts; what it gives back is called at the end
 */

/**
 * @typedef {object} StageOptions
 * @property {Ground} ground
 * @property {NodeJS.ProcessEnv} settings
 * @property {AbortSignal} signal
 */

const NO_REDIS = "a redis-server or valkey-server is needed: the stand-in keeps nothing";
const NODES = ["node1", "node2", "node3"];

/** @param {StageOptions} options @returns {Promise<Stage>} */
export async function openStage({ ground, settings, signal }) {
  const { links, own, redisSettings, prepare } = ground;
  const env = { ALLOW_ANONYMOUS: "true", ...ground.env, ...settings, NODE_ENV: "production" };
  const redis = chooseRedis([], { ...process.env, ...env });
  if (redis.kind !== "server") throw new ChaosFailure(NO_REDIS);
  const folder = mkdtempSync(path.join(tmpdir(), "ringkv-chaos-"));
  const ports = await anyFreePorts(NODES.length);
  const between = await openProxies(links, ports);
  let undo = () => {};
  const clear = () => {
    between.close();
    undo();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const node of NODES) mkdirSync(path.join(folder, redisOf(node)));
    undo = prepare?.(folder, NODES) ?? undo;
    /** @type {Record<string, NodeJS.ProcessEnv>} */
    const ofEach = {};
    for (const node of NODES) ofEach[node] = { ...between.own(node), ...own?.(folder, node) };
    const cluster = await startCluster({
      dataDirectory: folder,
      ports,
      env,
      own: ofEach,
      redis,
      redisSettings: redisSettings ?? {},
      members: between.network.members,
      quiet: true,
      signal,
    });
    const quorums = quorumsIn({ ...process.env, ...env });
    return new Stage({ cluster, between, quorums, folder, clear });
  } catch (thrown) {
    clear();
    throw thrown;
  }
}

/** @param {readonly Links[]} links @param {Ports} ports */
async function openProxies(links, ports) {
  const portsOf = (/** @type {number[]} */ list) =>
    new Map(NODES.map((name, index) => [name, list[index] ?? 0]));
  const peers = portsOf(ports.peer);
  const network = links.includes("peers") ? await openNetwork(peers) : new Network(peers, []);
  const clients = links.includes("clients") ? await openFronts(portsOf(ports.http)) : new Map();
  const redis = links.includes("redis") ? await openFronts(portsOf(ports.redis)) : new Map();
  return new Between(network, clients, redis);
}

/** @param {ReadonlyMap<string, number>} ports */
async function openFronts(ports) {
  /** @type {Map<string, {proxy: PeerProxy, port: number}>} */
  const fronts = new Map();
  for (const [node, port] of ports) {
    const proxy = new PeerProxy(port);
    fronts.set(node, { proxy, port: await proxy.open() });
  }
  return fronts;
}

/** @typedef {ReadonlyMap<string, {proxy: PeerProxy, port: number}>} Fronts */

/** What stands between the parts of the stage. */
class Between {
  network;
  clients;
  redis;

  /** @param {Network} network @param {Fronts} clients @param {Fronts} redis */
  constructor(network, clients, redis) {
    this.network = network;
    this.clients = clients;
    this.redis = redis;
  }

  /** @param {string} node @returns {Record<string, string>} */
  own(node) {
    const front = this.redis.get(node);
    if (front === undefined) return {};
    const address = `127.0.0.1:${front.port}`;
    return {
      REDIS_URL: `redis://ringkv@${address}`,
      QUEUE_REDIS_URL: `redis://ringkv-queue@${address}/1`,
    };
  }

  close() {
    this.network.close();
    for (const { proxy } of [...this.clients.values(), ...this.redis.values()]) proxy.close();
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
  /** What a fault does again and again. */
  repeating = new Repeating();
  #between;
  #folder;
  #clear;

  /**
   * @param {object} parts
   * @param {Cluster} parts.cluster
   * @param {Between} parts.between
   * @param {Quorums} parts.quorums
   * @param {string} parts.folder
   * @param {() => void} parts.clear
   */
  constructor({ cluster, between, quorums, folder, clear }) {
    this.cluster = cluster;
    this.network = between.network;
    this.quorums = quorums;
    const urlOf = (/** @type {string} */ name, /** @type {string} */ url) => {
      const front = between.clients.get(name);
      return front === undefined ? url : `http://127.0.0.1:${front.port}`;
    };
    this.doors = new Map(cluster.nodes.map(({ name, url }) => [name, new Door(urlOf(name, url))]));
    this.#between = between;
    this.#folder = folder;
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

  /** The node after it, in the order of their names. @param {string} node */
  next(node) {
    const { nodes } = this;
    return /** @type {string} */ (nodes[(nodes.indexOf(node) + 1) % nodes.length]);
  }

  /** Where it really listens, whatever stands in front. @param {string} node */
  place(node) {
    const place = this.cluster.nodes.find(({ name }) => name === node);
    if (place === undefined) throw new RangeError(`no such node: ${node}`);
    return place;
  }

  /** Where somebody who looks after its Redis reaches it. @param {string} node */
  adminUrl(node) {
    return this.cluster.adminUrl(redisOf(node));
  }

  /** @param {"clients" | "redis"} which @param {string} node */
  front(which, node) {
    const front = this.#between[which].get(node);
    if (front === undefined) throw new RangeError(`nothing stands before ${node}'s ${which}`);
    return front.proxy;
  }

  get folder() {
    return this.#folder;
  }

  /** Where its Redis keeps its data. @param {string} node */
  diskOf(node) {
    return path.join(this.#folder, redisOf(node));
  }

  /** As if the disk had been replaced. Its Redis must not run. @param {string} node */
  wipe(node) {
    const folder = this.diskOf(node);
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true });
  }

  async close() {
    await this.repeating.stop();
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
