/**
 * A private Redis for a test: a real server where the machine has one, a stand-in in memory where
 * it has not. It says which, so that tests of durability can stand aside; in CI a missing server
 * is an error, or those tests would never run anywhere.
 *
 * The server dies with the process that opened it. It uses nobody's port and nobody's data.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Below the range from which systems take the ports of outgoing connections. */
const PORTS = { first: 10_000, last: 32_000 };
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 10;

const STAND_IN = new URL("../../../scripts/launcher/embedded-redis.mjs", import.meta.url);

const DURABLE = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];

export interface TestRedisOptions {
  /** More settings for a real server, in the form of its command line; a stand-in ignores them. */
  readonly args?: readonly string[];
}

/** What runs behind the port. A stand-in keeps nothing over a restart and has no settings. */
export type TestRedisKind = "redis" | "stand-in";

export class TestRedis {
  readonly kind: TestRedisKind;
  readonly port: number;
  readonly url: string;
  readonly #command: Command;
  readonly #directory: string;
  #process: ChildProcess | null = null;

  /** Use `openRedis`. */
  constructor(at: { port: number; directory: string; kind: TestRedisKind; command: Command }) {
    this.kind = at.kind;
    this.port = at.port;
    this.url = `redis://127.0.0.1:${at.port}`;
    this.#command = at.command;
    this.#directory = at.directory;
  }

  /** Starts it, again on the same port and data. Resolves when it answers. */
  async start(): Promise<void> {
    const { file, args, env, ipc } = this.#command;
    const process = spawn(file, args, {
      cwd: this.#directory,
      env,
      stdio: ["ignore", "ignore", "ignore", ...(ipc ? (["ipc"] as const) : [])],
    });
    this.#process = process;
    await Promise.race([untilItAnswers(this.port), failure(process)]);
  }

  /** Asks it to leave, as an operator would. */
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  /** Ends it without a word, as a crash would. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Freezes it: it keeps its connections and answers nothing. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends it and deletes its data. */
  async close(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const process = this.#process;
    this.#process = null;
    if (process === null || process.exitCode !== null || process.signalCode !== null) return;
    const exited = new Promise((resolve) => process.once("exit", resolve));
    process.kill(signal);
    await exited;
  }
}

/** A Redis that answers and holds nothing, with every write on disk before it is answered. */
export async function openRedis({ args = [] }: TestRedisOptions = {}): Promise<TestRedis> {
  const server = findServer();
  const directory = await mkdtemp(path.join(tmpdir(), "ringkv-redis-"));
  const port = await freePort();
  const settings = ["--port", `${port}`, "--bind", "127.0.0.1", ...DURABLE, ...args];
  const redis = new TestRedis({
    port,
    directory,
    kind: server === null ? "stand-in" : "redis",
    command: server === null ? standIn(port) : commandOf(server, settings),
  });
  try {
    await redis.start();
  } catch (thrown) {
    await redis.close();
    throw thrown;
  }
  return redis;
}

/** The stand-in, also on a machine that has a Redis: what works on it is a promise of its own. */
export async function openStandInRedis(): Promise<TestRedis> {
  const directory = await mkdtemp(path.join(tmpdir(), "ringkv-redis-"));
  const port = await freePort();
  const redis = new TestRedis({ port, directory, kind: "stand-in", command: standIn(port) });
  await redis.start();
  return redis;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** It leaves when its channel closes; a real server needs a signal from the kernel instead. */
  readonly ipc: boolean;
}

function standIn(port: number): Command {
  const args = [fileURLToPath(STAND_IN), `${port}`];
  return { file: process.execPath, args, env: process.env, ipc: true };
}

function commandOf(server: string, settings: readonly string[]): Command {
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : null;
  const mortal = setpriv === null ? [] : [setpriv, "--pdeathsig", "KILL"];
  const [file = server, ...args] = [...mortal, server, ...settings];
  // Scripts compare versions, and Lua compares strings by the locale.
  return { file, args, env: { ...process.env, LC_ALL: "C" }, ipc: false };
}

/** The server's program, or null when the machine has none and need not have one. */
function findServer(): string | null {
  const { REDIS_SERVER_BIN: named, CI } = process.env;
  if (named) {
    const found = findProgram(named);
    if (found === null) throw new Error(`REDIS_SERVER_BIN: ${named} is not a program`);
    return found;
  }
  const found = findProgram("redis-server") ?? findProgram("valkey-server");
  if (found === null && CI === "true") throw new Error("CI must have a redis-server");
  return found;
}

function findProgram(name: string): string | null {
  const folders = name.includes("/") ? [""] : (process.env["PATH"] ?? "").split(path.delimiter);
  for (const folder of folders) {
    const file = path.resolve(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here: the next folder.
    }
  }
  return null;
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.first, PORTS.last);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Waits for PONG, not for the port: a server that still loads its data is not there yet. */
async function untilItAnswers(port: number): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await answersPing(port)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`the Redis on port ${port} did not answer in ${START_TIMEOUT_MS} ms`);
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once("data", (data) => {
      resolve(data.toString("latin1").startsWith("+PONG"));
      socket.destroy();
    });
    socket.once("error", () => {});
    socket.once("close", () => resolve(false));
  });
}

/** Rejects when the process cannot be started or leaves; else it stays pending. */
function failure(process: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    process.once("error", reject);
    process.once("exit", (code, signal) => {
      reject(new Error(`the Redis left at its start: ${signal ?? `exit code ${code}`}`));
    });
  });
}
