/**
 * GET /queues: the board of the background jobs, which somebody else draws. What is decided here is
 * what its pages may do in a browser, and that no other page may press its buttons.
 */

import { InvalidRequest } from "@ringkv/core";
import type { RequestHandler } from "express";
import helmet from "helmet";
import type { BoardSessions } from "./board-sessions.js";
import { BOARD_NEED } from "./route-needs.js";
import type { Routes } from "./routes.js";
import { refuseMalformed } from "./well-formed.js";

export const BOARD_PATH = "/queues";

export interface BoardDeps {
  /** Null: there is none. */
  readonly board: RequestHandler | null;
  /** Null: tokens are not set. */
  readonly sessions: BoardSessions | null;
}

export function mountBoard({ app, guard }: Routes, { board, sessions }: BoardDeps): void {
  if (board === null) return;
  // A cookie is looked at first: a browser that has one sends no token.
  const protect = guard.protect(BOARD_NEED, (_request, _response, next) => next());
  app.use(BOARD_PATH, (request, response, next) =>
    sessions?.lets(request.headers.cookie) ? next() : protect(request, response, next),
  );
  app.use(BOARD_PATH, (request, _response, next) => {
    refuseMalformed(request);
    const site = request.headers["sec-fetch-site"];
    const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (isForeign && !isReading) throw new InvalidRequest("another site may not do this");
    next();
  });
  // Called as a function: the board's own application must not become a part of this one.
  app.use(BOARD_PATH, protectBoard(), (request, response, next) => board(request, response, next));
}

/** Its fonts are asked of Google, and are not let in: the board does without. */
function protectBoard(): RequestHandler {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        frameAncestors: ["'none'"],
      },
    },
  });
}
