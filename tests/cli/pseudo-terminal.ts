/**
 * A command in a terminal of its own, by `script` of util-linux: what it prints is kept, keys can
 * be typed, and Ctrl-C is the terminal's own.
 */

import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { ROOT } from "../../scripts/launcher/programs.mjs";

export const RINGKV = path.join(ROOT, "packages/cli/bin/ringkv.mjs");
export const CTRL_C = "\u0003";
export const CTRL_D = "\u0004";

const DEADLINE_MS = 60_000;

export class PseudoTerminal {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #output = "";
  #look: () => void = () => {};

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    // `script` hands this to a shell, and not every shell gives way to the last command: one that
    // stays is struck by Ctrl-C too, and its exit code stands for the command's.
    const command = `exec ${[process.execPath, RINGKV, ...args].map(quoted).join(" ")}`;
    this.#child = spawn("script", ["-qefc", command, "/dev/null"], {
      env: { ...process.env, TERM: "xterm", COLUMNS: "120", ...env },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#look();
    });
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve));
  }

  get output(): string {
    return this.#output;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Resolves once the output, from here on, has matched. */
  async shows(pattern: RegExp): Promise<void> {
    const from = this.#output.length;
    await this.#until(() => pattern.test(this.#output.slice(from)), String(pattern));
  }

  /** Like `shows`, also when it stands there already. */
  async hasShown(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.#output), String(pattern));
  }

  /** The exit code of the command. */
  async end(): Promise<number | null> {
    return this.#closed;
  }

  kill(): void {
    this.#child.kill();
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`the terminal never showed ${what}, but\n${this.#output}`));
      }, DEADLINE_MS);
      this.#look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#look = () => {};
        resolve();
      };
      this.#look();
    });
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
