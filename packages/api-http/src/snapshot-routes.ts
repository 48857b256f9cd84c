/**
 * `GET /snapshot`: all records as one answer, written as fast as it is read and no faster. What is
 * in it is the engine's business, how it is written core's.
 *
 * An answer that cannot be completed is broken off: it has no trailer, and the connection ends
 * without the last chunk, so that no client takes a part for the whole.
 */

import { createHash } from "node:crypto";
import { KEY_BYTES_MAX, type SnapshotForm } from "@ringkv/core";
import {
  type Clock,
  type Log,
  type Snapshot,
  type SnapshotCommand,
  snapshotFile,
} from "@ringkv/engine";
import type { Request, Response } from "express";
import { z } from "zod";
import type { Snapshots } from "./engine-needs.js";
import type { FewAtOnce } from "./few-at-once.js";
import type { Guard } from "./guard.js";
import { ClientGone } from "./http-refusal.js";
import { type OptionsReader, parse } from "./options.js";
import { requestIdOf } from "./request-id.js";
import { queryOf } from "./request-target.js";
import { SAFE } from "./respond.js";
import type { Routes } from "./routes.js";

export interface SnapshotDeps {
  readonly node: Snapshots;
  readonly clock: Pick<Clock, "wallMs">;
  readonly log: Log;
  readonly options: OptionsReader;
  readonly few: FewAtOnce;
}

interface GuardedDeps extends SnapshotDeps {
  readonly guard: Guard;
}

interface Asked {
  readonly form: SnapshotForm;
  readonly request: Request;
  readonly response: Response;
}

export const MEDIA_TYPES = {
  json: "application/json",
  ndjson: "application/x-ndjson",
} as const satisfies Record<SnapshotForm, string>;

export const snapshotSchema = z.strictObject({
  scope: z
    .enum(["node", "cluster"], "node or cluster")
    .describe("What this node holds, or every key of the cluster once.")
    .default("node"),
  prefix: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= KEY_BYTES_MAX, `at most ${KEY_BYTES_MAX} bytes`)
    .describe("Only keys that begin with it.")
    .default(""),
});

export function mountSnapshot(routes: Routes, deps: SnapshotDeps): void {
  routes.mount("/snapshot", {
    get: (request, response) =>
      deps.few.run(() => answer({ ...deps, guard: routes.guard }, request, response)),
  });
}

async function answer(deps: GuardedDeps, request: Request, response: Response): Promise<void> {
  const command = commandIn(deps.options, request);
  const snapshot = await deps.node.snapshot(command);
  const form = formFor(request);
  response.writeHead(200, [
    "Content-Type",
    MEDIA_TYPES[form],
    "X-Request-Id",
    requestIdOf(request),
    ...SAFE,
  ]);
  if (request.method === "HEAD") {
    await snapshot.batches.return();
    response.end();
    return;
  }
  try {
    await write(deps, snapshot, { form, request, response });
  } catch (thrown) {
    const isGone = thrown instanceof ClientGone;
    if (!isGone) deps.log.warn({ err: thrown, ...command }, "a snapshot was broken off");
    throw thrown;
  }
}

function commandIn(options: OptionsReader, { url }: Request): SnapshotCommand {
  const query = queryOf(url);
  options.read(query, [], Object.keys(snapshotSchema.shape));
  return parse(snapshotSchema, Object.fromEntries(query));
}

/** One JSON document unless lines are asked for. */
function formFor(request: Request): SnapshotForm {
  const accepted = request.accepts([MEDIA_TYPES.json, MEDIA_TYPES.ndjson]);
  return accepted === MEDIA_TYPES.ndjson ? "ndjson" : "json";
}

async function write(
  { clock, guard }: GuardedDeps,
  snapshot: Snapshot,
  { form, request, response }: Asked,
): Promise<void> {
  const sha256 = () => createHash("sha256");
  for await (const bytes of snapshotFile(snapshot, { form, sha256, clock })) {
    guard.demandStill(request); // It may take longer than somebody's token holds.
    await send(response, bytes);
  }
  response.end();
}

/** Resolves when the client has room for more. */
function send(response: Response, bytes: Buffer): Promise<void> {
  if (response.destroyed) return Promise.reject(new ClientGone("the client went away"));
  if (response.write(bytes)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = () => {
      response.off("drain", settle).off("close", settle);
      if (response.destroyed) reject(new ClientGone("the client went away"));
      else resolve();
    };
    response.on("drain", settle).on("close", settle);
  });
}
