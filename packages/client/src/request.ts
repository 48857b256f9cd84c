/** One request as the calls describe it, and the URL that comes of it. Nothing is sent here. */

import type { Readable } from "node:stream";
import { mistake } from "./errors.js";
import type { Effect } from "./retry-rule.js";

export type QueryValue = string | number | boolean | undefined;

export interface KvRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** Begins with a slash, and is percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is made anew for each attempt. */
  readonly body?: Uint8Array | string | (() => Readable);
  readonly effect: Effect;
  /** Statuses besides 2xx that are answers and no failures. */
  readonly alsoFine?: readonly number[];
  /** How long one node may take; null: as long as it keeps sending. */
  readonly answerTimeoutMs: number | null;
}

/** A key of one or two dots survives, because nothing on the way resolves it. */
export function kvPath(key: string): string {
  if (key === "") throw mistake("a key has at least one byte");
  return `/kv/${encodeText(key)}`;
}

/** With a leading question mark, or empty. What is undefined or false is left out. */
export function queryText(query: KvRequest["query"] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    return [`${encodeText(name)}=${encodeText(value === true ? "1" : String(value))}`];
  });
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function encodeText(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw mistake("half a surrogate pair has no UTF-8");
  }
}
