/**
 * Three real nodes to be fuzzed, and what must hold of them afterwards: they are the processes that
 * they were, their memory is bounded, their logs know of no bug, and what is stored is what was
 * acknowledged.
 */

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCluster } from "../launcher/cluster.mjs";
import { anyFreePorts } from "../launcher/places.mjs";
import { Ledger } from "./oracles.mjs";
import { PHANTOM } from "./peer-targets.mjs";

const NODES = 3;
const HOST = "127.0.0.1";
/** A node that has nothing to do has about 110 MB. */
const RSS_BYTES_MAX = 600 * 1_024 * 1_024;
const ERROR_LEVEL = 50;
const SETTINGS = { RECOVERY_PATIENCE_MS: "1000", LOG_LEVEL: "warn" };

/** @typedef {import("../launcher/cluster.mjs").Cluster} Cluster */

/** @param {AbortSignal} [signal] @returns {Promise<Stage>} */
export async function openStage(signal) {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-fuzz-"));
  const ports = await anyFreePorts(NODES);
  const names = ports.peer.map((_, index) => `node${index + 1}`);
  // Nobody listens on that port; the member is spoken for by whoever knows the secret.
  const list = names.map((name, index) => `${name}=${HOST}:${ports.peer[index]}`);
  const all = [...list, `${PHANTOM}=${HOST}:1`].join(",");
  const members = Object.fromEntries(names.map((name) => [name, all]));
  const secret = randomBytes(16).toString("hex");
  const env = { ...SETTINGS, CLUSTER_SECRET: secret, NODE_ENV: "production" };
  const options = { dataDirectory, ports, env, members, quiet: true };
  const cluster = await startCluster(signal === undefined ? options : { ...options, signal });
  return new Stage(cluster, { dataDirectory, secret, members: [...names, PHANTOM] });
}

export class Stage {
  /** @type {Cluster} */
  cluster;
  /** @type {import("./target.mjs").Ground} */
  ground;
  #dataDirectory;
  #pids;
  /** How much of each log has been read. @type {Map<string, number>} */
  #read = new Map();

  /**
   * @param {Cluster} cluster
   * @param {{dataDirectory: string, secret: string, members: readonly string[]}} made
   */
  constructor(cluster, { dataDirectory, secret, members }) {
    this.cluster = cluster;
    this.#dataDirectory = dataDirectory;
    const [first] = cluster.nodes;
    if (first === undefined) throw new RangeError("no nodes");
    this.ground = {
      http: { host: HOST, port: first.httpPort },
      grpc: { host: HOST, port: first.grpcPort },
      peer: { host: HOST, port: first.peerPort },
      ledger: new Ledger(),
      secret,
      members,
    };
    this.#pids = new Map(cluster.nodes.map(({ name }) => [name, cluster.pid(name)]));
  }

  /** Everything that is wrong now, in sentences. @returns {Promise<string[]>} */
  async problems() {
    const { nodes } = this.cluster;
    const gone = nodes.filter(({ name }) => this.cluster.pid(name) !== this.#pids.get(name));
    if (gone.length > 0) return gone.map(({ name }) => `${name} is not running any more`);
    const sizes = await Promise.all(nodes.map((node) => this.#sizeProblem(node)));
    return [...sizes, ...nodes.flatMap(({ name }) => this.#logProblems(name))].filter(Boolean);
  }

  /** Keys that are stored and that no answer has acknowledged. @returns {Promise<string[]>} */
  async strangers() {
    const url = this.cluster.nodes[0]?.url;
    const headers = { accept: "application/x-ndjson" };
    const answer = await fetch(`${url}/snapshot?scope=node`, { headers });
    const lines = (await answer.text()).trimEnd().split("\n").slice(1, -1);
    const records = lines.map((line) => JSON.parse(line));
    const live = records.filter(({ tombstone }) => tombstone !== true).map(({ key }) => key);
    return this.ground.ledger.strangersAmong(live);
  }

  async close() {
    await this.cluster.stopAll();
    rmSync(this.#dataDirectory, { recursive: true, force: true });
  }

  /** @param {{name: string, url: string}} node @returns {Promise<string>} */
  async #sizeProblem({ name, url }) {
    const answer = await fetch(`${url}/status`);
    const status = await answer.text();
    if (answer.status !== 200) return `${name} answers /status with ${answer.status}: ${status}`;
    const { rssBytes } = /** @type {{memory: {rssBytes: number}}} */ (JSON.parse(status)).memory;
    return rssBytes > RSS_BYTES_MAX ? `${name} has grown to ${rssBytes} bytes` : "";
  }

  /** Errors, and what is no line of a log at all. @param {string} name @returns {string[]} */
  #logProblems(name) {
    const text = readFileSync(this.cluster.logFile(name), "utf8");
    const from = this.#read.get(name) ?? 0;
    this.#read.set(name, text.length);
    const lines = text.slice(from).split("\n").filter(Boolean);
    const odd = lines.filter((line) => !line.startsWith("{") || isBug(line));
    return odd.slice(0, 3).map((line) => `${name} logged: ${line.slice(0, 1_500)}`);
  }
}

/** An error that was not expected. What a busy machine makes late is none. */
/** @param {string} line */
function isBug(line) {
  try {
    const { level, msg } = /** @type {{level: number, msg: string}} */ (JSON.parse(line));
    return level >= ERROR_LEVEL && /met a bug|call failed/.test(msg);
  } catch {
    return false; // A line that is being written.
  }
}
