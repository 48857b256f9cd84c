/** `/kv`: JSON in, JSON out. Parse, call, render; every decision is behind `Reads` and `Writes`. */

import { InvalidRequest, type Key, TooLarge } from "@ringkv/core";
import type { Express, Request, Response } from "express";
import { refuseConditions, refuseWriteConditions } from "./conditions.js";
import { methodNotAllowed } from "./http-refusal.js";
import { ENVELOPE_BYTES_MAX, jsonWriteOf, refuseOtherThanJson } from "./json-write.js";
import type { KvDeps } from "./kv-deps.js";
import { list } from "./kv-listing.js";
import { onlyTtl, READ_OPTIONS, WRITE_OPTIONS } from "./options.js";
import { readBody } from "./raw-body.js";
import { sendReading } from "./reading.js";
import { sendReceipt } from "./receipt.js";
import { keyOf, type Query, queryOf } from "./request-target.js";

const ALLOWED = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

export function mountKvQuery(app: Express, deps: KvDeps): void {
  const { inFlight } = deps;
  const route = app.route("/kv");
  const write = inFlight.admit((request, response) => put(deps, request, response));
  route.get(inFlight.admit((request, response) => get(deps, request, response)));
  route.post(write);
  route.put(write);
  route.delete(inFlight.admit((request, response) => remove(deps, request, response)));
  route.options((_request, response) => {
    response.writeHead(204, ["Allow", ALLOWED]).end();
  });
  route.all(() => {
    throw methodNotAllowed(ALLOWED);
  });
}

export async function put(deps: KvDeps, request: Request, response: Response): Promise<void> {
  const { headers } = request;
  refuseWriteConditions(headers);
  refuseOtherThanJson(headers);
  const options = deps.options.read(queryOf(request.url), WRITE_OPTIONS);
  const body = await readBody(request, response, deps.valueBytesMax + ENVELOPE_BYTES_MAX);
  const { key, value, ttlSeconds: fromBody } = jsonWriteOf(body);
  if (value.length > deps.valueBytesMax) {
    throw new TooLarge(`a value has at most ${deps.valueBytesMax} bytes`);
  }
  const ttlSeconds = onlyTtl(headers["kv-ttl"], options.ttlSeconds, fromBody);
  const { w, timeoutMs, explain } = options;
  const expiresAtMs = ttlSeconds === null ? null : deps.clock.wallMs() + ttlSeconds * 1_000;
  const contentType = "application/json";
  const receipt = await deps.node.write({ key, value, contentType, expiresAtMs, w, timeoutMs });
  sendReceipt(request, response, { receipt, kind: "put", explain });
}

async function get(deps: KvDeps, request: Request, response: Response): Promise<void> {
  refuseConditions(request.headers);
  const query = queryOf(request.url);
  if (query.has("prefix")) return list(deps, request, response);
  const { r, timeoutMs, explain } = deps.options.read(query, READ_OPTIONS, ["key"]);
  const reading = await deps.node.read({ key: keyInQuery(query), r, timeoutMs });
  sendReading(request, response, { reading, explain });
}

async function remove(deps: KvDeps, request: Request, response: Response): Promise<void> {
  refuseWriteConditions(request.headers);
  const query = queryOf(request.url);
  const { w, timeoutMs, explain } = deps.options.read(query, READ_OPTIONS, ["key"]);
  const tombstone = { value: null, contentType: "", expiresAtMs: null };
  const receipt = await deps.node.write({ key: keyInQuery(query), ...tombstone, w, timeoutMs });
  sendReceipt(request, response, { receipt, kind: "delete", explain });
}

export function keyInQuery(query: Query): Key {
  const key = query.get("key");
  if (key === undefined) throw new InvalidRequest("key: missing");
  return keyOf(key);
}
