/**
 * The HTTP server: born with Express's prototypes, and with limits on everything that a client can
 * make it wait for or hold.
 */

import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Express } from "express";
import { bodyDeadline } from "./body-deadline.js";
import { answerConnect, answerParserError } from "./parser-error.js";
import { HEADERS_MAX } from "./well-formed.js";

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
  /** Request line and headers. Room for the longest key, percent-encoded, and for the rest. */
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
}

/** Of the time before HTTP: by default a connection may be silent for two minutes there. */
const TLS_LIMITS = { minVersion: "TLSv1.2", handshakeTimeout: 5_000 } as const;

const LIMITS: ServerLimits = {
  headersTimeoutMs: 5_000,
  bodyTimeoutMs: 15_000,
  requestTimeoutMs: 3_600_000,
  checkIntervalMs: 1_000,
  keepAliveMs: 5_000,
  idleTimeoutMs: 35_000,
  headerBytesMax: 8 * 1_024,
  connectionsMax: 4_096,
};

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
      ? createServer(options, app)
      : createTlsServer({ ...options, ...tls, ...TLS_LIMITS }, app);
  // One more than is allowed, so that too many can be told from just enough.
  server.maxHeadersCount = HEADERS_MAX + 1;
  server.maxConnections = limits.connectionsMax;
  // A connection holds nothing between requests, so there is nothing to gain by closing busy ones.
  server.maxRequestsPerSocket = 0;
  server.timeout = limits.idleTimeoutMs;
  const deadline = bodyDeadline(limits.bodyTimeoutMs);
  server.prependListener("request", deadline);
  server.on("checkContinue", deadline);
  // Whoever waits for permission to send is refused before it has sent (see raw-body.ts).
  server.on("checkContinue", app);
  server.on("clientError", (error, socket) => answerParserError(error, socket as Socket));
  server.on("connect", (_request, socket) => answerConnect(socket as Socket));
  return server;
}

function adopt(prototype: object, express: object): void {
  const parent: unknown = Object.getPrototypeOf(express);
  Object.setPrototypeOf(prototype, parent as object);
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(express));
}
