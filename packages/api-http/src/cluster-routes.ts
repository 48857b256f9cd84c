/**
 * What this node says of itself and of the cluster. Probes are answered however busy the node is;
 * what asks other nodes is counted like any other request.
 */

import type { NodeId } from "@ringkv/core";
import type { Clock, Durability, ReadinessCheck, ScheduledSnapshotsView } from "@ringkv/engine";
import type { Request, Response } from "express";
import type { locationSchema, verificationSchema } from "./cluster-schemas.js";
import type { ClusterView, Locates, QueueView, Verifies } from "./engine-needs.js";
import type { Guard } from "./guard.js";
import type { HttpMeter } from "./http-meter.js";
import type { InFlight } from "./in-flight.js";
import { countJobs } from "./job-counts.js";
import { keyInQuery } from "./kv-query-routes.js";
import { type Measured, type MeasuredDurations, Metrics } from "./metrics.js";
import type { OptionsReader } from "./options.js";
import { queryOf } from "./request-target.js";
import { sendJson, sendText } from "./respond.js";
import type { Routes } from "./routes.js";
import type { Sent } from "./sent.js";
import type { healthSchema, heartbeatSchema, statusSchema } from "./status-schemas.js";

export interface ClusterDeps {
  readonly node: ClusterView & Locates & Verifies;
  readonly queues: readonly QueueView[];
  readonly scheduledSnapshots: { readonly view: ScheduledSnapshotsView } | null;
  readonly self: NodeId;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
  readonly version: string;
  readonly httpPort: number;
  readonly startedAtMs: number;
  readonly meter: Pick<HttpMeter, "series">;
  readonly durations: MeasuredDurations;
  readonly peerFailures: Measured["peerFailures"];
}

const PERSISTENCE: Readonly<Record<Durability, string>> = {
  always: "always: on disk before a write is acknowledged",
  everysec: "everysec: a crash of Redis can lose about the last second of acknowledged writes",
  none: "none: nothing survives a restart",
};

export function mountCluster(routes: Routes, deps: ClusterDeps): void {
  const { guard } = routes;
  const locate = deps.inFlight.admit((request, response) => {
    return answerLocate({ ...deps, guard }, request, response);
  });
  const verify = deps.inFlight.admit((request, response) => answerVerify(deps, request, response));
  const metrics = new Metrics();
  routes.mount("/health", { get: (request, response) => answerHealth(deps, request, response) });
  routes.mount("/livez", { get: (request, response) => answerLive(deps, request, response) });
  const isGuarded = guard.access !== null;
  routes.mount("/readyz", {
    get: (request, response) => answerReady({ ...deps, isGuarded }, request, response),
  });
  const heartbeat = {
    get: (request: Request, response: Response) => answerHeartbeat(deps, request, response),
  };
  routes.mount("/heartbeat", heartbeat);
  routes.mount("/status", { get: (request, response) => answerStatus(deps, request, response) });
  routes.mount("/metrics", {
    get: (request, response) => answerMetrics(deps, metrics, { request, response }),
  });
  routes.mount("/cluster/locate", { get: locate });
  routes.mount("/verify", { get: verify });
}

/**
 * A node that sees no majority still serves what its quorums allow, so it is not unhealthy; nor is
 * one that recovers and sees one: it coordinates, and takes writes.
 */
function answerHealth(deps: ClusterDeps, request: Request, response: Response): void {
  const { node, self } = deps;
  refuseParameters(deps, request);
  const holds = new Map(node.readiness().map(({ check, ok }) => [check, ok]));
  const coordinates = node.stateOf(self) === "recovering" && holds.get("majority");
  const canServe = holds.get("redis") && (holds.get("state") || coordinates);
  const json: Sent<typeof healthSchema> = {
    status: canServe ? "ok" : "unavailable",
    node: self,
    state: node.stateOf(self),
    ...node.leadership(),
  };
  sendJson(request, response, { status: canServe ? 200 : 503, json });
}

function answerLive(deps: ClusterDeps, request: Request, response: Response): void {
  refuseParameters(deps, request, "verbose");
  sendPlain(request, response, { status: 200, body: "ok\n" });
}

/**
 * As Kubernetes words it: the checks are listed when one failed, or on `?verbose`. Not where tokens
 * are set: nobody has to show one here, and so nobody is told more than yes or no.
 */
function answerReady(
  deps: ClusterDeps & { readonly isGuarded: boolean },
  request: Request,
  response: Response,
): void {
  refuseParameters(deps, request, "verbose");
  const checks = deps.node.readiness();
  const isReady = checks.every(({ ok }) => ok);
  const isListed = !deps.isGuarded && (!isReady || queryOf(request.url).has("verbose"));
  const verdict = isReady ? "readyz check passed" : "readyz check failed";
  const text = isListed ? [...checks.map(checkLine), verdict].join("\n") : isReady ? "ok" : verdict;
  sendPlain(request, response, { status: isReady ? 200 : 503, body: `${text}\n` });
}

function answerHeartbeat(deps: ClusterDeps, request: Request, response: Response): void {
  refuseParameters(deps, request);
  const { node, self, httpPort } = deps;
  const json: Sent<typeof heartbeatSchema> = {
    status: "alive",
    node: self,
    port: httpPort,
    ...node.leadership(),
  };
  sendJson(request, response, { json });
}

async function answerStatus(
  deps: ClusterDeps,
  request: Request,
  response: Response,
): Promise<void> {
  refuseParameters(deps, request);
  const { node, queues, version, clock, startedAtMs, inFlight } = deps;
  const [status, counted] = await Promise.all([node.status(), countJobs(queues)]);
  const { durability } = status;
  const { rss, heapUsed } = process.memoryUsage();
  const json: Sent<typeof statusSchema> = {
    ...status,
    version,
    uptimeSeconds: Math.floor((clock.monotonicMs() - startedAtMs) / 1_000),
    persistence: durability === null ? "unknown: Redis has not answered" : PERSISTENCE[durability],
    memory: { rssBytes: rss, heapUsedBytes: heapUsed },
    requestsInFlight: inFlight.count,
    queues: counted,
    scheduledSnapshots: deps.scheduledSnapshots?.view ?? null,
    ...node.leadership(),
  };
  sendJson(request, response, { json });
}

/** Like `/status`, for Prometheus; a store that is away is part of the answer. */
async function answerMetrics(
  deps: ClusterDeps,
  metrics: Metrics,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<void> {
  refuseParameters(deps, request);
  const { node, queues: views, meter, durations, inFlight } = deps;
  const [status, queues] = await Promise.all([node.status(), countJobs(views)]);
  const body = await metrics.text({
    status,
    queues,
    leadership: node.leadership(),
    requests: meter.series,
    requestsInFlight: inFlight.count,
    durations,
    peerFailures: deps.peerFailures,
    snapshots: deps.scheduledSnapshots?.view ?? null,
  });
  const { contentType } = metrics;
  sendText(request, response, { status: 200, headers: [], contentType, body });
}

async function answerLocate(
  deps: ClusterDeps & { readonly guard: Guard },
  request: Request,
  response: Response,
): Promise<void> {
  refuseParameters(deps, request, "key");
  const key = keyInQuery(queryOf(request.url));
  deps.guard.demandKey(request, key);
  const json: Sent<typeof locationSchema> = await deps.node.locate(key);
  sendJson(request, response, { json });
}

async function answerVerify(
  deps: ClusterDeps,
  request: Request,
  response: Response,
): Promise<void> {
  refuseParameters(deps, request);
  const json: Sent<typeof verificationSchema> = await deps.node.verify();
  sendJson(request, response, { json });
}

function refuseParameters(deps: ClusterDeps, request: Request, ...known: string[]): void {
  deps.options.read(queryOf(request.url), [], known);
}

function checkLine({ check, ok }: ReadinessCheck): string {
  return ok ? `[+]${check} ok` : `[-]${check} failed`;
}

function sendPlain(
  request: Request,
  response: Response,
  { status, body }: { readonly status: number; readonly body: string },
): void {
  const contentType = "text/plain; charset=utf-8";
  sendText(request, response, { status, headers: [], contentType, body });
}
