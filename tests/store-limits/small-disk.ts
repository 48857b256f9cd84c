/**
 * A disk that is full after a few mebibytes, until it is made larger: a tmpfs where we may mount
 * one (root, as in CI), else a limit on the size of the files of the process that writes there.
 * With the limit a process that is started again has space again; `staysFull` tells.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

const SMALL_MIB = 4;
const LARGE_MIB = 256;

export class SmallDisk {
  readonly #folder: string;
  readonly #isMounted: boolean;

  /** Lays it out under a folder in which nothing is yet. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#isMounted = process.getuid?.() === 0;
    mkdirSync(folder, { recursive: true });
    if (!this.#isMounted) return;
    run("mount", "-t", "tmpfs", "-o", `size=${SMALL_MIB}m`, "tmpfs", folder);
  }

  /** Whether a process that is started again finds it still full. */
  get staysFull(): boolean {
    return this.#isMounted;
  }

  /** From now on it takes only a little more; `pid` is the process that writes there. */
  narrow(pid: number | null): void {
    if (this.#isMounted) this.#resize(SMALL_MIB);
    else run("prlimit", "--pid", String(pid), `--fsize=${largestIn(this.#folder) + 256 * 1024}`);
  }

  grow(): void {
    if (this.#isMounted) this.#resize(LARGE_MIB);
  }

  /** Nothing may run there any more. */
  remove(): void {
    if (this.#isMounted) run("umount", "--lazy", this.#folder);
  }

  #resize(mebibytes: number): void {
    run("mount", "-o", `remount,size=${mebibytes}m`, this.#folder);
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}

function largestIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(0, ...files.map((file) => statSync(path.join(folder, file)).size));
}
