/**
 * `POST /set` and `GET /jobs`: two older names, for `POST /kv` and for a listing of all pairs, that
 * collections of requests from courses use. The same handlers under another path, and no more.
 */

import type { Request, Response } from "express";
import type { KvDeps } from "./kv-deps.js";
import { list } from "./kv-listing.js";
import { put } from "./kv-query-routes.js";
import { queryOf } from "./request-target.js";
import type { Routes } from "./routes.js";

/** What `/jobs` asks for unless the client says otherwise. */
const ALL_PAIRS = [
  ["prefix", ""],
  ["values", "true"],
] as const;

export function mountCourse(routes: Routes, deps: KvDeps): void {
  const { inFlight } = deps;
  routes.mount("/set", {
    post: inFlight.admit((request, response) => put(deps, request, response)),
  });
  routes.mount("/jobs", {
    get: inFlight.admit((request, response) => listPairs(deps, request, response)),
  });
}

async function listPairs(deps: KvDeps, request: Request, response: Response): Promise<void> {
  const given = queryOf(request.url);
  const added = ALL_PAIRS.filter(([name]) => !given.has(name)).map((pair) => pair.join("="));
  const mark = request.url.includes("?") ? "&" : "?";
  if (added.length > 0) request.url += mark + added.join("&");
  await list(deps, request, response);
}
