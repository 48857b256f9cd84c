/**
 * The HTTP interface, put together. It translates: what a request means is decided in the routes,
 * what happens in the engine, and what a failure says in problem.ts.
 */

import type { Access } from "@ringkv/access";
import { type NodeId, NotFound } from "@ringkv/core";
import type { Clock, Load, Log, ScheduledSnapshotsView } from "@ringkv/engine";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { BOARD_PATH } from "./board-route.js";
import { BoardSessions } from "./board-sessions.js";
import { mountCluster } from "./cluster-routes.js";
import { mountCourse } from "./course-routes.js";
import type { Cursors } from "./cursors.js";
import { mountDocuments } from "./document-routes.js";
import type {
  Batches,
  ClusterView,
  Lists,
  Locates,
  Notifies,
  QueueView,
  Reads,
  Recovers,
  Restores,
  Snapshots,
  Verifies,
  Writes,
} from "./engine-needs.js";
import { FewAtOnce } from "./few-at-once.js";
import { Guard } from "./guard.js";
import { HttpMeter } from "./http-meter.js";
import { InFlight } from "./in-flight.js";
import { mountKvPath } from "./kv-path-routes.js";
import { mountKvQuery } from "./kv-query-routes.js";
import type { Measured, MeasuredDurations } from "./metrics.js";
import { mountNotify } from "./notify-routes.js";
import {
  type Inquires,
  mountOperator,
  mountOperatorPages,
  type OperatorSettings,
} from "./operator-routes.js";
import { OptionsReader } from "./options.js";
import { sendFailure } from "./respond.js";
import { mountRestore } from "./restore-routes.js";
import { Routes } from "./routes.js";
import { mountSnapshot } from "./snapshot-routes.js";
import { refuseMalformed } from "./well-formed.js";

export interface ApiDeps {
  readonly node: Reads &
    Writes &
    Lists &
    Batches &
    Locates &
    Verifies &
    Recovers &
    Snapshots &
    Restores &
    Notifies &
    ClusterView &
    Inquires;
  readonly queues: readonly QueueView[];
  /** Null: this node takes none. */
  readonly scheduledSnapshots: { readonly view: ScheduledSnapshotsView } | null;
  /** Where listings go on; the same on every node. */
  readonly cursors: Cursors;
  /** This node's name. */
  readonly self: NodeId;
  /** Null: no tokens are set, and everybody may do everything. */
  readonly access: Access | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly durations: MeasuredDurations;
  readonly peerFailures: Measured["peerFailures"];
  /** Shared with the node's other doors. */
  readonly load: Load;
  readonly operator: OperatorSettings;
  readonly options: ApiOptions;
}

export interface ApiOptions {
  /** Of this program; shown by `/status`. */
  readonly version: string;
  /** Where clients reach this node; shown by `/heartbeat`. */
  readonly httpPort: number;
  /** N: the most that a request may ask for as W or R. */
  readonly replicaCount: number;
  readonly valueBytesMax: number;
  /** Of a snapshot to be restored, decompressed. */
  readonly restoreBytesMax: number;
}

/** Each reads, or writes, as fast as the disks allow: more would only be slower. */
const SNAPSHOTS_MAX = 2;
const RESTORES_MAX = 2;

export function createApi(deps: ApiDeps): Express {
  const { node, clock, log } = deps;
  const { valueBytesMax } = deps.options;
  const inFlight = new InFlight(deps.load, valueBytesMax);
  const options = new OptionsReader(deps.options.replicaCount);
  const app = express();
  const meter = new HttpMeter(clock);
  meter.watch(app);
  app.set("etag", false);
  app.set("query parser", false);
  app.set("case sensitive routing", true);
  app.disable("x-powered-by");

  const guard = new Guard(deps.access);
  const routes = new Routes(app, guard);
  const sessions = boardSessions(deps);
  const kv = { node, clock, log, inFlight, guard, options, valueBytesMax, cursors: deps.cursors };
  mountKvPath(routes, kv);
  mountKvQuery(routes, kv);
  app.use((request, _response, next) => {
    refuseMalformed(request);
    next();
  });
  mountOperatorPages(routes, deps.operator, sessions);
  app.use(protectBrowsers());
  const startedAtMs = clock.monotonicMs();
  mountCluster(routes, { ...deps, ...deps.options, inFlight, options, startedAtMs, meter });
  mountCourse(routes, kv);
  mountOperator(routes, { ...deps, ...deps.options, inFlight, options, meter, sessions });
  mountSnapshot(routes, { ...deps, options, few: new FewAtOnce(SNAPSHOTS_MAX, "snapshots") });
  const few = new FewAtOnce(RESTORES_MAX, "restores");
  mountRestore(routes, { ...deps, ...deps.options, inFlight, options, few });
  mountNotify(routes, { ...deps, inFlight, options });
  mountDocuments(routes, { ...deps.options, inFlight, options });
  app.use((request) => {
    guard.demandToken(request);
    throw new NotFound("no such route");
  });
  app.use(failureHandler(log));
  return app;
}

function boardSessions({ access, clock }: ApiDeps): BoardSessions | null {
  return access === null ? null : new BoardSessions({ access, clock, path: BOARD_PATH });
}

/** No page comes after this. HSTS is for whoever terminates TLS in front of this node. */
function protectBrowsers(): RequestHandler {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  });
}

/** The only place where a failure becomes a response. */
function failureHandler(log: Log): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express knows an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    sendFailure(request, response, { thrown, log });
  };
}
