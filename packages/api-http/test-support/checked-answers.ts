/**
 * Holds every answer of an API under test against its OpenAPI document. What does not fit fails the
 * test during which it was sent.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { Conformance } from "@ringkv/testing";
import type { Express } from "express";
import { type DocumentOptions, openApiDocument } from "../src/index.js";

const problems: string[] = [];

/** What was found since the last call; whoever takes it expects it. */
export function takeProblems(): string[] {
  return problems.splice(0);
}

afterEach(() => {
  const found = takeProblems();
  if (found.length > 0) throw new Error(`not as described:\n${found.join("\n")}`);
});

/** What Express calls for each request, whoever made the server. */
interface Handling {
  handle(request: IncomingMessage, response: ServerResponse, next: unknown): void;
}

const made = new Map<string, Conformance>();

export function checkAnswers(app: Express, options: DocumentOptions): void {
  const conformance = conformanceWith(options);
  const handling = app as unknown as Handling;
  const handle = handling.handle.bind(app);
  handling.handle = (request, response, next) => {
    watch(request, response, conformance);
    handle(request, response, next);
  };
}

/** To make one takes a while, and most tests want the same. */
function conformanceWith(options: DocumentOptions): Conformance {
  const { version, replicaCount, valueBytesMax } = options;
  const name = [version, replicaCount, valueBytesMax].join();
  const conformance = made.get(name) ?? new Conformance(openApiDocument(options));
  made.set(name, conformance);
  return conformance;
}

/** The body as it is written; the rest as it stands when the last of it is. */
function watch(request: IncomingMessage, response: ServerResponse, conformance: Conformance): void {
  const { method = "", url = "" } = request;
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown, encoding: unknown) => {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    else if (typeof chunk === "string") {
      chunks.push(Buffer.from(chunk, encoding === "latin1" ? "latin1" : "utf8"));
    }
  };
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.write = (...args: unknown[]) => {
    keep(args[0], args[1]);
    return write(...args);
  };
  response.end = (...args: unknown[]) => {
    keep(args[0], args[1]);
    const isHeard = !response.destroyed && response.socket?.destroyed !== true;
    const ended = end(...args);
    if (!isHeard) return ended;
    const sent = method === "HEAD" ? "" : Buffer.concat(chunks).toString("utf8");
    const exchange = { method, target: url, status: response.statusCode, body: sent };
    try {
      problems.push(...conformance.problemsOf({ ...exchange, headers: headersOf(response) }));
    } catch (thrown) {
      // It must not become an answer: what is told after this one, nobody would hear.
      problems.push(`${method} ${url}: ${String(thrown)}`);
    }
    return ended;
  };
}

/** As they go out: what `writeHead` was given stands nowhere else. */
function headersOf(response: ServerResponse): Record<string, string> {
  const { _header: head } = response as unknown as { readonly _header: string };
  const lines = head.split("\r\n").slice(1);
  const fields = lines.filter(Boolean).map((line) => {
    const at = line.indexOf(": ");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
  });
  return Object.fromEntries(fields);
}
