/**
 * Everything that people look at and act on, put together: the overview and its events, the admin
 * routes, the tasks and the pages. It decides nothing; each has a file of its own.
 */

import type { NodeId, Ring } from "@ringkv/core";
import type { Clock, Inquiries, Leadership, Log } from "@ringkv/engine";
import type { RequestHandler } from "express";
import { type Drills, mountAdmin } from "./admin-routes.js";
import type { ActiveFault } from "./admin-schemas.js";
import { mountBoard } from "./board-route.js";
import { mountBoardSession } from "./board-session-route.js";
import type { BoardSessions } from "./board-sessions.js";
import { type OverviewFacts, overviewOf, primariesIn, sharesIn } from "./cluster-overview.js";
import { ClusterWatch, type Seen } from "./cluster-watch.js";
import type { ClusterView, Lists, QueueView, Reads, Writes } from "./engine-needs.js";
import type { HttpMeter } from "./http-meter.js";
import type { InFlight } from "./in-flight.js";
import { countJobs } from "./job-counts.js";
import type { OptionsReader } from "./options.js";
import { mountOverview } from "./overview-routes.js";
import { mountPages } from "./page-routes.js";
import type { Routes } from "./routes.js";
import { mountTasks } from "./task-routes.js";

/** What the operator's part of the API is given, beside what all of it shares. */
export interface OperatorSettings {
  readonly ring: Ring;
  /** Where clients reach each member, as far as is known. */
  readonly urls: ReadonlyMap<NodeId, string>;
  /** The origins of pages that may read here. */
  readonly origins: ReadonlySet<string>;
  readonly pagesFolder: string;
  /** Draws the pages under `/queues`; absent: there are none. */
  readonly board?: RequestHandler;
  /** What this node does to itself in drills; null: they are not enabled. */
  readonly activeFaults: (() => readonly ActiveFault[]) | null;
  readonly drain: () => void;
}

export interface Inquires {
  readonly inquiries: Pick<Inquiries, "reports" | "inflict">;
}

export interface OperatorDeps {
  readonly node: Reads & Writes & Lists & ClusterView & Inquires;
  readonly self: NodeId;
  readonly queues: readonly QueueView[];
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly replicaCount: number;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
  readonly meter: Pick<HttpMeter, "countBegun">;
  readonly operator: OperatorSettings;
  readonly sessions: BoardSessions | null;
}

export function mountOperator(routes: Routes, deps: OperatorDeps): void {
  const { node, operator, clock, log } = deps;
  const { ring, activeFaults } = operator;
  const look = lookFor(deps);
  const watch = new ClusterWatch({ clock, log, look });
  const overview = async () => (await look()).overview;
  mountOverview(routes, { ...deps, watch, overview, primaries: primariesIn(ring) });
  const { inquiries } = node;
  const drills: Drills | null =
    activeFaults === null
      ? null
      : { active: activeFaults, inflict: (to, fault) => inquiries.inflict(to, fault) };
  mountTasks(routes, deps);
  mountAdmin(routes, { ...deps, members: ring.members, drills, drain: operator.drain });
  mountBoardSession(routes, deps);
}

/** The pages come before what tells browsers that nothing here is a page. */
export function mountOperatorPages(
  routes: Routes,
  settings: OperatorSettings,
  sessions: BoardSessions | null,
): void {
  const { pagesFolder: folder, origins, board = null } = settings;
  mountPages(routes, { folder, origins });
  mountBoard(routes, { board, sessions });
}

function lookFor(deps: OperatorDeps): () => Promise<Seen> {
  const { node, self, queues, clock, version, operator, replicaCount } = deps;
  const { ring, urls, activeFaults } = operator;
  const facts: OverviewFacts = { ring, replicaCount, urls };
  const shares = sharesIn(ring, replicaCount);
  return async () => {
    const [reports, counted] = await Promise.all([node.inquiries.reports(), countJobs(queues)]);
    const members = reports.find((report) => report.node === self)?.status?.members ?? [];
    const leadership: Leadership = node.leadership();
    const overview = overviewOf({
      self,
      version,
      leadership,
      members,
      reports,
      shares,
      facts,
      atMs: clock.wallMs(),
      drills: activeFaults !== null,
      queues: counted,
    });
    return { overview, reports, known: { members, leadership, reports } };
  };
}
