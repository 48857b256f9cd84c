/**
 * Snapshots as files, in two forms that say the same. Pure: records in, bytes out.
 *
 * - `ndjson`: a header line, a line per record, a trailer line. The trailer's `sha256` is of all
 *   lines before it; its own `checksum` (XXH32, 8 hex digits) of what precedes that in its line.
 * - `json`: one document, `{header fields,"entries":{key:{…}},"finishedAt","count","sha256"}`. Its
 *   `sha256` is of all bytes before `,"sha256"`.
 *
 * What a record looks like stands in snapshot-record.ts. A file without its end is no snapshot: the
 * end says how many records there are, which nobody knows before.
 */

import { checksumOf } from "./checksum.js";
import { recordText } from "./snapshot-record.js";
import type { PackedRecord } from "./types.js";

export type SnapshotForm = "ndjson" | "json";

export interface SnapshotHead {
  readonly scope: "node" | "cluster";
  /** Who took it. */
  readonly node: string;
  readonly clusterId: string;
  /** All its keys begin with it. */
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  readonly takenAtMs: number;
}

export interface SnapshotEnd {
  readonly count: number;
  readonly finishedAtMs: number;
}

/** SHA-256, which core has no room for: Node's `createHash` fits. */
export interface Sha256 {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

export const SNAPSHOT_FORMAT = "ringkv-snapshot";
export const SNAPSHOT_FORMAT_VERSION = 1;

/** Writes one snapshot: `begin` once, `records` any number of times, `end` once. */
export class SnapshotWriter {
  readonly #form: SnapshotForm;
  readonly #sha256: Sha256;
  #count = 0;

  constructor(form: SnapshotForm, sha256: Sha256) {
    this.#form = form;
    this.#sha256 = sha256;
  }

  get count(): number {
    return this.#count;
  }

  begin(head: SnapshotHead): Buffer {
    const text = headText(head);
    return this.#hashed(this.#form === "ndjson" ? `{${text}}\n` : `{${text},"entries":{\n`);
  }

  records(batch: readonly PackedRecord[]): Buffer {
    let text = "";
    for (const record of batch) {
      const key = JSON.stringify(record.key);
      if (this.#form === "ndjson") text += `{"key":${key},${recordText(record)}}\n`;
      else text += `${this.#count === 0 ? "" : ",\n"}${key}:{${recordText(record)}}`;
      this.#count++;
    }
    return this.#hashed(text);
  }

  end(finishedAtMs: number): Buffer {
    const text = `"finishedAt":"${isoText(finishedAtMs)}","count":${this.#count}`;
    if (this.#form === "ndjson") {
      const line = `{${text},"sha256":"${this.#sha256.digest("hex")}"`;
      return Buffer.from(`${line},"checksum":"${lineChecksum(line)}"}\n`);
    }
    const before = this.#hashed(`${this.#count === 0 ? "" : "\n"}},${text}`);
    const after = Buffer.from(`,"sha256":"${this.#sha256.digest("hex")}"}\n`);
    return Buffer.concat([before, after]);
  }

  #hashed(text: string): Buffer {
    const bytes = Buffer.from(text);
    this.#sha256.update(bytes);
    return bytes;
  }
}

/** The checksum of a trailer line, given what precedes it there. */
export function lineChecksum(text: string): string {
  const bytes = Buffer.from(text);
  return checksumOf(bytes, bytes.length, 0).toString(16).padStart(8, "0");
}

function headText({ scope, node, clusterId, prefix, takenAtMs }: SnapshotHead): string {
  const head = JSON.stringify({
    format: SNAPSHOT_FORMAT,
    formatVersion: SNAPSHOT_FORMAT_VERSION,
    scope,
    node,
    cluster: clusterId,
    prefix,
    takenAt: isoText(takenAtMs),
  });
  return head.slice(1, -1);
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
