/**
 * All records as one file, in pieces. What is in it is the engine's business, how it is written
 * core's; it is the file that HTTP gives, so that either door restores what the other has given.
 */

import { createHash } from "node:crypto";
import { InvalidRequest, SnapshotWriter } from "@ringkv/core";
import type { Clock, SnapshotCommand } from "@ringkv/engine";
import type { Snapshots } from "./engine-needs.js";
import { prefixOf } from "./fields.js";
import type { Scope__Output } from "./generated/ringkv/v1/Scope.js";
import type { SnapshotRequest__Output } from "./generated/ringkv/v1/SnapshotRequest.js";
import type { SnapshotResponse } from "./generated/ringkv/v1/SnapshotResponse.js";

export interface SnapshotDeps {
  readonly node: Snapshots;
  readonly clock: Pick<Clock, "wallMs">;
}

/** Of one message: far below what any client takes, far above what a message costs. */
const CHUNK_BYTES_MAX = 256 * 1_024;

const SCOPES = {
  SCOPE_UNSPECIFIED: "node",
  SCOPE_NODE: "node",
  SCOPE_CLUSTER: "cluster",
} as const satisfies Record<Scope__Output, SnapshotCommand["scope"]>;

export async function* snapshot(
  { node, clock }: SnapshotDeps,
  request: SnapshotRequest__Output,
): AsyncGenerator<SnapshotResponse> {
  const prefix = prefixOf(request.prefix);
  const scope = SCOPES[request.scope] as SnapshotCommand["scope"] | undefined;
  if (scope === undefined) throw new InvalidRequest("scope: node or cluster");
  const { batches, ...head } = await node.snapshot({ scope, prefix });
  const writer = new SnapshotWriter("ndjson", createHash("sha256"));
  try {
    yield* chunksOf(writer.begin(head));
    for await (const batch of batches) yield* chunksOf(writer.records(batch));
    yield* chunksOf(writer.end(Math.floor(clock.wallMs())));
  } finally {
    await batches.return(); // Also when nobody reads any more before the first batch.
  }
}

function* chunksOf(bytes: Buffer): Generator<SnapshotResponse> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES_MAX) {
    yield { chunk: bytes.subarray(at, at + CHUNK_BYTES_MAX) };
  }
}
