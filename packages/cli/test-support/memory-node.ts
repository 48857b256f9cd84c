/**
 * A node for the command line's tests: an HTTP server over a map. It answers in the contract's
 * words and is one node only; what a cluster does is tried on real ones.
 */

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Held {
  readonly value: Buffer;
  readonly contentType: string;
  readonly version: string;
}

/** Answers instead of the map; true when it did. */
export type Interception = (key: string, response: ServerResponse) => boolean;

export class MemoryNode {
  readonly records = new Map<string, Held>();
  readonly tasks: { id: string; title: string; completed: boolean; created_at: string }[] = [];
  readonly url: string;
  readonly #server: Server;
  intercept: Interception = () => false;
  restored = "";
  #writes = 0;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(): Promise<MemoryNode> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const node = new MemoryNode(server);
    server.on("request", (request, response) => void node.#answer(request, response));
    return node;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  hold(key: string, value: string | Buffer, contentType = "application/json"): void {
    const version = (++this.#writes).toString(16).padStart(20, "0");
    this.records.set(key, { value: Buffer.from(value), contentType, version });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? "", this.url);
    const body = Buffer.concat(parts);
    if (pathname.startsWith("/kv/")) this.#kv(request, response, body);
    else if (pathname === "/kv") json(response, this.#page(searchParams));
    else if (pathname === "/snapshot") response.writeHead(200).end(this.snapshot());
    else if (pathname === "/heartbeat") json(response, { status: "alive", node: "node1" });
    else if (pathname.startsWith("/tasks")) this.#task(request, response, body);
    else if (pathname === "/restore") {
      this.restored = body.toString();
      json(response, { restored: 2, skippedOlder: 1, total: 3 });
    } else problem(response, 404, "not_found");
  }

  #kv(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const [path = ""] = (request.url ?? "").split("?");
    const key = decodeURIComponent(path.slice("/kv/".length));
    if (this.intercept(key, response)) return;
    const held = this.records.get(key);
    if (request.method === "GET") this.#read(response, held);
    else this.#write(request, response, { key, held, body });
  }

  #read(response: ServerResponse, held: Held | undefined): void {
    if (held === undefined) problem(response, 404, "not_found");
    else {
      const { version, contentType, value } = held;
      response.writeHead(200, { ETag: `"${version}"`, "Content-Type": contentType }).end(value);
    }
  }

  #write(
    request: IncomingMessage,
    response: ServerResponse,
    given: { readonly key: string; readonly held: Held | undefined; readonly body: Buffer },
  ): void {
    const { key, held, body } = given;
    if (request.method === "PUT") this.hold(key, body, request.headers["content-type"] ?? "");
    else this.records.delete(key);
    const version = this.#writes.toString(16).padStart(20, "0");
    const receipt = { key, version, partition: 1, primary: "node1", stored: ["node1"] };
    json(response, { ...receipt, standIns: [], w: 1, created: !held, existed: Boolean(held) });
  }

  /** The cursor is the last key. */
  #page(parameters: URLSearchParams) {
    const limit = Number(parameters.get("limit") ?? 100);
    const after = parameters.get("cursor") ?? "";
    const prefix = parameters.get("prefix") ?? "";
    const keys = [...this.records.keys()].toSorted();
    const left = keys.filter((key) => key.startsWith(prefix) && key > after);
    const items = left.slice(0, limit).map((key) => ({
      key,
      version: this.records.get(key)?.version,
      ...(parameters.get("values") === "true" && {
        value: this.records.get(key)?.value.toString(),
      }),
    }));
    return { items, cursor: left.length > limit ? items.at(-1)?.key : null };
  }

  #task(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const id = (request.url ?? "").split("/")[2];
    const given = body.length === 0 ? {} : JSON.parse(body.toString());
    const index = this.tasks.findIndex((task) => task.id === id);
    const task = this.tasks[index];
    if (request.method === "GET") json(response, { tasks: this.tasks });
    else if (request.method === "POST") {
      const fresh = { id: `t${this.tasks.length}`, title: given.title, completed: false };
      this.tasks.push({ ...fresh, created_at: "2026-01-01T00:00:00.000Z" });
      json(response, fresh);
    } else if (task === undefined) problem(response, 404, "not_found");
    else {
      if (request.method === "DELETE") this.tasks.splice(index, 1);
      json(response, Object.assign(task, given));
    }
  }

  snapshot(): string {
    const lines = [...this.records].map(([key, { version }]) => JSON.stringify({ key, version }));
    const before = [`{"format":"ringkv-snapshot","formatVersion":1}`, ...lines, ""].join("\n");
    const sha256 = createHash("sha256").update(before).digest("hex");
    return `${before}${JSON.stringify({ count: lines.length, sha256 })}\n`;
  }
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

export function problem(
  response: ServerResponse,
  status: number,
  code: string,
  more: { readonly outcome?: string; readonly retryable?: boolean } = {},
): void {
  const { outcome = "not-applied", retryable = false } = more;
  response.writeHead(status, { "Content-Type": "application/problem+json" });
  const words = { title: code, detail: `a planned ${code}` };
  response.end(JSON.stringify({ ...words, status, code, outcome, retryable, requestId: "r" }));
}
