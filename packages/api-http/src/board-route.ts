/**
 * GET /queues: the board of the background jobs, which somebody else draws. What is decided here is
 * what its pages may do in a browser, and that no other page may press its buttons.
 */

import { InvalidRequest } from "@ringkv/core";
import type { Express, RequestHandler } from "express";
import helmet from "helmet";
import { refuseMalformed } from "./well-formed.js";

export const BOARD_PATH = "/queues";

export function mountBoard(app: Express, board: RequestHandler | null): void {
  if (board === null) return;
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
