/**
 * A node's HTTP interface as a `Door`: the path form of the contract, one request per call.
 *
 * Every answer is held against the OpenAPI document. It never repeats a request: whether that is
 * safe is what the scenarios are about.
 */

import { checked } from "./checked-transport.js";
import {
  type BatchOperation,
  type BatchResult,
  type Door,
  type Found,
  type Health,
  type Leadership,
  type Listed,
  type ListOptions,
  type Location,
  type ReadOptions,
  type Receipt,
  Refused,
  type Restored,
  type Status,
  type Verification,
  type WriteOptions,
} from "./cluster.js";
import type { HttpAnswer, Transport } from "./http-transport.js";

/** What comes on top of the request's own time before a node that says nothing is given up. */
const PATIENCE_MS = 5_000;
const REQUEST_TIMEOUT_MS = 2_000;
/** A node that does not even say that it is unwell within this is unwell. */
const PROBE_TIMEOUT_MS = 1_000;
/** The form of snapshots that is read line by line. */
const LINES = "application/x-ndjson";
/** It lists every record of the cluster. */
const VERIFY_TIMEOUT_MS = 30_000;

interface HttpReceipt extends Omit<Receipt, "expiresAtMs" | "created" | "existed"> {
  readonly created?: boolean;
  readonly existed?: boolean;
  readonly expiresAt?: number;
}

interface HttpListed {
  readonly items: readonly { readonly key: string; readonly version: string }[];
  readonly cursor: string | null;
}

interface HttpStatus extends Omit<Status, "foreignPartitions" | "differingPartitions"> {
  readonly partitions: { readonly foreign: number; readonly differing: number };
}

export class HttpDoor implements Door {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = checked(transport);
  }

  close(): void {
    this.#transport.close();
  }

  async put(key: string, value: string, options: WriteOptions = {}): Promise<Receipt> {
    const answer = await this.#ask("PUT", pathOf(key), { options, body: value });
    return receiptOf(demand(answer, 200, 201));
  }

  async delete(key: string, options: WriteOptions = {}): Promise<Receipt> {
    return receiptOf(demand(await this.#ask("DELETE", pathOf(key), { options }), 200));
  }

  async get(key: string, options: ReadOptions = {}): Promise<Found | null> {
    const answer = await this.#ask("GET", pathOf(key), { options });
    if (answer.status === 404 && codeOf(answer) === "not_found") return null;
    demand(answer, 200);
    const etag: unknown = answer.headers["etag"];
    return { value: answer.body, version: String(etag).replaceAll('"', "") };
  }

  async list(prefix: string, options: ListOptions = {}): Promise<Listed> {
    const { limit, cursor, values, ...rest } = options;
    const query = queryOf(rest, { prefix, limit, cursor, values });
    const answer = demand(await this.#ask("GET", `/kv${query}`), 200);
    const { items, cursor: next } = parsed(answer) as HttpListed;
    return { items: items.map((item) => ({ value: null, ...item })), cursor: next };
  }

  async batch(operations: readonly BatchOperation[]): Promise<readonly BatchResult[]> {
    const body = JSON.stringify({ ops: operations });
    const type = "application/json";
    const answer = demand(await this.#ask("POST", "/kv/batch", { body, type }), 200);
    const { results } = parsed(answer) as { results: readonly Partial<BatchResult>[] };
    return results.map(({ status = 0, version = null, value = null }) => {
      return { status, version, value };
    });
  }

  async locate(key: string): Promise<Location> {
    const path = `/cluster/locate?key=${encodeURIComponent(key)}`;
    return parsed(demand(await this.#ask("GET", path), 200)) as Location;
  }

  async status(): Promise<Status> {
    const status = parsed(demand(await this.#ask("GET", "/status"), 200)) as HttpStatus;
    const { foreign, differing } = status.partitions;
    return { ...status, foreignPartitions: foreign, differingPartitions: differing };
  }

  async verify(): Promise<Verification> {
    const answer = await this.#ask("GET", "/verify", { patienceMs: VERIFY_TIMEOUT_MS });
    return parsed(demand(answer, 200)) as Verification;
  }

  async recover(): Promise<void> {
    demand(await this.#ask("POST", "/restore"), 202);
  }

  async snapshot(scope: "node" | "cluster"): Promise<string> {
    const path = `/snapshot?scope=${scope}`;
    const answer = await this.#ask("GET", path, { type: LINES, patienceMs: VERIFY_TIMEOUT_MS });
    return demand(answer, 200).body;
  }

  async restoreFrom(file: string, mode = "merge"): Promise<Restored> {
    const asked = { type: LINES, body: file, patienceMs: VERIFY_TIMEOUT_MS };
    return parsed(demand(await this.#ask("POST", `/restore?mode=${mode}`, asked), 200)) as Restored;
  }

  async leadership(): Promise<Leadership> {
    const answer = await this.#ask("GET", "/health", { patienceMs: PROBE_TIMEOUT_MS });
    return parsed(demand(answer, 200, 503)) as Leadership;
  }

  async health(): Promise<Health> {
    const ok = async (path: string) => {
      try {
        return (await this.#ask("GET", path, { patienceMs: PROBE_TIMEOUT_MS })).status === 200;
      } catch (thrown) {
        if (thrown instanceof Refused) return false;
        throw thrown;
      }
    };
    return { serves: await ok("/health"), ready: await ok("/readyz") };
  }

  #ask(
    method: string,
    path: string,
    { options = {}, body, type, patienceMs }: Question = {},
  ): Promise<HttpAnswer> {
    const timeoutMs = patienceMs ?? (options.timeoutMs ?? REQUEST_TIMEOUT_MS) + PATIENCE_MS;
    return this.#transport.ask({ method, path: path + queryOf(options), body, type, timeoutMs });
  }
}

interface Question {
  readonly options?: WriteOptions & ReadOptions;
  readonly body?: string;
  readonly type?: string;
  readonly patienceMs?: number;
}

function pathOf(key: string): string {
  return `/kv/${encodeURIComponent(key)}`;
}

function queryOf(options: WriteOptions & ReadOptions, more: object = {}): string {
  const { w, r, ttlSeconds, timeoutMs } = options;
  const given = Object.entries({ w, r, ttl: ttlSeconds, timeout: timeoutMs, ...more })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return given.length === 0 ? "" : `?${given.join("&")}`;
}

function demand(answer: HttpAnswer, ...wanted: number[]): HttpAnswer {
  if (wanted.includes(answer.status)) return answer;
  const { outcome } = problemOf(answer);
  const { method, path } = answer.request;
  const said = `${method} ${path}: ${answer.status} ${answer.body}`;
  throw new Refused(codeOf(answer), outcome === "not-applied" ? outcome : "unknown", said);
}

function receiptOf(answer: HttpAnswer): Receipt {
  const { expiresAt, created, existed, ...rest } = parsed(answer) as HttpReceipt;
  return {
    ...rest,
    created: created ?? false,
    existed: existed ?? false,
    expiresAtMs: expiresAt ?? null,
  };
}

function codeOf(answer: HttpAnswer): string {
  return problemOf(answer).code ?? `http_${answer.status}`;
}

function problemOf(answer: HttpAnswer): { code?: string; outcome?: string } {
  const isProblem = String(answer.headers["content-type"]).includes("problem+json");
  return isProblem ? (parsed(answer) as { code?: string; outcome?: string }) : {};
}

function parsed(answer: HttpAnswer): unknown {
  return JSON.parse(answer.body);
}
