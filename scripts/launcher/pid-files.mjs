/**
 * Process ids on disk, `data/run/node1.pid`, for people and their `kill`.
 *
 * A file is there while its process is. One that was left behind by a killed launcher means
 * nothing by itself: only the process that it names counts.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { codeOf } from "./failure.mjs";

export class PidFiles {
  #directory;

  /** @param {string} directory */
  constructor(directory) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** @param {string} name @param {number} pid */
  write(name, pid) {
    writeFileSync(this.#file(name), `${pid}\n`);
  }

  /** @param {string} name */
  remove(name) {
    rmSync(this.#file(name), { force: true });
  }

  /**
   * Removes the files of processes that are gone, and returns those that still live.
   *
   * @returns {{name: string, pid: number}[]}
   */
  leftOvers() {
    const found = readdirSync(this.#directory)
      .filter((file) => file.endsWith(".pid"))
      .map((file) => {
        const text = readFileSync(path.join(this.#directory, file), "utf8");
        return { name: file.slice(0, -".pid".length), pid: Number.parseInt(text, 10) };
      });
    for (const { name, pid } of found) if (!isAlive(pid)) this.remove(name);
    return found.filter(({ pid }) => isAlive(pid));
  }

  /** @param {string} name */
  #file(name) {
    return path.join(this.#directory, `${name}.pid`);
  }
}

/**
 * Whether the process runs, or could run again after a pause.
 *
 * @param {number} pid
 */
export function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return codeOf(error) === "EPERM";
  }
  return !isZombie(pid);
}

/**
 * An ended process keeps its id until its parent asks for its exit code, which a container's first
 * process may never do.
 *
 * @param {number} pid
 */
function isZombie(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "Z";
  } catch {
    return false; // No /proc on this system.
  }
}
