/**
 * Values by their keys, in the path form: the bytes that are stored are the bytes that come back.
 * What is refused here would change its meaning on the way.
 */

import type { DeleteReceipt, Explanation, Json, PutReceipt, Reading } from "./answers.js";
import { mistake } from "./errors.js";
import { failureOf, malformed } from "./failure.js";
import { type KvRequest, kvPath } from "./request.js";
import {
  answerTimeoutOf,
  askForJson,
  type CallOptions,
  callerOptions,
  type Session,
} from "./session.js";

export interface ReadOptions extends CallOptions {
  /** R: how many nodes must answer. */
  readonly r?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /** W: how many nodes must have it on disk. */
  readonly w?: number | undefined;
  /** Adds to the receipt how it was decided. */
  readonly explain?: boolean | undefined;
  /**
   * Repeats a write whose outcome is unknown. The repetition is a newer write of the same value,
   * and the receipt tells of it, not of the first attempt. Safe where nobody else writes the key,
   * or where this value may win over what somebody has written in between; not safe else.
   */
  readonly retryUnknown?: boolean | undefined;
}

export interface PutOptions extends WriteOptions {
  readonly ttlSeconds?: number | undefined;
  /** Kept with the value; else text for a string and bytes for bytes. */
  readonly contentType?: string | undefined;
}

/** Why a read answered as it did. */
export interface ExplainedReading {
  readonly key: string;
  readonly version?: string;
  readonly value: Json;
  readonly explain: Explanation;
  readonly answeredBy: string;
}

const TEXT = "text/plain; charset=utf-8";
const BYTES = "application/octet-stream";

export class KvCalls {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  put(key: string, value: Uint8Array | string, options: PutOptions = {}): Promise<PutReceipt> {
    const { w, ttlSeconds, timeoutMs, explain, retryUnknown } = options;
    const contentType = options.contentType ?? (typeof value === "string" ? TEXT : BYTES);
    const request: KvRequest = {
      method: "PUT",
      path: kvPath(key),
      query: { w, ttl: ttlSeconds, timeout: timeoutMs, explain },
      headers: { "Content-Type": contentType },
      body: value,
      effect: retryUnknown ? "changes-repeatable" : "changes",
      answerTimeoutMs: answerTimeoutOf(this.#session, options),
    };
    return askForJson(this.#session, request, options);
  }

  /** `undefined`, functions and cycles are no JSON, and refused. */
  async putJson(key: string, value: Json, options: PutOptions = {}): Promise<PutReceipt> {
    const text: unknown = JSON.stringify(value);
    if (typeof text !== "string") throw mistake("the value has no JSON form");
    return this.put(key, text, { contentType: "application/json", ...options });
  }

  delete(key: string, options: WriteOptions = {}): Promise<DeleteReceipt> {
    const { w, timeoutMs, explain, retryUnknown } = options;
    const request: KvRequest = {
      method: "DELETE",
      path: kvPath(key),
      query: { w, timeout: timeoutMs, explain },
      effect: retryUnknown ? "changes-repeatable" : "changes",
      answerTimeoutMs: answerTimeoutOf(this.#session, options),
    };
    return askForJson(this.#session, request, options);
  }

  /** Null when the key has no value. */
  get(key: string, options: ReadOptions = {}): Promise<Reading | null> {
    return this.#read("GET", key, options);
  }

  /** Like `get`, without the value. */
  async head(key: string, options: ReadOptions = {}): Promise<Omit<Reading, "value"> | null> {
    const reading = await this.#read("HEAD", key, options);
    if (reading === null) return null;
    const { value: _none, ...rest } = reading;
    return rest;
  }

  async getText(key: string, options: ReadOptions = {}): Promise<string | null> {
    const reading = await this.get(key, options);
    return reading === null ? null : reading.value.toString("utf8");
  }

  /** Rejects with a SyntaxError when the value is no JSON. */
  async getJson(key: string, options: ReadOptions = {}): Promise<Json> {
    const text = await this.getText(key, options);
    return text === null ? null : (JSON.parse(text) as Json);
  }

  /** Who was asked, who said what, and why. Of an absent key, too. */
  explain(key: string, options: ReadOptions = {}): Promise<ExplainedReading> {
    const request = { ...this.#reading("GET", key, options), alsoFine: [404] };
    const query = { ...request.query, explain: true };
    return askForJson(this.#session, { ...request, query }, options);
  }

  async #read(method: "GET" | "HEAD", key: string, options: ReadOptions): Promise<Reading | null> {
    const request = { ...this.#reading(method, key, options), alsoFine: [404] };
    const answer = await this.#session.caller.call(request, callerOptions(this.#session, options));
    const { status, headers, body, node } = answer;
    const isProblem = headers["content-type"] === "application/problem+json";
    if (status === 404 && isProblem) return null;
    if (status === 404) throw failureOf({ status, headers, body }, { node, effect: "none" });
    const version = /^"([0-9a-f]{20})"$/.exec(headers["etag"] ?? "")?.[1];
    if (version === undefined) throw malformed(node, "none", "without a version: it is no node");
    const expiresAt = headers["kv-expires-at"];
    return {
      key,
      value: body,
      version,
      contentType: headers["content-type"] ?? BYTES,
      expiresAt: expiresAt === undefined ? null : Number(expiresAt),
      answeredBy: node,
    };
  }

  #reading(method: "GET" | "HEAD", key: string, options: ReadOptions): KvRequest {
    return {
      method,
      path: kvPath(key),
      query: { r: options.r, timeout: options.timeoutMs },
      effect: "none",
      answerTimeoutMs: answerTimeoutOf(this.#session, options),
    };
  }
}
