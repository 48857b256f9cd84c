/** One node's process with settings of its own, whose whole output is kept. Runs the build. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { freePorts } from "../../scripts/launcher/ports.mjs";
import { askNode } from "../../scripts/launcher/probes.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { pollUntil } from "../harness/polling.js";

const MAIN = path.join(ROOT, "packages/server/dist/main.js");
const DEADLINE_MS = 30_000;

export interface NodePorts {
  readonly http: number;
  readonly grpc: number;
  readonly peer: number;
}

export class NodeProcess {
  readonly ports: NodePorts;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  readonly #process: ChildProcess;
  #output = "";

  private constructor(process: ChildProcess, ports: NodePorts) {
    this.ports = ports;
    this.#process = process;
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    this.exited = once(process, "close").then(([code]) => code as number | null);
  }

  /** A cluster of one, unless `settings` say otherwise. */
  static async start(
    redisUrl: string,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<NodeProcess> {
    const [http = 0, grpc = 0, peer = 0] = await freePorts(3);
    const child = spawn(process.execPath, [MAIN], {
      cwd: "/", // No .env of ours.
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        NODE_ID: "node2",
        MEMBERS: `node2=127.0.0.1:${peer}`,
        HTTP_PORT: `${http}`,
        GRPC_PORT: `${grpc}`,
        PEER_PORT: `${peer}`,
        REDIS_URL: redisUrl,
        REPLICA_COUNT: "1",
        WRITE_QUORUM: "1",
        ...settings,
      },
    });
    return new NodeProcess(child, { http, grpc, peer });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when `/readyz`, or another address of it, answers with 200. */
  async answers(what = "/readyz", scheme = "http"): Promise<this> {
    const url = `${scheme}://127.0.0.1:${this.ports.http}${what}`;
    await pollUntil(`${what} answers`, () => askNode(url), DEADLINE_MS);
    return this;
  }

  async end(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.exited;
  }
}
