/**
 * One request to one node, by axios. It tells what came of it and whether anything had left; what
 * that means, and whether to ask another node, is decided elsewhere.
 */

import { getMaxListeners, setMaxListeners } from "node:events";
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { addAbortSignal, type Readable } from "node:stream";
import axios, { type AxiosInstance } from "axios";
import { type KvRequest, queryText } from "./request.js";

/** Of an answer that is taken whole. A page of a thousand values of a megabyte would not fit. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/**
 * An idle connection is closed before the node does so after 5 s: a write on a connection that
 * closes in the same moment would have an unknown outcome.
 */
const IDLE_MS = 4_000;
const TLS_MIN = { minVersion: "TLSv1.2" } as const;

export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface StreamedAnswer extends Omit<Answer, "kind" | "body"> {
  readonly kind: "stream";
  readonly stream: Readable;
}

export interface NoAnswer {
  readonly kind: "none";
  readonly why: "refused" | "timeout" | "aborted" | "broken" | "too large";
  readonly detail: string;
  /** Whether a byte of the request may have reached the node. */
  readonly wasSent: boolean;
  readonly cause: unknown;
}

export interface TransportOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly connectionsMax: number;
  /** In PEM; undefined: whom Node.js trusts. */
  readonly ca?: string | undefined;
}

export interface Attempt {
  readonly node: string;
  readonly signal: AbortSignal | undefined;
  /** At most what the request itself allows. */
  readonly timeoutMs: number | null;
}

export class Transport {
  readonly #axios: AxiosInstance;
  readonly #agents: readonly [http.Agent, https.Agent];

  constructor({ headers, connectionsMax, ca }: TransportOptions) {
    const pool = { keepAlive: true, timeout: IDLE_MS, maxSockets: connectionsMax };
    this.#agents = [
      new http.Agent(pool),
      new https.Agent({ ...pool, ...(ca === undefined ? {} : { ca }), ...TLS_MIN }),
    ];
    this.#axios = axios.create({
      httpAgent: this.#agents[0],
      httpsAgent: this.#agents[1],
      headers: { ...headers },
      adapter: "http",
      maxRedirects: 0,
      maxBodyLength: Number.POSITIVE_INFINITY,
      // A proxy between a store's nodes and its clients is named by its address, not guessed.
      proxy: false,
      validateStatus: () => true,
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
    });
  }

  /** Never rejects. */
  async ask(request: KvRequest, attempt: Attempt): Promise<Answer | NoAnswer> {
    const outcome = await this.#send<Buffer>(request, attempt, "arraybuffer");
    if (outcome.kind === "none") return outcome;
    const { status, headers, data } = outcome;
    return { kind: "answer", status, headers, body: data };
  }

  /** Answers with the head; what follows is limited by the reader's own patience. */
  async open(request: KvRequest, attempt: Attempt): Promise<StreamedAnswer | NoAnswer> {
    const outcome = await this.#send<Readable>(request, attempt, "stream");
    if (outcome.kind === "none") return outcome;
    const { status, headers, data } = outcome;
    if (attempt.signal !== undefined) addAbortSignal(attempt.signal, data);
    return { kind: "stream", status, headers, stream: data };
  }

  /** Connections that are idle now are closed at once. */
  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #send<T>(
    request: KvRequest,
    { node, signal, timeoutMs }: Attempt,
    responseType: "arraybuffer" | "stream",
  ): Promise<Received<T> | NoAnswer> {
    const watch = new SendingWatch(targetOf(node, request));
    const patience = new Patience(timeoutMs, signal);
    try {
      const { status, headers, data } = await this.#axios.request<T>({
        url: node,
        method: request.method,
        // Without a body there is no type, and axios would name one.
        headers: { ...(request.body === undefined ? NO_TYPE : {}), ...request.headers },
        data: bodyOf(request),
        responseType,
        signal: patience.signal,
        transport: watch.over(node.startsWith("https:") ? https : http),
        ...(responseType === "stream" ? {} : { maxContentLength: ANSWER_BYTES_MAX }),
      });
      return { kind: "received", status, headers: plain(headers), data };
    } catch (cause) {
      const { wasSent } = watch;
      const why = patience.ended ?? whyOf(cause, wasSent);
      return { kind: "none", why, detail: wordsOf(cause, why, timeoutMs), wasSent, cause };
    } finally {
      patience.end();
    }
  }
}

interface Received<T> {
  readonly kind: "received";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: T;
}

function plain(headers: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

const NO_TYPE = { "Content-Type": false } as unknown as Record<string, string>;

/** The path as it must arrive: a URL object would resolve a key of dots away. */
function targetOf(node: string, { path, query }: KvRequest): string {
  return `${new URL(node).pathname.replace(/\/$/, "")}${path}${queryText(query)}`;
}

function bodyOf({ body }: KvRequest): Buffer | Readable | undefined {
  if (body === undefined) return undefined;
  if (typeof body === "function") return body();
  if (typeof body === "string") return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Sees whether the connection stood before it failed: only then can anything have arrived. */
class SendingWatch {
  readonly #target: string;
  #request: ClientRequest | null = null;
  #connected = false;

  constructor(target: string) {
    this.#target = target;
  }

  get wasSent(): boolean {
    return this.#connected;
  }

  over(base: typeof http | typeof https) {
    return {
      request: (options: RequestOptions, answered: (message: IncomingMessage) => void) => {
        const request = base.request({ ...options, path: this.#target }, answered);
        this.#request = request;
        request.once("socket", (socket) => this.#watch(socket, base === https));
        return request;
      },
    };
  }

  #watch(socket: Socket, isSecure: boolean): void {
    if (!socket.connecting && this.#request?.reusedSocket) this.#connected = true;
    else if (!socket.connecting && !isSecure) this.#connected = true;
    else socket.once(isSecure ? "secureConnect" : "connect", () => (this.#connected = true));
  }
}

/** The caller's signal and a limit of time in one, which afterwards tells which of them it was. */
class Patience {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort = () => this.#end("aborted");
  ended: "aborted" | "timeout" | null = null;

  constructor(timeoutMs: number | null, caller: AbortSignal | undefined) {
    this.#caller = caller;
    if (timeoutMs !== null) this.#timer = setTimeout(() => this.#end("timeout"), timeoutMs);
    if (caller !== undefined) admitMany(caller);
    if (caller?.aborted) this.#abort();
    else caller?.addEventListener("abort", this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#abort);
  }

  #end(how: "aborted" | "timeout"): void {
    this.ended ??= how;
    this.#controller.abort();
  }
}

const LISTENERS_MAX = 100_000;

/** One signal may end a thousand requests at once; Node would take the eleventh for a leak. */
function admitMany(signal: AbortSignal): void {
  if (getMaxListeners(signal) < LISTENERS_MAX) setMaxListeners(LISTENERS_MAX, signal);
}

function whyOf(cause: unknown, wasSent: boolean): NoAnswer["why"] {
  const { message = "" } = cause as { readonly message?: string };
  if (message.startsWith("maxContentLength")) return "too large";
  return wasSent ? "broken" : "refused";
}

function wordsOf(cause: unknown, why: NoAnswer["why"], timeoutMs: number | null): string {
  if (why === "timeout") return `no answer within ${timeoutMs} ms`;
  if (why === "aborted") return "given up by the caller";
  if (why === "too large") return `the answer has more than ${ANSWER_BYTES_MAX} bytes`;
  const { code = "", message = "" } = cause as { code?: string; message?: string };
  return WORDS[code] ?? (message === "" ? code : message);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was cut",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name cannot be looked up",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  EPROTO: "it speaks no TLS",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by nobody who is trusted here",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by nobody who is trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by nobody who is trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by nobody who is trusted here",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is in another name",
  CERT_HAS_EXPIRED: "its certificate has expired",
};
