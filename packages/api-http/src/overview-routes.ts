/**
 * `GET /cluster`: every member as far as it answers, asked now. `GET /events`: the same once a
 * second, with rates and with what has happened, as server-sent events.
 *
 * Events: `history` first, then `moment` each second. A subscriber that does not read is dropped,
 * and so is one too many; whoever was dropped connects again and begins with a history.
 */

import { Overloaded } from "@ringkv/core";
import type { Request, Response } from "express";
import type { Overview } from "./cluster-overview.js";
import type { ClusterWatch, Moment } from "./cluster-watch.js";
import type { Guard } from "./guard.js";
import type { HttpMeter } from "./http-meter.js";
import type { InFlight } from "./in-flight.js";
import type { OptionsReader } from "./options.js";
import type { clusterSchema, historySchema, momentSchema } from "./overview-schemas.js";
import { requestIdOf } from "./request-id.js";
import { queryOf } from "./request-target.js";
import { sendJson } from "./respond.js";
import type { Routes } from "./routes.js";
import type { Sent } from "./sent.js";

export interface OverviewDeps {
  readonly watch: ClusterWatch;
  /** Asks every member. Never rejects. */
  readonly overview: () => Promise<Overview>;
  /** By partition: which member, by its place in the member list, is its primary. */
  readonly primaries: readonly number[];
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
  readonly meter: Pick<HttpMeter, "countBegun">;
}

const SUBSCRIBERS_MAX = 64;
/** What a subscriber may leave unread: some ten moments. */
const UNREAD_BYTES_MAX = 256 * 1_024;

export function mountOverview(routes: Routes, deps: OverviewDeps): void {
  const cluster = deps.inFlight.admit((request, response) =>
    answerCluster(deps, request, response),
  );
  routes.mount("/cluster", { get: cluster });
  routes.mount("/events", {
    get: (request, response) => subscribe({ ...deps, guard: routes.guard }, request, response),
  });
}

async function answerCluster(
  { overview, primaries, options }: OverviewDeps,
  request: Request,
  response: Response,
): Promise<void> {
  options.read(queryOf(request.url), [], []);
  const json: Sent<typeof clusterSchema> = { ...(await overview()), primaries };
  sendJson(request, response, { json });
}

function subscribe(
  deps: OverviewDeps & { readonly guard: Guard },
  request: Request,
  response: Response,
): void {
  const { watch, primaries, options, meter, guard } = deps;
  options.read(queryOf(request.url), [], []);
  if (watch.watchers >= SUBSCRIBERS_MAX) {
    throw new Overloaded(`at most ${SUBSCRIBERS_MAX} subscribers; ask again later`);
  }
  response.writeHead(200, [
    "Content-Type",
    "text/event-stream; charset=utf-8",
    "Cache-Control",
    "no-store",
    "X-Request-Id",
    requestIdOf(request),
  ]);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const history: Sent<typeof historySchema> = { primaries, ...watch.history };
  send(response, "history", history);
  meter.countBegun(response);
  const stop = watch.watch((moment) => {
    if (guard.stillHolds(request)) tell(response, moment);
    else response.end();
  });
  response.on("close", stop);
}

export function tell(response: Response, moment: Moment & Sent<typeof momentSchema>): void {
  if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
  else send(response, "moment", moment);
  const { node, members } = moment.overview;
  // A node that leaves would otherwise wait for its watchers, who wait for it.
  if (members.find((member) => member.node === node)?.state === "down") response.end();
}

function send(response: Response, event: string, data: object): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
