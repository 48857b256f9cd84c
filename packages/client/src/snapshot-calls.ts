/**
 * Snapshots out and in, as streams. One that has begun is not continued elsewhere when it breaks
 * off: half of one node's and half of another's would be a snapshot of nothing.
 */

import { Readable } from "node:stream";
import type { RestoreReport, SnapshotRecord } from "./answers.js";
import { RingkvError } from "./errors.js";
import type { KvRequest } from "./request.js";
import { askForJson, brokenOff, type CallOptions, callerOptions, type Session } from "./session.js";
import { checkedLines, recordIn, type SnapshotSummary } from "./snapshot-check.js";

export interface SnapshotOptions extends CallOptions {
  /** `cluster`: every key once. Else what the answering node holds. */
  readonly scope?: "node" | "cluster" | undefined;
  readonly prefix?: string | undefined;
}

export interface RestoreOptions extends CallOptions {
  /** `merge`: records keep their versions, and older ones lose. `overwrite`: a roll-back. */
  readonly mode?: "merge" | "overwrite" | undefined;
  /** Counts, and stores nothing. */
  readonly dryRun?: boolean | undefined;
  readonly format?: "ndjson" | "json" | undefined;
  /** The bytes are compressed already. */
  readonly gzip?: boolean | undefined;
}

/** Bytes of a snapshot; a function where it can be had again for another attempt. */
export type SnapshotSource = Uint8Array | (() => Readable);

const TYPES = { ndjson: "application/x-ndjson", json: "application/json" } as const;
/** Until the head of the answer; a cluster's snapshot compares all holders of a partition first. */
const HEAD_TIMEOUT_MS = 60_000;

export class SnapshotCalls {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The bytes as the node sends them. Whoever keeps them should check that they are whole. */
  async stream(
    options: SnapshotOptions & { readonly format?: "ndjson" | "json" | undefined } = {},
  ): Promise<{ readonly stream: Readable; readonly answeredBy: string }> {
    const { scope, prefix, format = "ndjson" } = options;
    const request: KvRequest = {
      method: "GET",
      path: "/snapshot",
      query: { scope, prefix },
      headers: { Accept: TYPES[format] },
      effect: "none",
      answerTimeoutMs: HEAD_TIMEOUT_MS,
    };
    const { caller } = this.#session;
    const { stream, node } = await caller.open(request, callerOptions(this.#session, options));
    return { stream, answeredBy: node };
  }

  /**
   * Each record, tombstones included; the snapshot's header and trailer at the end. Throws when it
   * turns out not to be whole: what was taken until then may be all there is, or may not.
   */
  async *records(
    options: SnapshotOptions = {},
  ): AsyncGenerator<SnapshotRecord, SnapshotSummary, undefined> {
    const { stream, answeredBy } = await this.stream(options);
    const lines = checkedLines(stream);
    try {
      for (;;) {
        const { done, value } = await lines.next();
        if (done) return value;
        yield recordIn(value);
      }
    } catch (cause) {
      if (cause instanceof RingkvError) throw cause;
      throw options.signal?.aborted ? cause : brokenOff(answeredBy, cause);
    } finally {
      stream.destroy();
    }
  }

  /**
   * Sending a snapshot again is harmless in mode `merge`, because its records keep their versions:
   * there it is repeated like a read. In mode `overwrite` every repetition is a newer write.
   */
  restore(
    source: SnapshotSource,
    options: RestoreOptions = {},
  ): Promise<RestoreReport & { readonly answeredBy: string }> {
    const { mode, dryRun, format = "ndjson", gzip } = options;
    const isHarmless = mode !== "overwrite" || dryRun;
    const request: KvRequest = {
      method: "POST",
      path: "/restore",
      query: { mode, dryRun },
      headers: {
        "Content-Type": TYPES[format],
        ...(gzip ? { "Content-Encoding": "gzip" } : {}),
      },
      body: typeof source === "function" ? source : () => Readable.from([source]),
      effect: isHarmless ? "changes-repeatable" : "changes",
      answerTimeoutMs: null,
    };
    return askForJson(this.#session, request, options);
  }
}
