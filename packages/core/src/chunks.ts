/** Cuts a page of records into messages that a link will carry. */

import type { PackedRecord } from "./types.js";

export interface ChunkLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** A record larger than `bytesMax` travels alone: it cannot be made smaller. */
export function* chunksOf(
  records: readonly PackedRecord[],
  { recordsMax, bytesMax }: ChunkLimits,
): Generator<readonly PackedRecord[]> {
  let chunk: PackedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const full = chunk.length >= recordsMax || bytes + record.bytes.length > bytesMax;
    if (chunk.length > 0 && full) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += record.bytes.length;
  }
  if (chunk.length > 0) yield chunk;
}
