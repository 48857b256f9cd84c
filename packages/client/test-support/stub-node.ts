/**
 * A node for the client's tests: a plain HTTP server that answers as it is told and notes what it
 * was asked. It keeps to the contract's words, not to its rules.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export type Reply = (asked: Asked, response: ServerResponse) => void;

export class StubNode {
  readonly asked: Asked[] = [];
  readonly url: string;
  readonly #server: Server;
  #waiting: (() => void)[] = [];
  reply: Reply;

  private constructor(server: Server, reply: Reply) {
    this.#server = server;
    this.reply = reply;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async open(reply: Reply = answerReceipt): Promise<StubNode> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const node = new StubNode(server, reply);
    server.on("request", (request, response) => void node.#take(request, response));
    return node;
  }

  /** Resolves when the next request has arrived as a whole. */
  nextAsked(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return; // The client gave up.
    }
    const { method = "", url = "", headers } = request;
    const asked = { method, url, headers, body: Buffer.concat(parts) };
    this.asked.push(asked);
    for (const tell of this.#waiting.splice(0)) tell();
    this.reply(asked, response);
  }
}

/** A URL at which nobody listens: a port that was free a moment ago. */
export async function deadUrl(): Promise<string> {
  const node = await StubNode.open();
  await node.close();
  return node.url;
}

export const VERSION = "0191c3a4b2f300001a1b";

export const answerReceipt: Reply = ({ url }, response) => {
  const key = decodeURIComponent(url.replace(/^\/kv\//, "").replace(/\?.*/, ""));
  const receipt = { key, version: VERSION, partition: 412, primary: "node2" };
  const stored = { stored: ["node2", "node3"], standIns: [], w: 2 };
  answerJson({ ...receipt, ...stored, created: true, existed: true })({ url } as Asked, response);
};

export function answerJson(json: unknown, status = 200): Reply {
  return (_asked, response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(json));
  };
}

export function answerValue(value: Buffer | string, headers: Record<string, string> = {}): Reply {
  return (_asked, response) => {
    response.writeHead(200, { ETag: `"${VERSION}"`, "Content-Type": "text/plain", ...headers });
    response.end(value);
  };
}

export interface PlannedProblem {
  readonly status: number;
  readonly code: string;
  readonly outcome?: "not-applied" | "unknown";
  readonly retryable?: boolean;
  readonly more?: object;
}

export function answerProblem(problem: PlannedProblem): Reply {
  const { status, code, outcome = "not-applied", retryable = false, more = {} } = problem;
  const words = { type: "about:blank", title: code, status, detail: `a planned ${code}` };
  return (_asked, response) => {
    response.writeHead(status, {
      "Content-Type": "application/problem+json",
      "X-Request-Id": "req-1",
    });
    response.end(
      JSON.stringify({ ...words, code, outcome, retryable, ...more, requestId: "req-1" }),
    );
  };
}

/** Takes the request and then cuts the connection. */
export const cutOff: Reply = (_asked, response) => void response.destroy();

/** Takes the request and never answers. */
export const saysNothing: Reply = () => {};
