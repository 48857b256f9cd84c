/**
 * One process of the cluster: started, watched, paused and ended by its id, never by its name.
 *
 * It does not decide what to do about a death: it reports it, and removes the pid file. Nothing is
 * started again by itself, since people stop nodes here on purpose, to see what happens.
 */

import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { LauncherFailure, messageOf } from "./failure.mjs";
import { LogFollower, openForProcess } from "./process-log.mjs";

const POLL_MS = 50;
const LAST_LINES = 8;

/**
 * @typedef {object} Program
 * @property {string} name `node1`, `redis1`
 * @property {"node" | "redis"} kind
 * @property {string} file
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {string} cwd
 * @property {string} logFile
 * @property {boolean} ipc whether it is a Node.js program that leaves when its launcher goes away
 * @property {number} stopGraceMs after SIGTERM; then SIGKILL
 * @property {() => Promise<string>} ask the empty string once it serves, else why not yet
 * @property {string} where the address to show to people
 */

/**
 * @typedef {object} SupervisedDeps
 * @property {import("./pid-files.mjs").PidFiles} pidFiles
 * @property {(message: import("./guard.mjs").GuardMessage) => void} tellGuard
 * @property {(text: string) => void} report
 * @property {(line: string) => string | null} [readable] lines of its log for the terminal
 */

/** @typedef {"stopped" | "starting" | "running" | "paused" | "stopping"} State */

export class Supervised {
  #program;
  #deps;
  /** @type {import("node:child_process").ChildProcess | null} */
  #child = null;
  /** @type {State} */
  #state = "stopped";
  /** @type {Promise<void>} */
  #gone = Promise.resolve();
  /** @type {string[]} */
  #lastLines = [];

  /** @param {Program} program @param {SupervisedDeps} deps */
  constructor(program, deps) {
    this.#program = program;
    this.#deps = deps;
  }

  get name() {
    return this.#program.name;
  }

  get state() {
    return this.#state;
  }

  get pid() {
    return this.#child?.pid ?? null;
  }

  get where() {
    return this.#program.where;
  }

  /**
   * Starts it and resolves once it serves. Rejects when it ends before, when `timeoutMs` is over
   * or when `signal` says so; after a time-out it is left running, for whoever wants to look.
   *
   * @param {{timeoutMs: number, signal?: AbortSignal | undefined}} options
   */
  async start({ timeoutMs, signal }) {
    if (this.#state !== "stopped") throw new LauncherFailure(`${this.name} is ${this.#state}`);
    this.#state = "starting";
    this.#launch();
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const answer = await this.#program.ask();
      if (this.state !== "starting") throw new LauncherFailure(this.#lastWords());
      if (answer === "") {
        this.#state = "running";
        return;
      }
      if (signal?.aborted) throw new LauncherFailure(`${this.name}: the start was interrupted`);
      if (Date.now() > deadline)
        throw new LauncherFailure(`${this.name} does not answer after ${timeoutMs} ms: ${answer}`);
      await wait(POLL_MS);
    }
  }

  /** Asks it to leave (SIGTERM) and resolves when it is gone; a process that hangs is killed. */
  async stop() {
    if (this.#state === "stopped") throw new LauncherFailure(`${this.name} is not running`);
    const { stopGraceMs } = this.#program;
    this.#state = "stopping";
    this.#child?.kill("SIGTERM");
    this.#signalGroup("SIGCONT"); // A paused process would notice the first signal much later.
    const grace = setTimeout(() => {
      this.#deps.report(`${this.name} did not leave within ${stopGraceMs} ms: killed`);
      this.#signalGroup("SIGKILL");
    }, stopGraceMs);
    await this.#gone;
    clearTimeout(grace);
  }

  /** Ends it at once, as a power cut would. */
  async kill() {
    if (this.#state === "stopped") throw new LauncherFailure(`${this.name} is not running`);
    this.#state = "stopping";
    this.#signalGroup("SIGKILL");
    await this.#gone;
  }

  pause() {
    if (this.#state !== "running") throw new LauncherFailure(`${this.name} is ${this.#state}`);
    this.#signalGroup("SIGSTOP");
    this.#state = "paused";
  }

  resume() {
    if (this.#state !== "paused") throw new LauncherFailure(`${this.name} is ${this.#state}`);
    this.#signalGroup("SIGCONT");
    this.#state = "running";
  }

  /**
   * A group of its own: Redis writes its log anew in a child of its own.
   * @param {NodeJS.Signals} name
   */
  #signalGroup(name) {
    if (this.pid === null) return;
    try {
      process.kill(-this.pid, name);
    } catch {
      // Gone in this very moment: the exit event follows.
    }
  }

  #launch() {
    const { file, args, env, cwd, logFile, ipc, kind } = this.#program;
    const output = openForProcess(logFile);
    this.#lastLines = [];
    const follower = new LogFollower(logFile, (line) => this.#onLine(line));
    // `detached` is a process group of its own: the terminal's Ctrl-C goes to the launcher alone,
    // which ends the nodes before their Redis.
    const child = spawn(file, args, {
      env,
      cwd,
      detached: true,
      stdio: ["ignore", output, output, ...(ipc ? [/** @type {const} */ ("ipc")] : [])],
    });
    closeSync(output);
    this.#child = child;
    if (child.pid !== undefined) {
      this.#deps.pidFiles.write(this.name, child.pid);
      this.#deps.tellGuard({ watch: child.pid, kind });
    }
    this.#gone = new Promise((resolve) => {
      /** @param {string} how */
      const end = (how) => {
        follower.close();
        this.#onGone(how);
        resolve();
      };
      child.once("error", (error) => child.pid === undefined && end(messageOf(error)));
      child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  /** @param {string} how */
  #onGone(how) {
    const expected = this.#state === "stopping";
    const pid = this.pid;
    this.#child = null;
    this.#lastLines.push(`(${how})`);
    // The log was closed first, so that its last words stand above this line.
    if (!expected && this.#state !== "starting") this.#deps.report(`${this.name} died: ${how}`);
    this.#state = "stopped";
    if (pid === null) return;
    this.#deps.pidFiles.remove(this.name);
    this.#deps.tellGuard({ forget: pid });
  }

  /** @param {string} line */
  #onLine(line) {
    this.#lastLines = [...this.#lastLines, line].slice(-LAST_LINES);
    const text = this.#deps.readable?.(line) ?? null;
    if (text !== null) this.#deps.report(`${this.name} ${text}`);
  }

  #lastWords() {
    return [`${this.name} ended before it was ready:`, ...this.#lastLines].join("\n  ");
  }
}
