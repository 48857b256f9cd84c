/**
 * The cluster as real processes on this machine, through the launcher that `npm start` uses: free
 * ports, a temporary data directory, a Redis for each node.
 *
 * The nodes' detectors are set faster than by default, so that a scenario does not wait five
 * seconds for each node that it stops, and their load does not narrow when the machine is late;
 * nothing else differs from production.
 */

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { type Cluster as Processes, startCluster } from "../../scripts/launcher/cluster.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import {
  type Capability,
  type Cluster,
  type Door,
  type NodeName,
  type ProcessName,
  type RedisName,
  redisOf,
  type Stranger,
  type StrangerSettings,
} from "./cluster.js";
import { HttpDoor } from "./http-door.js";
import { HttpTransport } from "./http-transport.js";
import { openStranger } from "./local-stranger.js";
import { pollUntil } from "./polling.js";

export const LOCAL_CAPABILITIES: readonly Capability[] = [
  "pause",
  "stores",
  "wipe",
  "http",
  "redis",
  "strangers",
];

const NODES: readonly NodeName[] = ["node1", "node2", "node3"];
const NODE_MAIN = path.join(ROOT, "packages/server/dist/main.js");

const LOG_LINES_SHOWN = 40;

const SETTINGS = {
  ALLOW_ANONYMOUS: "true", // Everything listens on 127.0.0.1.
  HEARTBEAT_INTERVAL_MS: "250",
  SUSPECT_AFTER_MS: "750",
  DOWN_AFTER_MS: "2000",
  HANDOFF_INTERVAL_MS: "1000",
  ANTI_ENTROPY_INTERVAL_MS: "1000",
  RECOVERY_PATIENCE_MS: "3000",
  // Hundreds of requests at once on a machine that is busy with other tests are not refused here.
  EVENT_LOOP_LAG_MAX_MS: "10000",
};

/**
 * `settings` are the nodes', in addition to the harness's own; `prepare` may lay something out in
 * the data directory before anything is started there.
 */
export async function openLocalProcesses(
  settings: Readonly<Record<string, string>> = {},
  prepare: (dataDirectory: string) => void = () => {},
): Promise<LocalProcesses> {
  if (!existsSync(NODE_MAIN)) throw new Error("the nodes are not built: npm run build");
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-scenarios-"));
  prepare(dataDirectory);
  const env = { ...SETTINGS, ...settings, NODE_ENV: "production" };
  const processes = await startCluster({ dataDirectory, env, quiet: true });
  return new LocalProcesses(processes, dataDirectory);
}

export class LocalProcesses implements Cluster {
  readonly nodes = NODES;
  readonly replicaCount = 2;
  readonly runId = randomBytes(3).toString("hex");
  readonly #processes: Processes;
  readonly #dataDirectory: string;
  readonly #doors: ReadonlyMap<string, HttpDoor>;
  readonly #isolated = "a cut between processes of one machine is the compose harness's business";

  constructor(processes: Processes, dataDirectory: string) {
    this.#processes = processes;
    this.#dataDirectory = dataDirectory;
    this.#doors = new Map(
      processes.nodes.map(({ name, url }) => [name, new HttpDoor(new HttpTransport(url))]),
    );
  }

  at(node: NodeName): Door {
    const door = this.#doors.get(node);
    if (door === undefined) throw new RangeError(`no such node: ${node}`);
    return door;
  }

  /** Where the node offers HTTP. */
  url(node: NodeName): string {
    return this.#placeOf(node).url;
  }

  /** Where the node offers gRPC. */
  grpcPort(node: NodeName): number {
    return this.#placeOf(node).grpcPort;
  }

  start(process: ProcessName): Promise<void> {
    return this.#processes.start(process);
  }

  stop(process: ProcessName): Promise<void> {
    return this.#processes.stop(process);
  }

  kill(process: ProcessName): Promise<void> {
    return this.#processes.kill(process);
  }

  pause(process: ProcessName): Promise<void> {
    return this.#processes.pause(process);
  }

  resume(process: ProcessName): Promise<void> {
    return this.#processes.resume(process);
  }

  /** Where the node's Redis keeps its files. */
  folderOf(redis: RedisName): string {
    return path.join(this.#dataDirectory, redis);
  }

  /** Null: it does not run. */
  pid(process: ProcessName): number | null {
    return this.#processes.pid(process);
  }

  async wipe(node: NodeName): Promise<void> {
    const folder = this.folderOf(redisOf(node));
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name), { recursive: true });
  }

  isolate(): Promise<void> {
    throw new Error(this.#isolated);
  }

  heal(): Promise<void> {
    throw new Error(this.#isolated);
  }

  async askRedis(
    redis: RedisName,
    ...[name, ...args]: readonly [name: string, ...string[]]
  ): Promise<unknown> {
    const url = this.#processes.adminUrl(redis);
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0 });
    client.on("error", () => {}); // The command's own rejection says it.
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  startStranger(settings: StrangerSettings): Promise<Stranger> {
    const addresses = new Map(
      this.#processes.nodes.map(({ name, peerPort }) => [name, `127.0.0.1:${peerPort}`]),
    );
    return openStranger(settings, { addresses, nodeMain: NODE_MAIN, env: SETTINGS });
  }

  log(node: NodeName): Promise<string> {
    return readFile(this.#processes.logFile(node), "utf8");
  }

  /** The last lines of every process, for whoever has to find out what went wrong. */
  async lastLogs(): Promise<string> {
    const tails = this.#processes.names.map(async (name) => {
      const lines = (await readFile(this.#processes.logFile(name), "utf8")).trimEnd().split("\n");
      return [`== ${name}`, ...lines.slice(-LOG_LINES_SHOWN)].join("\n");
    });
    return (await Promise.all(tails)).join("\n");
  }

  waitUntil(what: string, problem: () => Promise<string>, deadlineMs?: number): Promise<void> {
    return pollUntil(what, problem, deadlineMs);
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Redis first: a node that starts without it would wait for it. */
  async restore(): Promise<void> {
    const names = [...this.#processes.names] as ProcessName[];
    for (const name of names.toSorted().toReversed()) {
      const state = this.#processes.state(name);
      if (state === "paused") await this.resume(name);
      if (state === "stopped") await this.start(name);
    }
  }

  /** Rejects, when all is cleaned up, if a Redis had to refuse a node something. */
  async close(): Promise<void> {
    const refused = await Promise.all(this.nodes.map((node) => this.#refusedTo(node)));
    for (const door of this.#doors.values()) door.close();
    await this.#processes.stopAll();
    rmSync(this.#dataDirectory, { recursive: true, force: true });
    const said = refused.flat().map((entry) => JSON.stringify(entry));
    if (said.length > 0) throw new Error(`redis/users.acl allows too little: ${said.join("\n")}`);
  }

  /** What Redis has refused since its start; nothing when it is away, or keeps no such log. */
  async #refusedTo(node: NodeName): Promise<unknown[]> {
    const entries = await this.askRedis(redisOf(node), "ACL", "LOG").catch(() => []);
    return Array.isArray(entries) ? entries : [];
  }

  #placeOf(node: NodeName) {
    const place = this.#processes.nodes.find(({ name }) => name === node);
    if (place === undefined) throw new RangeError(`no such node: ${node}`);
    return place;
  }
}
