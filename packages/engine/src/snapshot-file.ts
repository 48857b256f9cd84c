/**
 * A snapshot as the bytes of a file, and such bytes looked through: what ties the engine's streams
 * to core's format. It keeps no file.
 */

import { type Sha256, type SnapshotForm, SnapshotReader, SnapshotWriter } from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Snapshot } from "./snapshot.js";

export interface SnapshotFileDeps {
  readonly form: SnapshotForm;
  /** A new hash for each file. */
  readonly sha256: () => Sha256;
}

/** Rejects like the snapshot; then there is no end, and what came is no snapshot. */
export async function* snapshotFile(
  { batches, ...head }: Snapshot,
  { form, sha256, clock }: SnapshotFileDeps & { readonly clock: Pick<Clock, "wallMs"> },
): AsyncGenerator<Buffer, void> {
  const writer = new SnapshotWriter(form, sha256());
  try {
    yield writer.begin(head);
    for await (const batch of batches) yield writer.records(batch);
  } finally {
    await batches.return();
  }
  yield writer.end(Math.floor(clock.wallMs()));
}

/** How many records a file holds. Throws `InvalidSnapshot` unless it is whole and unaltered. */
export async function recordsInFile(
  file: AsyncIterable<Uint8Array>,
  { form, sha256, valueBytesMax }: SnapshotFileDeps & { readonly valueBytesMax: number },
): Promise<number> {
  const reader = new SnapshotReader({ form, sha256: sha256(), valueBytesMax });
  for await (const bytes of file) {
    reader.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
  return reader.end().count;
}
