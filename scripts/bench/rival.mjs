/**
 * Somebody else's server as a process of ours: started, awaited and ended by its id. It is given
 * ports that are free, a directory of its own, and to the kernel to end should this process die.
 */

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { deathSignal } from "../launcher/programs.mjs";
import { BenchFailure } from "./failure.mjs";

const START_TIMEOUT_MS = 15_000;
const STOP_GRACE_MS = 10_000;
const POLL_MS = 50;

/**
 * @typedef {object} RivalProgram
 * @property {string} name
 * @property {string} file
 * @property {readonly string[]} args
 * @property {() => Promise<string>} ask the empty string once it serves, else why not yet
 */

/**
 * @param {string} directory made for it; its log is beside
 * @param {RivalProgram} program
 * @returns {Promise<Rival>}
 */
export async function startRival(directory, { name, file, args, ask }) {
  mkdirSync(directory, { recursive: true });
  const logFile = `${directory}.log`;
  const output = openSync(logFile, "a");
  const [first = file, ...rest] = [...deathSignal(process.env), file, ...args];
  const env = { ...process.env, LC_ALL: "C" };
  const stdio = /** @type {const} */ (["ignore", output, output]);
  const child = spawn(first, rest, { cwd: directory, env, stdio: [...stdio], detached: true });
  closeSync(output);
  const rival = new Rival(child);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let answer = await ask(); answer !== ""; answer = await ask()) {
    if (rival.isGone || Date.now() > deadline) {
      await rival.stop();
      const log = readFileSync(logFile, "utf8").slice(-1_000);
      throw new BenchFailure(
        `${name} does not serve (${answer}); its log ${logFile} ends:\n${log}`,
      );
    }
    await wait(POLL_MS);
  }
  return rival;
}

export class Rival {
  #child;
  /** @type {Promise<void>} */
  #gone;
  isGone = false;

  /** @param {import("node:child_process").ChildProcess} child */
  constructor(child) {
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      const end = () => {
        this.isGone = true;
        resolve();
      };
      child.once("exit", end);
      child.once("error", end);
    });
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  async stop() {
    if (this.isGone) return;
    this.#child.kill("SIGTERM");
    const grace = setTimeout(() => this.#child.kill("SIGKILL"), STOP_GRACE_MS);
    await this.#gone;
    clearTimeout(grace);
  }
}
