/**
 * Answers: one `writeHead` with a flat list of headers and one `end`. Express's own `send` and
 * `json` would compute, look up and merge for each request what is the same for all of them.
 */

import type { Log } from "@ringkv/engine";
import type { Request, Response } from "express";
import { ClientGone } from "./http-refusal.js";
import { headersOf, type Problem, problemOf } from "./problem.js";
import { maySendMore } from "./raw-body.js";
import { requestIdOf } from "./request-id.js";

/** For everything that this API makes itself. */
export const SAFE = ["X-Content-Type-Options", "nosniff", "Cache-Control", "no-store"] as const;

export interface Answer {
  readonly status: number;
  /** Flat list of names and values, without those of the body. */
  readonly headers: readonly string[];
  readonly contentType: string;
  readonly body: string | Buffer;
}

export function sendText(
  request: Request,
  response: Response,
  { status, headers, contentType, body }: Answer,
): void {
  response.writeHead(status, [
    "Content-Type",
    contentType,
    "Content-Length",
    String(Buffer.byteLength(body)),
    "X-Request-Id",
    requestIdOf(request),
    ...SAFE,
    ...headers,
  ]);
  response.end(body);
}

export function sendJson(
  request: Request,
  response: Response,
  { status = 200, json }: { readonly status?: number; readonly json: object },
): void {
  const body = JSON.stringify(json);
  sendText(request, response, { status, headers: [], contentType: "application/json", body });
}

/** Answers with what went wrong, if anybody still listens. Bugs are logged in full. */
export function sendFailure(
  request: Request,
  response: Response,
  { thrown, log }: { thrown: unknown; log: Log },
): void {
  if (thrown instanceof ClientGone) return;
  const problem = problemOf(thrown, requestIdOf(request));
  if (problem.code === "internal") {
    const { method, path } = request;
    const { requestId } = problem;
    log.error({ err: thrown, requestId, method, path }, "a request met a bug");
  }
  if (response.destroyed) return;
  // Half an answer cannot be taken back; a broken connection at least is no whole one.
  if (response.headersSent) response.destroy();
  else sendProblem(request, response, problem);
}

export function sendProblem(request: Request, response: Response, problem: Problem): void {
  response.writeHead(problem.status, [
    ...headersOf(problem),
    ...SAFE,
    ...(maySendMore(request) ? ["Connection", "close"] : []),
  ]);
  response.end(problem.body);
}
