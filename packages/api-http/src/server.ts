/**
 * The HTTP server: born with Express's prototypes, and with limits on everything that a client can
 * make it wait for or hold.
 */

import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { Overloaded } from "@ringkv/core";
import type { Express } from "express";
import { bodyDeadline } from "./body-deadline.js";
import { Connections } from "./connections.js";
import { refuseAndClose } from "./early-refusal.js";
import { answerConnect, answerParserError, type ParserError } from "./parser-error.js";
import { UnreadAnswers } from "./unread-answers.js";
import { HEADER_BYTES_MAX, HEADERS_MAX, URL_BYTES_MAX } from "./well-formed.js";

export interface ServerLimits {
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** For a body to arrive, unless it is a restore's. */
  readonly bodyTimeoutMs: number;
  /** From the first byte of a request to the end of its body, a restore's too. */
  readonly requestTimeoutMs: number;
  /** How often those two are looked at. By default every 30 s: a limit of 5 s would mean 35. */
  readonly checkIntervalMs: number;
  /** Between two requests on one connection. */
  readonly keepAliveMs: number;
  /** Longer than any `?timeout=`: then silence means that the client does not read its answer. */
  readonly idleTimeoutMs: number;
  /** Request line and headers, for the parser; each has its own limit in well-formed.ts. */
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
  /** On top of that, to be answered with probes only. */
  readonly probeConnectionsMax: number;
  /** Then a connection is closed; whoever sends ahead beyond it asks again on another one. */
  readonly requestsPerConnectionMax: number;
  /** What clients may leave unread, all together, and for how long, however small it is. */
  readonly unreadBytesMax: number;
  readonly unreadPatienceMs: number;
  /** A client that reads no faster than this is closed. */
  readonly readBytesPerSecondMin: number;
}

/** Of the time before HTTP: by default a connection may be silent for two minutes there. */
const TLS_LIMITS = { minVersion: "TLSv1.2", handshakeTimeout: 5_000 } as const;

const LIMITS: ServerLimits = {
  headersTimeoutMs: 5_000,
  bodyTimeoutMs: 15_000,
  requestTimeoutMs: 3_600_000,
  checkIntervalMs: 1_000,
  keepAliveMs: 65_000,
  idleTimeoutMs: 35_000,
  headerBytesMax: URL_BYTES_MAX + HEADER_BYTES_MAX,
  connectionsMax: 1_024,
  probeConnectionsMax: 32,
  requestsPerConnectionMax: 10_000,
  unreadBytesMax: 64 * 1_024 * 1_024,
  unreadPatienceMs: 15_000,
  readBytesPerSecondMin: 64 * 1_024,
};

/** How many requests a connection has brought. */
const REQUESTS = Symbol("requests");

interface CountedSocket extends Socket {
  [REQUESTS]?: number;
}

const FULL = new Overloaded("this node has as many connections as it takes");

/** Both in PEM. */
export interface HttpTls {
  readonly cert: string;
  readonly key: string;
}

/**
 * The server is not listening yet. Close it with `close` and `closeIdleConnections`. `tls` null: in
 * the clear.
 */
export function createServerFor(
  app: Express,
  changes: Partial<ServerLimits> = {},
  tls: HttpTls | null = null,
): Server {
  const limits = { ...LIMITS, ...changes };
  /*
   * Express sets the prototypes of each request and response, which makes them slow. These are
   * born with the prototypes that it would set, so that setting them changes nothing.
   */
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse {}
  adopt(ExpressRequest.prototype, app.request);
  adopt(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as typeof app.request;
  app.response = ExpressResponse.prototype as typeof app.response;
  watchReaders(ExpressResponse.prototype as unknown as Writing, limits);
  const connections = new Connections({
    connectionsMax: limits.connectionsMax,
    probesMax: limits.probeConnectionsMax,
  });
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const socket = request.socket as CountedSocket;
    const count = (socket[REQUESTS] ?? 0) + 1;
    socket[REQUESTS] = count;
    if (count >= limits.requestsPerConnectionMax) response.shouldKeepAlive = false;
    // What was sent ahead beyond that is not begun: the answer before it closes the connection.
    if (count > limits.requestsPerConnectionMax) return;
    const isRefused = connections.refuses(socket, request.url ?? "");
    if (isRefused) refuseAndClose(request, response, FULL);
    else app(request, response);
  };

  const options = {
    IncomingMessage: ExpressRequest,
    ServerResponse: ExpressResponse as typeof ServerResponse,
    connectionsCheckingInterval: limits.checkIntervalMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytesMax,
    noDelay: true,
    // Missing ones are refused with a problem document instead (see well-formed.ts).
    requireHostHeader: false,
  };
  const server =
    tls === null
      ? createServer(options, handle)
      : createTlsServer({ ...options, ...tls, ...TLS_LIMITS }, handle);
  // One more than is allowed, so that too many can be told from just enough.
  server.maxHeadersCount = HEADERS_MAX + 1;
  // The platform's own limit answers 503 without a word, and does not close.
  server.maxRequestsPerSocket = 0;
  server.timeout = limits.idleTimeoutMs;
  const deadline = bodyDeadline(limits.bodyTimeoutMs);
  server.prependListener("request", deadline);
  server.on("checkContinue", deadline);
  // Whoever waits for permission to send is refused before it has sent (see raw-body.ts).
  server.on("checkContinue", handle);
  server.on("clientError", (error: ParserError, socket) => {
    answerParserError(error, socket as Socket);
  });
  server.on("connect", (_request, socket) => answerConnect(socket as Socket));
  server.prependListener("connection", (socket: Socket) => connections.take(socket));
  return server;
}

/** What every answer is written and ended with. */
interface Writing {
  write: (this: ServerResponse, ...args: unknown[]) => boolean;
  end: (this: ServerResponse, ...args: unknown[]) => ServerResponse;
}

/** What leaves at once costs a look at a number; the rest has a time to be read in. */
function watchReaders(response: Writing, limits: ServerLimits): void {
  const unread = new UnreadAnswers({
    bytesMax: limits.unreadBytesMax,
    patienceMs: limits.unreadPatienceMs,
    bytesPerSecondMin: limits.readBytesPerSecondMin,
  });
  const { write, end } = response;
  response.write = function (this: ServerResponse, ...args) {
    const hasRoom = write.apply(this, args);
    if (!hasRoom) unread.watch(this);
    return hasRoom;
  };
  response.end = function (this: ServerResponse, ...args) {
    const ended = end.apply(this, args);
    unread.watch(this);
    return ended;
  };
}

function adopt(prototype: object, express: object): void {
  const parent: unknown = Object.getPrototypeOf(express);
  Object.setPrototypeOf(prototype, parent as object);
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(express));
}
