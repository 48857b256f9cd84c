/**
 * What only an operator asks: `POST /admin/drain`, and drills under `/admin/faults` where they are
 * enabled. A browser sends JSON to another origin only after asking, and is told no; that, and a
 * private network, is the fence until there are tokens.
 */

import { InvalidRequest, type NodeId, NotFound, QuorumUnreachable } from "@ringkv/core";
import { type Fault, PeerFailure } from "@ringkv/engine";
import type { Request, Response } from "express";
import {
  type ActiveFault,
  type activeFaultsSchema,
  type drainingSchema,
  drainSchema,
  FAULT_SECONDS,
  faultSchema,
  type inflictedSchema,
} from "./admin-schemas.js";
import type { InFlight } from "./in-flight.js";
import { objectIn, refuseOtherThanJson } from "./json-write.js";
import { type OptionsReader, parse } from "./options.js";
import { readBody } from "./raw-body.js";
import { queryOf } from "./request-target.js";
import { sendJson } from "./respond.js";
import type { Routes } from "./routes.js";
import type { Sent } from "./sent.js";

export interface Drills {
  /** Rejects when the member cannot be reached, or takes no part. */
  inflict(node: NodeId, fault: Fault): Promise<void>;
  /** What this node does to itself at the moment. */
  active(): readonly ActiveFault[];
}

export interface AdminDeps {
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  /** Null: drills are not enabled. */
  readonly drills: Drills | null;
  /** Begins to leave; returns at once. */
  readonly drain: () => void;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
}

const BODY_BYTES_MAX = 1_024;
export function mountAdmin(routes: Routes, deps: AdminDeps): void {
  const { inFlight } = deps;
  routes.mount("/admin/drain", {
    post: inFlight.admit((request, response) => answerDrain(deps, request, response)),
  });
  routes.mount("/admin/faults", {
    get: (request, response) => answerFaults(deps, request, response),
    post: inFlight.admit((request, response) => inflict(deps, request, response)),
  });
}

async function answerDrain(deps: AdminDeps, request: Request, response: Response): Promise<void> {
  deps.options.read(queryOf(request.url), [], []);
  refuseOtherThanJson(request.headers);
  const body = await readBody(request, response, BODY_BYTES_MAX);
  parse(drainSchema, objectIn(body));
  const json: Sent<typeof drainingSchema> = { node: deps.self, draining: true };
  sendJson(request, response, { status: 202, json });
  // What is to be answered leaves before the door closes.
  response.on("close", deps.drain);
}

function answerFaults(deps: AdminDeps, request: Request, response: Response): void {
  deps.options.read(queryOf(request.url), [], []);
  const active = enabled(deps).active();
  const json: Sent<typeof activeFaultsSchema> = { node: deps.self, active };
  sendJson(request, response, { json });
}

async function inflict(deps: AdminDeps, request: Request, response: Response): Promise<void> {
  const drills = enabled(deps);
  deps.options.read(queryOf(request.url), [], []);
  refuseOtherThanJson(request.headers);
  const body = await readBody(request, response, BODY_BYTES_MAX);
  const given = parse(faultSchema, objectIn(body));
  const node = memberOf(deps, given.node) ?? deps.self;
  const peer = memberOf(deps, given.peer);
  const { kind, delayMs = 0, seconds = FAULT_SECONDS } = given;
  if (kind === "cut" && peer === null) throw new InvalidRequest("peer: which link is cut?");
  if (kind === "delay" && delayMs === 0) throw new InvalidRequest("delayMs: how long?");
  if (peer === node) throw new InvalidRequest("peer: a node has no link to itself");
  const fault = { kind, peer, delayMs, seconds };
  await drills.inflict(node, fault).catch((thrown: unknown) => {
    throw thrown instanceof PeerFailure ? unreachable(thrown) : thrown;
  });
  const json: Sent<typeof inflictedSchema> = { node, ...fault };
  sendJson(request, response, { status: 202, json });
}

/** The member that was to take part did not answer: not a bug, and not this node's failure. */
function unreachable({ node, sent }: PeerFailure): QuorumUnreachable {
  const outcome = sent ? "unknown" : "not-applied";
  return new QuorumUnreachable({ needed: 1, answered: [], failed: [node], outcome });
}

function enabled({ drills }: AdminDeps): Drills {
  if (drills === null) throw new NotFound("drills are not enabled: FAULTS=enabled");
  return drills;
}

function memberOf({ members }: AdminDeps, name: string | undefined): NodeId | null {
  if (name === undefined) return null;
  const member = members.find((it) => it === name);
  if (member === undefined) throw new InvalidRequest(`no such member: ${name}`);
  return member;
}
