/**
 * POST /restore: asks this node to recover from the others, as it does at its start. A body, which
 * would be a snapshot, is refused: there are none yet.
 */

import { type NodeId, NotSupported } from "@ringkv/core";
import type { Express, Request, Response } from "express";
import type { ClusterView, Recovers } from "./engine-needs.js";
import { methodNotAllowed } from "./http-refusal.js";
import type { InFlight } from "./in-flight.js";
import type { OptionsReader } from "./options.js";
import { queryOf } from "./request-target.js";
import { sendJson } from "./respond.js";
import type { Sent } from "./sent.js";
import type { recoveryStartedSchema } from "./status-schemas.js";

export interface RestoreDeps {
  readonly node: ClusterView & Recovers;
  readonly self: NodeId;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
}

const ALLOWED = "POST, OPTIONS";

export function mountRestore(app: Express, deps: RestoreDeps): void {
  const route = app.route("/restore");
  route.post(deps.inFlight.admit(async (request, response) => restore(deps, request, response)));
  route.options((_request, response) => {
    response.writeHead(204, ["Allow", ALLOWED]).end();
  });
  route.all(() => {
    throw methodNotAllowed(ALLOWED);
  });
}

/** 202: it has begun, and how far it is stands on /status. */
function restore({ node, self, options }: RestoreDeps, request: Request, response: Response): void {
  options.read(queryOf(request.url), [], []);
  if (hasBody(request)) throw new NotSupported("a snapshot cannot be restored yet");
  const json: Sent<typeof recoveryStartedSchema> = { node: self, recovery: node.recover() };
  sendJson(request, response, { status: 202, json });
}

function hasBody({ headers }: Request): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
