/**
 * Writes documents to the store, many at once, and knows the fate of each. What a node refused for
 * good is counted and passed over; when nobody takes writes at all, the import stops.
 */

import { type RingkvClient, RingkvError } from "@ringkv/client";
import type { Fate, ImportMarks } from "./import-marks.js";
import {
  type ImportDocument,
  type ImportRecord,
  type ImportRules,
  recordOf,
} from "./import-record.js";

export interface ImportDeps {
  readonly client: Pick<RingkvClient, "put">;
  readonly marks: ImportMarks;
  readonly rules: ImportRules;
  readonly options: {
    readonly inFlightMax: number;
    readonly w: number | undefined;
    readonly retryUnknown: boolean;
  };
  /** No further record is begun once it is aborted. */
  readonly stopped: AbortSignal;
  /** Ends the records that are under way: their outcomes are unknown then. */
  readonly cut: AbortSignal;
  readonly report: (reject: Reject) => void;
  /** After every record. May wait, for the place to be written down. */
  readonly settled: () => Promise<void> | undefined;
}

/** A record that is not stored, or not for certain. */
export interface Reject {
  readonly record: number;
  readonly key: string | null;
  readonly fate: Fate;
  readonly code: string;
  readonly why: string;
}

/** Resolves when everything that was begun is settled. Rejects with what stopped it. */
export async function runImport(
  documents: AsyncIterable<ImportDocument>,
  deps: ImportDeps,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  const fail = (error: unknown) => {
    failure ??= { error };
  };
  try {
    for await (const document of documents) {
      if (deps.stopped.aborted || failure !== null) break;
      const writing = begin(document, deps)?.catch(fail);
      if (writing === undefined) continue;
      underWay.add(writing);
      void writing.then(() => underWay.delete(writing));
      if (underWay.size >= deps.options.inFlightMax) await Promise.race(underWay);
    }
  } catch (error) {
    // A source that is closed because of the interruption did not fail.
    if (!deps.stopped.aborted) fail(error);
  }
  await Promise.all(underWay);
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
}

/** Undefined when there is nothing to wait for. */
function begin(document: ImportDocument, deps: ImportDeps): Promise<void> | undefined {
  if (!deps.marks.wants(document.ordinal)) return undefined;
  const verdict = recordOf(document, deps.rules);
  if (verdict.kind === "record") return writeOne(deps, document.ordinal, verdict.record);
  passOver(deps, { document, fate: verdict.kind, why: verdict.why });
  return undefined;
}

function passOver(
  { marks, report }: ImportDeps,
  given: { readonly document: ImportDocument; readonly fate: Fate; readonly why: string },
): void {
  const { document, fate, why } = given;
  marks.settle(document.ordinal, fate);
  if (fate === "skipped") return;
  report({ record: document.ordinal + 1, key: null, fate, code: "invalid_document", why });
}

async function writeOne(deps: ImportDeps, ordinal: number, record: ImportRecord): Promise<void> {
  const { client, marks, options, cut, report, settled } = deps;
  const { key, value, contentType, ttlSeconds } = record;
  const { w, retryUnknown } = options;
  try {
    const ttl = ttlSeconds === null ? {} : { ttlSeconds };
    await client.put(key, value, { contentType, ...ttl, w, retryUnknown, signal: cut });
    marks.settle(ordinal, "stored");
  } catch (error) {
    const fate = fateOf(error);
    if (fate === null) throw error;
    marks.settle(ordinal, fate);
    const { code, message } = error as RingkvError;
    report({ record: ordinal + 1, key, fate, code, why: message });
  }
  await settled();
}

/** Null: nothing of it is stored, and the next record would fare no better. */
function fateOf(error: unknown): Fate | null {
  if (!(error instanceof RingkvError)) return null;
  if (error.outcome === "unknown") return "unknown";
  return error.retryable || error.code === "aborted" ? null : "refused";
}
