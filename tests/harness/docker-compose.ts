/**
 * The cluster as `docker-compose up` runs it: the repository's own file and image, under a project
 * name of its own. Only the published ports differ, so that a cluster that runs already is left
 * alone. A partition is a node taken off the nodes' network; its clients are let in through
 * `docker exec` then, because the published port goes with the network.
 */

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePorts } from "../../scripts/launcher/ports.mjs";
import { askNode } from "../../scripts/launcher/probes.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import {
  type Capability,
  type Cluster,
  type Door,
  isRedis,
  type NodeName,
  type ProcessName,
  type RedisName,
  redisOf,
} from "./cluster.js";
import { Compose } from "./compose-command.js";
import { HttpDoor } from "./http-door.js";
import { execTransport, HttpTransport } from "./http-transport.js";
import { pollUntil } from "./polling.js";

export const COMPOSE_CAPABILITIES: readonly Capability[] = [
  "pause",
  "partition",
  "stores",
  "http",
  "redis",
];

const NODES: readonly NodeName[] = ["node1", "node2", "node3"];
/** HTTP of each node, then gRPC of each. */
const PUBLISHED = [8001, 8002, 8003, 9001, 9002, 9003].map((port) => `127.0.0.1:${port}:`);

/** Builds the image and starts everything. What could not be started leaves nothing behind. */
export async function openDockerCompose(): Promise<DockerCompose> {
  const ports = await freePorts(PUBLISHED.length);
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-compose-"));
  const file = path.join(directory, "docker-compose.yml");
  writeFileSync(
    file,
    withPorts(readFileSync(path.join(ROOT, "docker-compose.yml"), "utf8"), ports),
  );
  const project = `ringkvtest${randomBytes(3).toString("hex")}`;
  const compose = new Compose({ files: [file], project, projectDirectory: ROOT });
  const cluster = new DockerCompose(compose, ports, directory);
  try {
    await compose.run("build");
    await compose.run("up", "-d");
    return cluster;
  } catch (thrown) {
    await cluster.close();
    throw thrown;
  }
}

/** The file with other ports on this machine. Throws when it does not publish what it should. */
export function withPorts(file: string, ports: readonly number[]): string {
  return PUBLISHED.reduce((text, published, index) => {
    if (text.split(published).length !== 2)
      throw new Error(`docker-compose.yml must publish ${published} once`);
    return text.replace(published, `127.0.0.1:${ports[index]}:`);
  }, file);
}

/** A copy of the file, in a folder of its own, that publishes nothing: for whoever asks inside. */
export function portlessCopy(folder: string): string {
  const file = path.join(folder, "docker-compose.yml");
  const text = readFileSync(path.join(ROOT, "docker-compose.yml"), "utf8");
  writeFileSync(file, text.replaceAll(/^ +ports: \[.*\]\n/gm, ""));
  return file;
}

export class DockerCompose implements Cluster {
  readonly nodes = NODES;
  readonly replicaCount = 2;
  readonly runId = randomBytes(3).toString("hex");
  readonly #compose: Compose;
  readonly #urls: ReadonlyMap<NodeName, string>;
  readonly #doors: ReadonlyMap<NodeName, HttpDoor>;
  readonly #directory: string;
  readonly #stopped = new Set<ProcessName>();
  readonly #paused = new Set<ProcessName>();
  readonly #isolated = new Map<NodeName, Door>();

  constructor(compose: Compose, ports: readonly number[], directory: string) {
    this.#compose = compose;
    this.#directory = directory;
    this.#urls = new Map(NODES.map((node, index) => [node, `http://127.0.0.1:${ports[index]}`]));
    this.#doors = new Map(
      [...this.#urls].map(([node, url]) => [node, new HttpDoor(new HttpTransport(url))]),
    );
  }

  /** Where clients on this machine reach the nodes. */
  get urls(): ReadonlyMap<NodeName, string> {
    return this.#urls;
  }

  at(node: NodeName): Door {
    const door = this.#isolated.get(node) ?? this.#doors.get(node);
    if (door === undefined) throw new RangeError(`no such node: ${node}`);
    return door;
  }

  async start(process: ProcessName): Promise<void> {
    await this.#compose.run("start", process);
    this.#stopped.delete(process);
    await pollUntil(`${process} answers`, () => this.#ask(process));
  }

  async stop(process: ProcessName): Promise<void> {
    this.#stopped.add(process);
    await this.#compose.run("stop", process);
  }

  async kill(process: ProcessName): Promise<void> {
    this.#stopped.add(process);
    await this.#compose.run("kill", process);
  }

  async pause(process: ProcessName): Promise<void> {
    this.#paused.add(process);
    await this.#compose.run("pause", process);
  }

  async resume(process: ProcessName): Promise<void> {
    await this.#compose.run("unpause", process);
    this.#paused.delete(process);
  }

  wipe(): Promise<never> {
    return Promise.reject(new Error("its volumes are Docker's: the local harness wipes"));
  }

  async isolate(node: NodeName): Promise<void> {
    const container = await this.#compose.containerOf(node);
    this.#isolated.set(node, new HttpDoor(execTransport(container)));
    await this.#compose.docker("network", "disconnect", this.nodesNetwork, container);
  }

  async heal(node: NodeName): Promise<void> {
    const container = await this.#compose.containerOf(node);
    // Compose gave it its name on that network; a bare `connect` would not.
    await this.#compose.docker("network", "connect", "--alias", node, this.nodesNetwork, container);
    this.#isolated.delete(node);
  }

  async askRedis(
    redis: RedisName,
    ...command: readonly [name: string, ...string[]]
  ): Promise<unknown> {
    const asAdmin = 'exec redis-cli --user admin --pass "$(cat /tmp/admin.password)" "$@"';
    const client = ["exec", "-T", redis, "sh", "-c", asAdmin, "redis-cli"];
    const answer = await this.#compose.run(...client, "--no-auth-warning", "--json", ...command);
    return JSON.parse(answer);
  }

  startStranger(): Promise<never> {
    return Promise.reject(new Error("strangers are the local harness's business"));
  }

  /** What `docker inspect` says of its container. */
  async inspect(process: ProcessName): Promise<unknown> {
    const container = await this.#compose.containerOf(process);
    const [found] = JSON.parse(await this.#compose.docker("inspect", container));
    return found;
  }

  /** Resolves with what a command in its container wrote; rejects when it failed. */
  async exec(process: ProcessName, ...command: readonly string[]): Promise<string> {
    return this.#compose.docker("exec", await this.#compose.containerOf(process), ...command);
  }

  /** Any other command of the engine. */
  docker(...args: readonly string[]): Promise<string> {
    return this.#compose.docker(...args);
  }

  /** The network that the nodes share. */
  get nodesNetwork(): string {
    return `${this.#compose.project}_cluster`;
  }

  log(node: NodeName): Promise<string> {
    return this.#compose.run("logs", "--no-color", node);
  }

  /** The last lines of every container, for whoever has to find out what went wrong. */
  lastLogs(): Promise<string> {
    return this.#compose.run("logs", "--no-color", "--tail", "40");
  }

  waitUntil(what: string, problem: () => Promise<string>, deadlineMs?: number): Promise<void> {
    return pollUntil(what, problem, deadlineMs);
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async restore(): Promise<void> {
    for (const process of this.#paused) await this.resume(process);
    for (const node of this.#isolated.keys()) await this.heal(node);
    for (const redis of NODES.map(redisOf)) if (this.#stopped.has(redis)) await this.start(redis);
    for (const node of NODES) if (this.#stopped.has(node)) await this.start(node);
  }

  async close(): Promise<void> {
    for (const door of this.#doors.values()) door.close();
    // A paused container cannot be stopped by some versions.
    for (const process of this.#paused) await this.resume(process).catch(() => {});
    await this.#compose.run("down", "--volumes", "--timeout", "5");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #ask(process: ProcessName): Promise<string> {
    if (!isRedis(process)) return askNode(`${this.#urls.get(process)}/livez`);
    const client = ["redis-cli", "--user", "health", "--pass", "-", "--no-auth-warning"];
    const answer = await this.#compose.run("exec", "-T", process, ...client, "PING");
    return answer.trim() === "PONG" ? "" : answer;
  }
}
