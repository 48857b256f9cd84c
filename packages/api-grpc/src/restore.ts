/**
 * A snapshot that comes in pieces, given on as it comes and no faster than it is taken. Nothing of
 * it is kept here, and nothing is trusted: neither its length nor its end.
 */

import { createHash } from "node:crypto";
import { InvalidRequest, type PackedRecord, SnapshotReader, TooLarge } from "@ringkv/core";
import type { RestoreCommand } from "@ringkv/engine";
import type { Restores } from "./engine-needs.js";
import type { RestoreMode__Output } from "./generated/ringkv/v1/RestoreMode.js";
import type { RestoreRequest__Output } from "./generated/ringkv/v1/RestoreRequest.js";
import type { RestoreResponse } from "./generated/ringkv/v1/RestoreResponse.js";

export interface RestoreDeps {
  readonly node: Restores;
  readonly options: { readonly valueBytesMax: number; readonly restoreBytesMax: number };
}

type Messages = AsyncIterator<RestoreRequest__Output>;

const MODES = {
  RESTORE_MODE_UNSPECIFIED: "merge",
  RESTORE_MODE_MERGE: "merge",
  RESTORE_MODE_OVERWRITE: "overwrite",
} as const satisfies Record<RestoreMode__Output, RestoreCommand["mode"]>;

export async function restore(
  { node, options }: RestoreDeps,
  messages: AsyncIterable<RestoreRequest__Output>,
): Promise<RestoreResponse> {
  const iterator = messages[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) throw new InvalidRequest("no message has come");
  const command = commandIn(first.value);
  return node.restore(recordsIn(first.value, iterator, options), command);
}

function commandIn({ mode, dryRun }: RestoreRequest__Output): RestoreCommand {
  const known = MODES[mode] as RestoreCommand["mode"] | undefined;
  if (known === undefined) throw new InvalidRequest("mode: merge or overwrite");
  return { mode: known, dryRun };
}

/** The records in the chunks, until their end, which must be a snapshot's. */
async function* recordsIn(
  first: RestoreRequest__Output,
  rest: Messages,
  { valueBytesMax, restoreBytesMax }: RestoreDeps["options"],
): AsyncGenerator<readonly PackedRecord[]> {
  const reader = new SnapshotReader({
    form: "ndjson",
    sha256: createHash("sha256"),
    valueBytesMax,
  });
  let chunk = first.chunk;
  for (;;) {
    if (reader.bytes + chunk.length > restoreBytesMax) {
      throw new TooLarge(`a snapshot has at most ${restoreBytesMax} bytes`);
    }
    const records = reader.push(chunk);
    if (records.length > 0) yield records;
    const next = await rest.next();
    if (next.done) break;
    const { mode, dryRun } = next.value;
    if (mode !== "RESTORE_MODE_UNSPECIFIED" || dryRun) {
      throw new InvalidRequest("mode, dry_run: in the first message only");
    }
    chunk = next.value.chunk;
  }
  reader.end();
}
