/**
 * `POST /admin/board-session`: a cookie with which a browser opens `/queues` (board-sessions.ts).
 * Without tokens there is nothing to open, and the answer has no cookie.
 */

import type { Request, Response } from "express";
import type { boardSessionSchema } from "./admin-schemas.js";
import { BOARD_PATH } from "./board-route.js";
import type { BoardSessions } from "./board-sessions.js";
import type { InFlight } from "./in-flight.js";
import type { OptionsReader } from "./options.js";
import { queryOf } from "./request-target.js";
import { sendText } from "./respond.js";
import type { Routes } from "./routes.js";
import type { Sent } from "./sent.js";

export interface BoardSessionDeps {
  /** Null: tokens are not set. */
  readonly sessions: BoardSessions | null;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
}

export function mountBoardSession(routes: Routes, deps: BoardSessionDeps): void {
  routes.mount("/admin/board-session", {
    post: deps.inFlight.admit(async (request, response) =>
      answer(routes, deps, { request, response }),
    ),
  });
}

function answer(
  { guard }: Routes,
  { sessions, options }: BoardSessionDeps,
  { request, response }: { readonly request: Request; readonly response: Response },
): void {
  options.read(queryOf(request.url), [], []);
  const isSecure = "encrypted" in request.socket;
  const cookie = sessions?.open(guard.grantOf(request), { isSecure });
  const json: Sent<typeof boardSessionSchema> = { board: BOARD_PATH };
  sendText(request, response, {
    status: 200,
    headers: cookie === undefined ? [] : ["Set-Cookie", cookie],
    contentType: "application/json",
    body: JSON.stringify(json),
  });
}
