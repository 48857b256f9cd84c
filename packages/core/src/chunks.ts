/** Cuts a page of records, or a list of them, into messages that a link will carry. */

export interface ChunkLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** A record, or what says how large it is. */
export interface Sized {
  readonly bytes: number | { readonly length: number };
}

/** A record larger than `bytesMax` travels alone: it cannot be made smaller. */
export function* chunksOf<T extends Sized>(
  records: readonly T[],
  { recordsMax, bytesMax }: ChunkLimits,
): Generator<readonly T[]> {
  let chunk: T[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = typeof record.bytes === "number" ? record.bytes : record.bytes.length;
    const full = chunk.length >= recordsMax || bytes + size > bytesMax;
    if (chunk.length > 0 && full) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
