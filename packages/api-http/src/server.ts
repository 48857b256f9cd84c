/**
 * The HTTP server: born with Express's prototypes, and with limits on everything that a client can
 * make it wait for or hold.
 */

import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Express } from "express";
import { answerConnect, answerParserError } from "./parser-error.js";
import { HEADERS_MAX } from "./well-formed.js";

const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
/** Longer than any `?timeout=`: then silence means that the client does not read its answer. */
const IDLE_TIMEOUT_MS = 35_000;
/** By default time-outs are looked at every 30 s, and a limit of 5 s would mean 35. */
const CHECK_INTERVAL_MS = 1_000;
/** Longest key, percent-encoded, and as much again for the rest. */
const HEADER_BYTES_MAX = 8 * 1_024;
const CONNECTIONS_MAX = 4_096;

/** The server is not listening yet. Close it with `close` and `closeIdleConnections`. */
export function createServerFor(app: Express): Server {
  /*
   * Express sets the prototypes of each request and response, which makes them slow. These are
   * born with the prototypes that it would set, so that setting them changes nothing.
   */
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse extends ServerResponse<IncomingMessage> {}
  adopt(ExpressRequest.prototype, app.request);
  adopt(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype as typeof app.request;
  app.response = ExpressResponse.prototype as typeof app.response;

  const server = createServer(
    {
      IncomingMessage: ExpressRequest,
      ServerResponse: ExpressResponse as typeof ServerResponse,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      noDelay: true,
      // Missing ones are refused with a problem document instead (see well-formed.ts).
      requireHostHeader: false,
    },
    app,
  );
  server.maxHeadersCount = HEADERS_MAX + 1;
  server.maxConnections = CONNECTIONS_MAX;
  // A connection holds nothing between requests, so there is nothing to gain by closing busy ones.
  server.maxRequestsPerSocket = 0;
  server.timeout = IDLE_TIMEOUT_MS;
  // Whoever waits for permission to send is refused before it has sent (see raw-body.ts).
  server.on("checkContinue", app);
  server.on("clientError", (error, socket) => answerParserError(error, socket as Socket));
  server.on("connect", (_request, socket) => answerConnect(socket as Socket));
  return server;
}

function adopt(prototype: object, express: object): void {
  Object.setPrototypeOf(prototype, Object.getPrototypeOf(express));
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(express));
}
