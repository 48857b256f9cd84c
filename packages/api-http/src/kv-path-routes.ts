/**
 * `/kv/{key}`: the value itself, any bytes. Parse, call, render; every decision is behind `Reads`
 * and `Writes`. This is the hot path: constants are made once, and no middleware runs before it.
 */

import { bufferOf, CONTENT_TYPE_BYTES_MAX, InvalidRequest, msOf, NotFound } from "@ringkv/core";
import type { ReadResult } from "@ringkv/engine";
import type { Request, Response } from "express";
import {
  isUnchanged,
  rangeApplies,
  refuseConditions,
  refuseWriteConditions,
} from "./conditions.js";
import { HttpDates } from "./http-date.js";
import { HttpRefusal, methodNotAllowed } from "./http-refusal.js";
import { BATCH_BYTES_MAX } from "./json-batch.js";
import { batch } from "./kv-batch.js";
import type { KvDeps } from "./kv-deps.js";
import { onlyTtl, READ_OPTIONS, WRITE_OPTIONS } from "./options.js";
import { problemOf } from "./problem.js";
import { readBody } from "./raw-body.js";
import { DEFAULT_CONTENT_TYPE, sendReading } from "./reading.js";
import { sendReceipt } from "./receipt.js";
import { requestIdOf } from "./request-id.js";
import { keyInPath, queryOf } from "./request-target.js";
import { sendProblem } from "./respond.js";
import type { Handlers, Routes } from "./routes.js";

/**
 * Stored content is whatever somebody stored: a browser must neither guess at it nor run it. It
 * may be kept, but asked about each time.
 */
const STORED = [
  "Cache-Control",
  "no-cache",
  "X-Content-Type-Options",
  "nosniff",
  "Content-Security-Policy",
  "default-src 'none'; sandbox",
  "Cross-Origin-Resource-Policy",
  "same-origin",
] as const;

/** What a header may hold; a content type that came through another door may hold anything. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

/** Up to this size one string of head and body is cheaper to write than two buffers. */
const JOINED_BYTES_MAX = 4_096;

/** `/kv/` and something. What exactly follows is read from the raw URL. */
export const KV_PATH = /^\/kv\/./s;

const ABSENT = new NotFound("no such key");

type Found = NonNullable<ReadResult["record"]>;

interface Deps extends KvDeps {
  readonly dates: HttpDates;
}

const ALLOWED = "GET, HEAD, PUT, DELETE, OPTIONS";

export function mountKvPath(routes: Routes, kv: KvDeps): void {
  const deps: Deps = { ...kv, dates: new HttpDates() };
  const { inFlight } = deps;
  const batchOf = inFlight.admit(
    (request, response) => batch(deps, request, response),
    BATCH_BYTES_MAX,
  );
  const handlers: Handlers<"/kv/*"> = {
    get: inFlight.admit((request, response) => get(deps, request, response)),
    put: inFlight.admit((request, response) => put(deps, request, response)),
    delete: inFlight.admit((request, response) => remove(deps, request, response)),
    post: (request, response, next) => {
      if (keyInPath(request.url) !== "batch") throw methodNotAllowed(ALLOWED);
      return batchOf(request, response, next);
    },
  };
  routes.mount("/kv/*", handlers, { at: KV_PATH, allowed: ALLOWED });
}

async function put(deps: Deps, request: Request, response: Response): Promise<void> {
  const { headers } = request;
  refuseWriteConditions(headers);
  const key = keyInPath(request.url);
  deps.guard.demandKey(request, key);
  const options = deps.options.read(queryOf(request.url), WRITE_OPTIONS);
  const ttlSeconds = onlyTtl(headers["kv-ttl"], options.ttlSeconds);
  const contentType = contentTypeOf(headers["content-type"]);
  const value = await readBody(request, response, deps.valueBytesMax);
  const { w, timeoutMs, explain } = options;
  const expiresAtMs = ttlSeconds === null ? null : deps.clock.wallMs() + ttlSeconds * 1_000;
  const receipt = await deps.node.write({ key, value, contentType, expiresAtMs, w, timeoutMs });
  sendReceipt(request, response, { receipt, kind: "put", explain });
}

async function remove(deps: Deps, request: Request, response: Response): Promise<void> {
  refuseWriteConditions(request.headers);
  const key = keyInPath(request.url);
  deps.guard.demandKey(request, key);
  const { w, timeoutMs, explain } = deps.options.read(queryOf(request.url), READ_OPTIONS);
  const tombstone = { value: null, contentType: "", expiresAtMs: null };
  const receipt = await deps.node.write({ key, ...tombstone, w, timeoutMs });
  sendReceipt(request, response, { receipt, kind: "delete", explain });
}

async function get(deps: Deps, request: Request, response: Response): Promise<void> {
  refuseConditions(request.headers);
  const key = keyInPath(request.url);
  deps.guard.demandKey(request, key);
  const { r, timeoutMs, explain } = deps.options.read(queryOf(request.url), READ_OPTIONS);
  const reading = await deps.node.read({ key, r, timeoutMs });
  // An explanation has no place in a raw value: asking for one is asking for JSON.
  if (explain) sendReading(request, response, { reading, explain });
  else if (reading.record === null) sendAbsent(request, response);
  else sendValue(request, response, { record: reading.record, dates: deps.dates });
}

/** Not thrown: to miss is ordinary, and an error with its stack costs as much as the read. */
function sendAbsent(request: Request, response: Response): void {
  sendProblem(request, response, problemOf(ABSENT, requestIdOf(request)));
}

function sendValue(
  request: Request,
  response: Response,
  { record, dates }: { readonly record: Found; readonly dates: HttpDates },
): void {
  const { headers } = request;
  const { version, contentType, expiresAtMs } = record;
  const etag = `"${version}"`;
  const head = [
    "ETag",
    etag,
    "Last-Modified",
    dates.textOf(msOf(version)),
    "X-Request-Id",
    requestIdOf(request),
    ...STORED,
  ];
  if (expiresAtMs !== null) head.push("KV-Expires-At", String(expiresAtMs));
  if (isUnchanged(headers, etag)) {
    response.writeHead(304, head).end();
    return;
  }
  let status = 200;
  let value = bufferOf(record.value);
  if (rangeApplies(headers, etag)) {
    const range = onlyRange(request, value.length);
    if (range !== null) {
      status = 206;
      head.push("Content-Range", `bytes ${range.start}-${range.end}/${value.length}`);
      value = value.subarray(range.start, range.end + 1);
    }
  }
  const type = HEADER_VALUE.test(contentType) ? contentType : DEFAULT_CONTENT_TYPE;
  head.push("Content-Type", type, "Content-Length", String(value.length));
  response.writeHead(status, head);
  if (value.length > JOINED_BYTES_MAX) response.end(value);
  else response.end(value.toString("latin1"), "latin1");
}

/** Null: send all of it. Several ranges, other units and nonsense are ignored, as is allowed. */
function onlyRange(request: Request, size: number): { start: number; end: number } | null {
  const ranges = request.range(size);
  if (ranges === -1) {
    const whole = ["Content-Range", `bytes */${size}`];
    throw new HttpRefusal("range_not_satisfiable", `the value has ${size} bytes`, whole);
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== "bytes") return null;
  const [range] = ranges;
  return ranges.length === 1 && range !== undefined ? range : null;
}

function contentTypeOf(header: string | undefined): string {
  if (header === undefined) return "";
  if (header.length <= CONTENT_TYPE_BYTES_MAX) return header;
  throw new InvalidRequest(`a content type has at most ${CONTENT_TYPE_BYTES_MAX} bytes`);
}
