/**
 * `POST /restore`. Without a body the node compares with the others and pulls what it lacks, as at
 * its start; with one, which is a snapshot, its records are brought back to their owners.
 */

import { createHash } from "node:crypto";
import { type NodeId, SnapshotReader } from "@ringkv/core";
import type { RestoreCommand } from "@ringkv/engine";
import type { Request, Response } from "express";
import { z } from "zod";
import type { ClusterView, Recovers, Restores } from "./engine-needs.js";
import type { FewAtOnce } from "./few-at-once.js";
import type { InFlight } from "./in-flight.js";
import { type OptionsReader, parse } from "./options.js";
import { queryOf } from "./request-target.js";
import { sendJson } from "./respond.js";
import type { Routes } from "./routes.js";
import type { Sent } from "./sent.js";
import { discardRest, formIn, hasBody, openBody, recordsIn } from "./snapshot-body.js";
import type { restoredSchema } from "./snapshot-schema.js";
import type { recoveryStartedSchema } from "./status-schemas.js";

export interface RestoreDeps {
  readonly node: ClusterView & Recovers & Restores;
  readonly self: NodeId;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
  readonly few: FewAtOnce;
  readonly valueBytesMax: number;
  /** Of a snapshot, decompressed. */
  readonly restoreBytesMax: number;
}

export const restoreSchema = z.strictObject({
  mode: z
    .enum(["merge", "overwrite"], "merge or overwrite")
    .describe("merge: newer records stay. overwrite: every value is written anew.")
    .default("merge"),
  dryRun: z
    .enum(["0", "1"], "0 or 1")
    .describe("1: stores nothing, and says what would happen.")
    .default("0"),
});

export function mountRestore(routes: Routes, deps: RestoreDeps): void {
  const recovery = deps.inFlight.admit(async (request, response) =>
    recover(deps, request, response),
  );
  routes.mount("/restore", {
    post: (request, response, next) => {
      // Not among the requests in flight: as much as it sends, it holds no more than some pieces.
      if (hasBody(request)) return deps.few.run(() => restore(deps, request, response));
      return recovery(request, response, next);
    },
  });
}

/** 202: it has begun, and how far it is stands on /status. */
function recover({ node, self, options }: RestoreDeps, request: Request, response: Response): void {
  options.read(queryOf(request.url), [], []);
  const json: Sent<typeof recoveryStartedSchema> = { node: self, recovery: node.recover() };
  sendJson(request, response, { status: 202, json });
}

async function restore(deps: RestoreDeps, request: Request, response: Response): Promise<void> {
  const { node, valueBytesMax, restoreBytesMax } = deps;
  const command = commandIn(deps.options, request);
  const form = formIn(request.headers);
  const body = openBody(request, response);
  const reader = new SnapshotReader({ form, sha256: createHash("sha256"), valueBytesMax });
  try {
    const report = await node.restore(recordsIn(body, reader, restoreBytesMax), command);
    const json: Sent<typeof restoredSchema> = { ...command, ...report };
    sendJson(request, response, { json });
  } catch (thrown) {
    await discardRest(request, body).catch(() => {}); // What went wrong first is what counts.
    throw thrown;
  }
}

function commandIn(options: OptionsReader, { url }: Request): RestoreCommand {
  const query = queryOf(url);
  options.read(query, [], Object.keys(restoreSchema.shape));
  const { mode, dryRun } = parse(restoreSchema, Object.fromEntries(query));
  return { mode, dryRun: dryRun === "1" };
}
