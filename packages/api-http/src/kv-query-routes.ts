/** `/kv`: JSON in, JSON out. Parse, call, render; every decision is behind `Reads` and `Writes`. */

import { InvalidRequest, type Key, TooLarge } from "@ringkv/core";
import type { Request, Response } from "express";
import { refuseConditions, refuseWriteConditions } from "./conditions.js";
import { ENVELOPE_BYTES_MAX, jsonWriteOf, refuseOtherThanJson } from "./json-write.js";
import type { KvDeps } from "./kv-deps.js";
import { list } from "./kv-listing.js";
import { onlyTtl, READ_OPTIONS, WRITE_OPTIONS } from "./options.js";
import { readBody } from "./raw-body.js";
import { sendReading } from "./reading.js";
import { sendReceipt } from "./receipt.js";
import { keyOf, type Query, queryOf } from "./request-target.js";
import type { Routes } from "./routes.js";

export function mountKvQuery(routes: Routes, deps: KvDeps): void {
  const { inFlight } = deps;
  const write = inFlight.admit((request, response) => put(deps, request, response));
  routes.mount("/kv", {
    get: inFlight.admit((request, response) => get(deps, request, response)),
    post: write,
    put: write,
    delete: inFlight.admit((request, response) => remove(deps, request, response)),
  });
}

export async function put(deps: KvDeps, request: Request, response: Response): Promise<void> {
  const { headers } = request;
  refuseWriteConditions(headers);
  refuseOtherThanJson(headers);
  const options = deps.options.read(queryOf(request.url), WRITE_OPTIONS);
  const body = await readBody(request, response, deps.valueBytesMax + ENVELOPE_BYTES_MAX);
  const { key, value, ttlSeconds: fromBody } = jsonWriteOf(body);
  deps.guard.demandKey(request, key);
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
  const key = keyInQuery(query);
  deps.guard.demandKey(request, key);
  const reading = await deps.node.read({ key, r, timeoutMs });
  sendReading(request, response, { reading, explain });
}

async function remove(deps: KvDeps, request: Request, response: Response): Promise<void> {
  refuseWriteConditions(request.headers);
  const query = queryOf(request.url);
  const { w, timeoutMs, explain } = deps.options.read(query, READ_OPTIONS, ["key"]);
  const tombstone = { value: null, contentType: "", expiresAtMs: null };
  const key = keyInQuery(query);
  deps.guard.demandKey(request, key);
  const receipt = await deps.node.write({ key, ...tombstone, w, timeoutMs });
  sendReceipt(request, response, { receipt, kind: "delete", explain });
}

export function keyInQuery(query: Query): Key {
  const key = query.get("key");
  if (key === undefined) throw new InvalidRequest("key: missing");
  return keyOf(key);
}
