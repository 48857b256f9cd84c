/**
 * The beginning and the end of a snapshot, read strictly: what they must say, and that the end fits
 * what came before it.
 */

import {
  lineChecksum,
  SNAPSHOT_FORMAT,
  SNAPSHOT_FORMAT_VERSION,
  type SnapshotEnd,
  type SnapshotHead,
} from "./snapshot-format.js";
import { Flaw, type JsonObject, objectIn } from "./snapshot-record.js";

const HEAD_FIELDS = ["format", "formatVersion", "scope", "node", "cluster", "prefix", "takenAt"];
const END_FIELDS = ["finishedAt", "count", "sha256"];
const LINE_END_FIELDS = [...END_FIELDS, "checksum"];

/** Before anything is stored it must be clear that this is a snapshot that can be read. */
export function headIn(text: string): SnapshotHead {
  const { parsed, fields } = objectIn(text);
  const { format, formatVersion, scope, node, cluster, prefix, takenAt } = parsed;
  if (format !== SNAPSHOT_FORMAT)
    throw new Flaw(`format: "${SNAPSHOT_FORMAT}" is what is read here`);
  if (formatVersion !== SNAPSHOT_FORMAT_VERSION) {
    throw new Flaw(`formatVersion: ${SNAPSHOT_FORMAT_VERSION} is what is read here`);
  }
  demandOnly(fields, HEAD_FIELDS);
  if (scope !== "node" && scope !== "cluster") throw new Flaw("scope: node or cluster");
  return {
    scope,
    node: textIn("node", node),
    clusterId: textIn("cluster", cluster),
    prefix: textIn("prefix", prefix),
    takenAtMs: timeIn("takenAt", takenAt),
  };
}

/** Whether a line is the trailer: no record has such a field. */
export function isEndLine(text: string): boolean {
  return text.startsWith('{"finishedAt"');
}

/** The end of an `ndjson`; `sha256` is that of all lines before it. */
export function lineEndIn(text: string, count: number, sha256: () => string): SnapshotEnd {
  const { parsed, fields } = objectIn(text);
  demandOnly(fields, LINE_END_FIELDS);
  const { checksum } = parsed;
  const before = text.slice(0, text.lastIndexOf(',"checksum"'));
  if (checksum !== undefined && checksum !== lineChecksum(before)) {
    throw new Flaw("the trailer has been altered");
  }
  return endOf(parsed, count, sha256());
}

/** The end of a `json`, as an object of its own. */
export function documentEndIn(text: string, count: number, sha256: string): SnapshotEnd {
  const { parsed, fields } = objectIn(text);
  demandOnly(fields, END_FIELDS);
  return endOf(parsed, count, sha256);
}

function endOf(parsed: JsonObject["parsed"], count: number, sha256: string): SnapshotEnd {
  const finishedAtMs = timeIn("finishedAt", parsed["finishedAt"]);
  if (parsed["count"] !== count) {
    throw new Flaw(`count: ${String(parsed["count"])} records were written, ${count} have come`);
  }
  if (parsed["sha256"] !== sha256) throw new Flaw("sha256: it is another one, so it was altered");
  return { count, finishedAtMs };
}

function demandOnly(fields: ReadonlyMap<string, string>, known: readonly string[]): void {
  for (const name of fields.keys()) {
    if (!known.includes(name)) throw new Flaw(`unknown field: ${name.slice(0, 64)}`);
  }
}

function textIn(name: string, text: unknown): string {
  if (typeof text === "string") return text;
  throw new Flaw(`${name}: a string`);
}

function timeIn(name: string, text: unknown): number {
  const ms = typeof text === "string" ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new Flaw(`${name}: a time such as 2026-11-28T12:00:00.000Z`);
}
