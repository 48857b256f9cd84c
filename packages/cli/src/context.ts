/** What a command is given: the client, the output, and when to stop. */

import { RingkvClient } from "@ringkv/client";
import { authorityIn, tokenIn } from "./credentials.js";
import { UsageError } from "./exit-code.js";
import { Output } from "./output.js";
import type { Surroundings } from "./surroundings.js";

/** Those of `npm start` and of docker-compose. */
const NODES = "http://127.0.0.1:8001,http://127.0.0.1:8002,http://127.0.0.1:8003";

export interface GlobalOptions {
  readonly nodes?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly tokenFile?: string;
}

export interface ClientSettings {
  readonly spread?: boolean;
  readonly patienceMs?: number;
  readonly connectionsMax?: number;
  readonly answerTimeoutMs?: number;
}

/** For bulk work: an answer that is late is better than an outcome that nobody knows. */
export const BULK_ANSWER_TIMEOUT_MS = 10_000;

export class Context {
  readonly out: Output;
  readonly surroundings: Surroundings;
  readonly nodes: readonly string[];
  readonly #clients: RingkvClient[] = [];
  readonly #token: string | undefined;
  readonly #ca: string | undefined;

  constructor(options: GlobalOptions, surroundings: Surroundings) {
    const { json = false, quiet = false } = options;
    this.surroundings = surroundings;
    this.out = new Output({ json, quiet }, surroundings);
    const { tokenFile } = options;
    this.#token = tokenIn(surroundings.environment, tokenFile);
    this.#ca = authorityIn(surroundings.environment);
    this.nodes = nodesIn(options.nodes ?? surroundings.environment["RINGKV_NODES"] ?? "");
  }

  get signal(): AbortSignal {
    return this.surroundings.stopped;
  }

  /** By default every node is asked once: whoever types can try again. */
  client(settings: ClientSettings = {}): RingkvClient {
    const known = { nodes: this.nodes, token: this.#token, ca: this.#ca };
    const client = new RingkvClient({ ...known, patienceMs: 0, ...settings });
    this.#clients.push(client);
    return client;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

function nodesIn(text: string): readonly string[] {
  const nodes = (text === "" ? NODES : text)
    .split(/[\s,]+/)
    .filter((node) => node !== "")
    .map((node) => (/^https?:\/\//.test(node) ? node : `http://${node}`));
  const wrong = nodes.find((node) => !URL.canParse(node));
  if (nodes.length === 0) throw new UsageError("--nodes names no node");
  if (wrong !== undefined) throw new UsageError(`not the URL of a node: ${wrong}`);
  return nodes;
}
