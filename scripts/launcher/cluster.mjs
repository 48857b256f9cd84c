/**
 * A cluster of real processes on this machine: what `npm start`, the demo and the scenarios run.
 *
 * Redis first, then the nodes; on the way out the other way round. A process that dies is reported
 * and nothing more: the others go on. What could not be started leaves nothing running.
 */

import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openControlChannel } from "./control-channel.mjs";
import { LauncherFailure } from "./failure.mjs";
import { GuardLink } from "./guard-link.mjs";
import { awaitLeftOvers } from "./left-overs.mjs";
import { PidFiles } from "./pid-files.mjs";
import { anyFreePorts, membersOf, placesOn, portsOf } from "./places.mjs";
import { demandPorts } from "./ports.mjs";
import { askNode } from "./probes.mjs";
import { forPeople } from "./process-log.mjs";
import { logFileOf, nodeProgram, ROOT, redisProgram } from "./programs.mjs";
import { RedisAccess } from "./redis-access.mjs";
import { chooseRedis } from "./redis-choice.mjs";
import { Supervised } from "./supervised.mjs";

const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 100;
const NOTICE_EVERY_MS = 10_000;

/**
 * @typedef {object} ClusterOptions
 * @property {string} dataDirectory relative to the repository, or absolute
 * @property {number} [nodes] 3 unless said otherwise
 * @property {import("./places.mjs").Ports} [ports] free ones unless said otherwise
 * @property {NodeJS.ProcessEnv} [env] settings of the nodes, on top of this process's environment
 * @property {Readonly<Record<string, string>>} [members] each node's own `MEMBERS`, by its name,
 *   for who wants to stand between the nodes; else they name one another's peer ports
 * @property {Readonly<Record<string, NodeJS.ProcessEnv>>} [own] settings of one node, by its name,
 *   above all others: for who wants one of them to differ
 * @property {import("./redis-choice.mjs").RedisChoice} [redis] else as `chooseRedis` decides
 * @property {Readonly<Record<string, string>>} [redisSettings] instead of those in `redis.conf`,
 *   for measurements; the stand-in knows none
 * @property {boolean} [quiet] say nothing at all
 * @property {(text: string) => void} [report] where lines for people go, else standard error
 * @property {number} [readyTimeoutMs] how long each step of the start may take
 * @property {AbortSignal} [signal] interrupts the start; what was started is stopped
 */

const VERBS = /** @type {const} */ (["start", "stop", "kill", "restart", "pause", "resume"]);

/**
 * Resolves once every node is ready (`/readyz`). Rejects with a `LauncherFailure` that says what
 * to do, and leaves nothing running then.
 *
 * @param {ClusterOptions} options
 * @returns {Promise<Cluster>}
 */
export async function startCluster(options) {
  const count = options.nodes ?? 3;
  const ports = options.ports ?? (await anyFreePorts(count));
  const env = { ...process.env, ...options.env };
  const redis = options.redis ?? chooseRedis([], env);
  const dataDirectory = path.resolve(ROOT, options.dataDirectory);
  const places = placesOn({ count, ports, env, redis });
  const report = options.quiet ? () => {} : (options.report ?? toStandardError);
  const { members, own, redisSettings } = options;
  const redisNames = places.map(({ redisName }) => redisName);
  const access =
    redis.kind === "server" ? new RedisAccess(path.join(dataDirectory, "run"), redisNames) : null;
  const shared = { places, dataDirectory, env, redis, access };
  const surroundings = { ...shared, members, own, redisSettings };
  const cluster = new Cluster(surroundings, report);
  const { readyTimeoutMs: timeoutMs = READY_TIMEOUT_MS, signal } = options;
  try {
    await cluster.open({ timeoutMs, signal });
  } catch (error) {
    await cluster.stopAll();
    throw error;
  }
  return cluster;
}

export class Cluster {
  #surroundings;
  #report;
  #pidFiles;
  /** @type {GuardLink | null} */
  #guard = null;
  /** @type {Awaited<ReturnType<typeof openControlChannel>> | null} */
  #channel = null;
  /** @type {readonly Supervised[]} */
  #redis;
  /** @type {readonly Supervised[]} */
  #nodes;
  /** @type {Promise<void> | null} */
  #closing = null;

  /**
   * @param {import("./programs.mjs").Surroundings} surroundings
   * @param {(text: string) => void} report
   */
  constructor(surroundings, report) {
    const { places, dataDirectory } = surroundings;
    this.#surroundings = surroundings;
    this.#report = report;
    for (const folder of ["log", ...places.map(({ redisName }) => redisName)])
      mkdirSync(path.join(dataDirectory, folder), { recursive: true });
    this.#pidFiles = new PidFiles(path.join(dataDirectory, "run"));
    const deps = {
      pidFiles: this.#pidFiles,
      report,
      tellGuard: (/** @type {import("./guard.mjs").GuardMessage} */ message) =>
        this.#guard?.tell(message),
    };
    this.#redis = places
      .map((place) => redisProgram(place, surroundings))
      .filter((program) => program !== null)
      .map((program) => new Supervised(program, deps));
    this.#nodes = places.map(
      (place) => new Supervised(nodeProgram(place, surroundings), { ...deps, readable: forPeople }),
    );
  }

  get nodes() {
    return this.#surroundings.places;
  }

  get urls() {
    return this.nodes.map(({ url }) => url);
  }

  get redisPorts() {
    return this.nodes.map(({ redisPort }) => redisPort);
  }

  /**
   * Where somebody who looks after a Redis reaches it, password included.
   * @param {string} name
   */
  adminUrl(name) {
    const place = this.nodes.find(({ redisName }) => redisName === name);
    if (place === undefined) throw new LauncherFailure(`no Redis is named "${name}"`);
    return this.#surroundings.access?.adminUrl(place.redisUrl) ?? place.redisUrl;
  }

  get members() {
    return membersOf(this.nodes);
  }

  /** `external`, `server` or `embedded`; the last keeps nothing. */
  get redisKind() {
    return this.#surroundings.redis.kind;
  }

  /** @returns {readonly string[]} the names that the methods below take */
  get names() {
    return [...this.#nodes, ...this.#redis].map(({ name }) => name);
  }

  /**
   * Where the process writes its log: JSON lines for a node, Redis's own for a Redis.
   *
   * @param {string} name
   */
  logFile(name) {
    return logFileOf(this.#surroundings.dataDirectory, this.#find(name).name);
  }

  /** @param {string} name */
  state(name) {
    return this.#find(name).state;
  }

  /** @param {string} name @returns {number | null} */
  pid(name) {
    return this.#find(name).pid;
  }

  /**
   * Resolves when it answers (`/livez`, PONG), which is before a node is ready.
   * @param {string} name
   */
  async start(name) {
    if (this.#closing) throw new LauncherFailure("the launcher is stopping");
    await this.#find(name).start({ timeoutMs: READY_TIMEOUT_MS });
  }

  /** SIGTERM; resolves when it is gone. @param {string} name */
  async stop(name) {
    await this.#find(name).stop();
  }

  /** SIGKILL; resolves when it is gone. @param {string} name */
  async kill(name) {
    await this.#find(name).kill();
  }

  /** SIGSTOP: it neither answers nor leaves. @param {string} name */
  async pause(name) {
    this.#find(name).pause();
  }

  /** SIGCONT. @param {string} name */
  async resume(name) {
    this.#find(name).resume();
  }

  /** @param {string} name */
  async restart(name) {
    if (this.state(name) !== "stopped") await this.stop(name);
    await this.start(name);
  }

  /** Nodes, then Redis, then the rest. May be called often; all callers wait for the same end. */
  stopAll() {
    this.#closing ??= this.#stopAll();
    return this.#closing;
  }

  /** One line for each process, or for the one that is named. @param {string} [name] */
  status(name) {
    const shown = name ? [this.#find(name)] : [...this.#nodes, ...this.#redis];
    const rows = shown.map(({ name: row, state, pid, where }) =>
      [row.padEnd(8), state.padEnd(9), (pid ? `pid ${pid}` : "").padEnd(12), where].join(" "),
    );
    return rows.join("\n");
  }

  /**
   * Starts everything; called once, by `startCluster`.
   *
   * @param {{timeoutMs: number, signal: AbortSignal | undefined}} options
   */
  async open({ timeoutMs, signal }) {
    const { dataDirectory, env } = this.#surroundings;
    this.#channel = await openControlChannel(dataDirectory, (request) => this.#act(request));
    await awaitLeftOvers(this.#pidFiles, this.#report);
    await demandPorts(portsOf(this.nodes, { env, redisIsOurs: this.redisKind !== "external" }));
    this.#pidFiles.write("launcher", process.pid);
    this.#guard = new GuardLink();
    this.#surroundings.access?.write();

    await Promise.all(this.#redis.map((redis) => redis.start({ timeoutMs, signal })));
    demandUninterrupted(signal);
    await Promise.all(this.#nodes.map((node) => node.start({ timeoutMs, signal })));
    await Promise.all(this.nodes.map((place) => this.#awaitReady(place, { timeoutMs, signal })));
  }

  async #stopAll() {
    for (const group of [this.#nodes, this.#redis]) {
      const running = group.filter(({ state }) => state !== "stopped");
      await Promise.all(running.map((process) => process.stop()));
    }
    // Without a guard nothing was started: the files are another launcher's.
    if (this.#guard) {
      this.#pidFiles.remove("launcher");
      this.#surroundings.access?.remove();
    }
    this.#guard?.release();
    await this.#channel?.close();
  }

  /**
   * @param {import("./places.mjs").NodePlace} place
   * @param {{timeoutMs: number, signal: AbortSignal | undefined}} options
   */
  async #awaitReady({ name, url }, { timeoutMs, signal }) {
    const start = Date.now();
    let noticeAt = start + NOTICE_EVERY_MS;
    for (;;) {
      const answer = await askNode(`${url}/readyz?verbose`);
      if (answer === "") return;
      demandUninterrupted(signal);
      if (this.state(name) === "stopped") throw new LauncherFailure(`${name} ended at the start`);
      if (Date.now() > start + timeoutMs)
        throw new LauncherFailure(`${name} is not ready after ${timeoutMs} ms: ${answer}`);
      if (Date.now() > noticeAt) {
        this.#report(`${name} is not ready yet: ${answer}`);
        noticeAt += NOTICE_EVERY_MS;
      }
      await wait(READY_POLL_MS);
    }
  }

  /**
   * What `npm run node` asks for.
   * @param {import("./control-channel.mjs").ControlRequest} request
   */
  async #act({ action, name }) {
    const done = /** @type {const} */ ({
      start: "started",
      stop: "stopped",
      kill: "killed",
      restart: "restarted",
      pause: "paused",
      resume: "resumed",
    });
    if (action === "status") return this.status(name);
    const verb = VERBS.find((known) => known === action);
    if (verb === undefined) throw new LauncherFailure(`no such action: ${action}`);
    await this[verb](name);
    this.#report(`${name} ${done[verb]} by request`);
    return `${name} ${done[verb]}`;
  }

  /** @param {string} name */
  #find(name) {
    const found = [...this.#nodes, ...this.#redis].find((process) => process.name === name);
    if (found) return found;
    const ours = this.names.join(", ");
    throw new LauncherFailure(`no process is named "${name}"; there are ${ours}`);
  }
}

/**
 * In the same words wherever the interruption is noticed.
 * @param {AbortSignal | undefined} signal
 */
function demandUninterrupted(signal) {
  if (signal?.aborted) throw new LauncherFailure("the start was interrupted");
}

/** @param {string} text */
function toStandardError(text) {
  process.stderr.write(`${text}\n`);
}
