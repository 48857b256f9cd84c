/**
 * Where attacks are tried: three real nodes, bytes to their ports, and what is stored, so that a
 * refusal can be told from an answer that only looks like one.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { open, type RawConnection } from "../../packages/api-http/test-support/raw-client.js";
import { Ledger, receiptsIn } from "../../scripts/fuzz/oracles.mjs";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";

export { open, type RawConnection };

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

const ERROR_LEVEL = 50;
/** Fewer than the system keeps for a server that has not accepted them yet: others get lost. */
const WAVE = 256;

export class Ground {
  readonly cluster: Cluster;
  /** Keys that an answer has acknowledged. */
  readonly #ledger = new Ledger();
  readonly #dataDirectory: string;
  readonly #pids: ReadonlyMap<string, number | null>;

  private constructor(cluster: Cluster, dataDirectory: string) {
    this.cluster = cluster;
    this.#dataDirectory = dataDirectory;
    this.#pids = new Map(cluster.nodes.map(({ name }) => [name, cluster.pid(name)]));
  }

  static async open(env: Readonly<Record<string, string>> = {}): Promise<Ground> {
    const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-security-"));
    const cluster = await startCluster({ dataDirectory, env, quiet: true });
    return new Ground(cluster, dataDirectory);
  }

  place(index = 0) {
    const place = this.cluster.nodes[index];
    if (place === undefined) throw new RangeError(`no node ${index}`);
    return place;
  }

  get url(): string {
    return this.place().url;
  }

  get port(): number {
    return this.place().httpPort;
  }

  /** A request that is whole. */
  async ask(target: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${target}`, init);
    const text = await answer.text();
    this.#ledger.note(receiptsIn(text));
    return { status: answer.status, text, headers: answer.headers };
  }

  json(method: string, target: string, body: string | Buffer): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    return this.ask(target, { method, headers, body: new Uint8Array(Buffer.from(body)) });
  }

  /** All that comes back for `bytes` on a connection of their own, until it is closed. */
  async raw(bytes: string | Buffer, port = this.port): Promise<string> {
    const client = await open(port);
    client.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    const received = await client.closed();
    client.socket.destroy();
    this.#ledger.note(receiptsIn(Buffer.from(received, "latin1").toString("utf8")));
    return received;
  }

  /** Keys that are stored somewhere, and that no answer has acknowledged. */
  async strangers(): Promise<string[]> {
    const answer = await fetch(`${this.url}/snapshot?scope=cluster`, {
      headers: { accept: "application/x-ndjson" },
    });
    const lines = (await answer.text()).trimEnd().split("\n").slice(1, -1);
    return this.#ledger.strangersAmong(lines.map((line) => JSON.parse(line).key));
  }

  async rssBytes(): Promise<number> {
    return JSON.parse((await this.ask("/status")).text).memory.rssBytes;
  }

  /** Milliseconds that `/livez` takes on a connection of its own. */
  async livenessMs(): Promise<number> {
    const startedAt = performance.now();
    const client = await open(this.port);
    client.socket.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    const text = await client.until("ok\n");
    client.socket.destroy();
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(`/livez: ${text}`);
    return performance.now() - startedAt;
  }

  /** Nodes that are other processes than at the start, and what their logs call an error. */
  harm(): string[] {
    const { nodes } = this.cluster;
    const gone = nodes.filter(({ name }) => this.cluster.pid(name) !== this.#pids.get(name));
    const logged = nodes.flatMap(({ name }) => {
      const lines = readFileSync(this.cluster.logFile(name), "utf8").split("\n").filter(Boolean);
      return lines.filter((line) => !line.startsWith("{") || isBug(line));
    });
    return [...gone.map(({ name }) => `${name} ended`), ...logged.slice(0, 5)];
  }

  async close(): Promise<void> {
    await this.cluster.stopAll();
    rmSync(this.#dataDirectory, { recursive: true, force: true });
  }
}

/** An error that the node did not expect. What a busy machine makes late is none. */
function isBug(line: string): boolean {
  try {
    const { level, msg } = JSON.parse(line);
    return level >= ERROR_LEVEL && /met a bug|call failed/.test(msg);
  } catch {
    return false; // A line that is being written.
  }
}

export function put(headers: string, body = "", target = "/kv/attack"): string {
  return `PUT ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
}

/** Connections that are opened and say nothing. Resolves when all have been tried. */
export async function openIdle(port: number, count: number) {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const wave = Array.from({ length: Math.min(WAVE, count - sockets.length) }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      return socket.resume();
    });
    await Promise.all(wave.map(connectedOrClosed));
    await untilAccepted(port);
    sockets.push(...wave);
  }
  return sockets;
}

/** A server accepts in the order of arrival, so what came before this one has been accepted. */
async function untilAccepted(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
    socket.once("close", () => resolve());
  });
  socket.destroy();
}

function connectedOrClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => resolve());
  });
}

export function percentile(values: readonly number[], hundredth: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * hundredth) / 100))] ?? 0;
}
