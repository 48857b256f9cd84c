/**
 * Holds every answer of an API under test against its OpenAPI document. What does not fit fails the
 * test during which it was sent.
 */

import type { ServerResponse } from "node:http";
import { Conformance } from "@ringkv/testing";
import type { Express, Response } from "express";
import { BOARD_PATH, type DocumentOptions } from "../src/index.js";
import { openApiDocument } from "../src/openapi/document.js";

const problems: string[] = [];

/** What was found since the last call; whoever takes it expects it. */
export function takeProblems(): string[] {
  return problems.splice(0);
}

afterEach(() => {
  const found = takeProblems();
  if (found.length > 0) throw new Error(`not as described:\n${found.join("\n")}`);
});

const made = new Map<string, Conformance>();

interface Answering {
  write: (this: Response, ...args: unknown[]) => boolean;
  end: (this: Response, ...args: unknown[]) => Response;
}

/** To be called before a server is made: servers take over what responses can do. */
export function checkAnswers(app: Express, options: DocumentOptions): void {
  const conformance = conformanceWith(options);
  const sent = new WeakMap<Response, Buffer[]>();
  const keep = (response: Response, chunk: unknown, encoding: unknown) => {
    const chunks = sent.get(response) ?? [];
    sent.set(response, chunks);
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    if (typeof chunk !== "string") return;
    chunks.push(Buffer.from(chunk, encoding === "latin1" ? "latin1" : "utf8"));
  };
  const answering = app.response as unknown as Answering;
  const { write, end } = answering;
  answering.write = function (this: Response, ...args: unknown[]) {
    keep(this, args[0], args[1]);
    return write.apply(this, args);
  };
  answering.end = function (this: Response, ...args: unknown[]) {
    keep(this, args[0], args[1]);
    const isHeard = !this.destroyed && this.socket?.destroyed !== true;
    const ended = end.apply(this, args);
    if (isHeard) check(this, Buffer.concat(sent.get(this) ?? []), conformance);
    return ended;
  };
}

function check(response: Response, bytes: Buffer, conformance: Conformance): void {
  const { method, originalUrl: target } = response.req;
  // Refused before Express had it: no route has answered.
  if (target === undefined) return;
  // Its pages are drawn by somebody else, and not described.
  if (target.startsWith(BOARD_PATH)) return;
  const body = method === "HEAD" ? "" : bytes.toString("utf8");
  const { statusCode: status } = response;
  try {
    const headers = headersOf(response);
    problems.push(...conformance.problemsOf({ method, target, status, headers, body }));
  } catch (thrown) {
    // It must not become an answer: what is told after this one, nobody would hear.
    problems.push(`${method} ${target}: ${String(thrown)}`);
  }
}

/** To make one takes a while, and most tests want the same. */
function conformanceWith(options: DocumentOptions): Conformance {
  const { version, replicaCount, valueBytesMax } = options;
  const name = [version, replicaCount, valueBytesMax].join();
  const conformance = made.get(name) ?? new Conformance(openApiDocument(options));
  made.set(name, conformance);
  return conformance;
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
