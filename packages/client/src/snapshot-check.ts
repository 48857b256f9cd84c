/**
 * Reads an NDJSON snapshot and checks it as it passes: its first line must be a header, its last
 * one must count the lines between and name the SHA-256 of all that came before. A snapshot
 * without that last line is not whole, however well-formed its lines are.
 */

import { createHash } from "node:crypto";
import type { SnapshotRecord } from "./answers.js";
import { RingkvError } from "./errors.js";
import { linesOf } from "./lines.js";

/** A value of 8 MiB as base64, or as JSON full of escapes, and its key. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

export interface SnapshotTrailer {
  readonly count: number;
  readonly sha256: string;
  readonly [field: string]: unknown;
}

export interface SnapshotSummary {
  readonly header: Readonly<Record<string, unknown>>;
  readonly trailer: SnapshotTrailer;
}

/** Yields the records' lines; returns header and trailer. Throws when the snapshot is not whole. */
export async function* checkedLines(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, SnapshotSummary, undefined> {
  const hash = createHash("sha256");
  let header: Buffer | null = null;
  let held: Buffer | null = null;
  let count = 0;
  for await (const line of linesOf(stream, LINE_BYTES_MAX)) {
    if (header === null) {
      header = line;
      hash.update(line).update("\n");
      continue;
    }
    if (held !== null) {
      hash.update(held).update("\n");
      count++;
      yield held;
    }
    held = line;
  }
  const trailer = objectIn(held);
  if (header === null || trailer === null) throw notWhole("it has no last line with a sum");
  const { count: told, sha256 } = trailer;
  if (typeof sha256 !== "string") throw notWhole(`it ends after ${count + 1} records`);
  if (typeof told !== "number") throw notWhole("its last line counts nothing");
  if (told !== count) throw notWhole(`it holds ${count} records, and should hold ${told}`);
  if (sha256 !== hash.digest("hex")) throw notWhole("its SHA-256 is another one");
  return { header: objectIn(header) ?? {}, trailer: trailer as SnapshotTrailer };
}

export function recordIn(line: Buffer): SnapshotRecord {
  const record = objectIn(line);
  if (record === null || typeof record["key"] !== "string") throw notWhole("a line is no record");
  return record as unknown as SnapshotRecord;
}

function objectIn(line: Buffer | null): Record<string, unknown> | null {
  if (line === null) return null;
  try {
    const json: unknown = JSON.parse(line.toString("utf8"));
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function notWhole(what: string): RingkvError {
  const fields = { code: "broken_off", outcome: "not-applied", retryable: true } as const;
  return new RingkvError(`the snapshot is not whole: ${what}`, fields);
}
