/**
 * A node's HTTP interface as a `Door`: the path form of the contract, one request per call.
 *
 * It never repeats a request: whether that is safe is what the scenarios are about.
 */

import { Agent } from "node:http";
import axios, { type AxiosInstance, type AxiosResponse, isAxiosError } from "axios";
import {
  type Door,
  type Found,
  type Health,
  type Location,
  type ReadOptions,
  type Receipt,
  Refused,
  type Status,
  type WriteOptions,
} from "./cluster.js";

/** What comes on top of the request's own time before a node that says nothing is given up. */
const PATIENCE_MS = 5_000;
const REQUEST_TIMEOUT_MS = 2_000;
/** A node that does not even say that it is unwell within this is unwell. */
const PROBE_TIMEOUT_MS = 1_000;
/** Nothing has left this machine then. */
const NOT_CONNECTED = ["ECONNREFUSED", "EHOSTUNREACH"];

interface HttpReceipt extends Omit<Receipt, "expiresAtMs" | "created" | "existed"> {
  readonly created?: boolean;
  readonly existed?: boolean;
  readonly expiresAt?: number;
}

interface HttpStatus extends Pick<Status, "state" | "members" | "records" | "foreignRecords"> {
  readonly partitions: { readonly foreign: number };
}

export class HttpDoor implements Door {
  readonly #client: AxiosInstance;
  readonly #agent = new Agent({ keepAlive: true });

  /** @param baseUrl `http://127.0.0.1:8001` */
  constructor(baseUrl: string) {
    this.#client = axios.create({
      baseURL: baseUrl,
      httpAgent: this.#agent,
      proxy: false, // A proxy of the machine knows nothing of these ports.
      responseType: "text",
      transformResponse: (body: unknown) => body, // Values are bytes to us, also those of JSON.
      validateStatus: () => true,
    });
  }

  close(): void {
    this.#agent.destroy();
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
    return { value: answer.data, version: String(etag).replaceAll('"', "") };
  }

  async locate(key: string): Promise<Location> {
    const path = `/cluster/locate?key=${encodeURIComponent(key)}`;
    return parsed(demand(await this.#ask("GET", path), 200)) as Location;
  }

  async status(): Promise<Status> {
    const status = parsed(demand(await this.#ask("GET", "/status"), 200)) as HttpStatus;
    return { ...status, foreignPartitions: status.partitions.foreign };
  }

  async health(): Promise<Health> {
    const ok = async (path: string) => {
      try {
        return (await this.#ask("GET", path, { patienceMs: PROBE_TIMEOUT_MS })).status === 200;
      } catch {
        return false;
      }
    };
    return { serves: await ok("/health"), ready: await ok("/readyz") };
  }

  async #ask(
    method: string,
    path: string,
    { options = {}, body, patienceMs }: Question = {},
  ): Promise<AxiosResponse<string>> {
    const url = path + queryOf(options);
    try {
      return await this.#client.request<string>({
        method,
        url,
        timeout: patienceMs ?? (options.timeoutMs ?? REQUEST_TIMEOUT_MS) + PATIENCE_MS,
        ...(body === undefined
          ? {}
          : { data: Buffer.from(body), headers: { "content-type": "text/plain" } }),
      });
    } catch (thrown) {
      if (!isAxiosError(thrown)) throw thrown;
      const code = thrown.code ?? "";
      const outcome = NOT_CONNECTED.includes(code) ? "not-applied" : "unknown";
      throw new Refused("no_answer", outcome, `${method} ${url}: ${code} ${thrown.message}`);
    }
  }
}

interface Question {
  readonly options?: WriteOptions & ReadOptions;
  readonly body?: string;
  readonly patienceMs?: number;
}

function pathOf(key: string): string {
  return `/kv/${encodeURIComponent(key)}`;
}

function queryOf(options: WriteOptions & ReadOptions): string {
  const { w, r, ttlSeconds, timeoutMs } = options;
  const given = Object.entries({ w, r, ttl: ttlSeconds, timeout: timeoutMs })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  return given.length === 0 ? "" : `?${given.join("&")}`;
}

function demand(answer: AxiosResponse<string>, ...wanted: number[]): AxiosResponse<string> {
  if (wanted.includes(answer.status)) return answer;
  const { outcome } = problemOf(answer);
  const said = `${answer.config.method} ${answer.config.url}: ${answer.status} ${answer.data}`;
  throw new Refused(codeOf(answer), outcome === "not-applied" ? outcome : "unknown", said);
}

function receiptOf(answer: AxiosResponse<string>): Receipt {
  const { expiresAt, created, existed, ...rest } = parsed(answer) as HttpReceipt;
  return {
    ...rest,
    created: created ?? false,
    existed: existed ?? false,
    expiresAtMs: expiresAt ?? null,
  };
}

function codeOf(answer: AxiosResponse<string>): string {
  return problemOf(answer).code ?? `http_${answer.status}`;
}

function problemOf(answer: AxiosResponse<string>): { code?: string; outcome?: string } {
  const isProblem = String(answer.headers["content-type"]).includes("problem+json");
  return isProblem ? (parsed(answer) as { code?: string; outcome?: string }) : {};
}

function parsed(answer: AxiosResponse<string>): unknown {
  return JSON.parse(answer.data);
}
