/** A real HTTP receiver of webhooks: checks each signature, counts each event, and has moods. */

import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Message } from "@ringkv/engine";
import { isGenuine } from "@ringkv/webhook-axios";

export const WEBHOOK_SECRET = "a secret of the tests";

export class WebhookCatcher {
  /** By event id: how often it was told. */
  readonly told = new Map<string, number>();
  readonly keys = new Set<string>();
  readonly alerts: string[] = [];
  forged = 0;
  /** Takes calls, and answers none: the worker is in the middle of its job. */
  isHolding = false;
  held = 0;
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** How often these events were told beyond the first time. */
  repeatsOf(ids: Iterable<string>): number {
    return [...ids].reduce((sum, id) => sum + Math.max(0, (this.told.get(id) ?? 0) - 1), 0);
  }

  /** Starts it, again on the same port. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void textOf(request).then((body) => this.#hear(request.headers, body, response));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  #hear(headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
    const signed = {
      id: String(headers["webhook-id"]),
      timestampSeconds: Number(headers["webhook-timestamp"]),
      body,
    };
    const at = { secret: WEBHOOK_SECRET, nowSeconds: Date.now() / 1_000 };
    if (!isGenuine(signed, String(headers["webhook-signature"]), at)) this.forged++;
    if (this.isHolding) {
      this.held++;
      return;
    }
    this.#take(JSON.parse(body) as Message);
    response.writeHead(204).end();
  }

  #take(message: Message): void {
    if (message.kind === "alerts") {
      for (const { kind, node } of message.alerts) this.alerts.push(`${kind} ${node}`);
    }
    if (message.kind !== "writes") return;
    for (const { id, key } of message.events) {
      this.told.set(id, (this.told.get(id) ?? 0) + 1);
      this.keys.add(key);
    }
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
