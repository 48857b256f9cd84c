/**
 * Answers to what is not a request at all, or not any more: there is no response object for it, so
 * the bytes are written here, and the connection is closed.
 */

import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { InvalidRequest } from "@ringkv/core";
import { HttpRefusal, methodNotAllowed } from "./http-refusal.js";
import { headersOf, problemOf } from "./problem.js";
import { responseUnderWay } from "./response-under-way.js";
import { URL_BYTES_MAX, uriTooLong } from "./well-formed.js";

/** What the platform's parser complains with, and the bytes that it was reading then. */
export interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** A method and the beginning of a target. */
const REQUEST_LINE = /^[A-Z]+ \//;

export function answerParserError(error: ParserError, socket: Socket): void {
  const isLost = error.code === "ECONNRESET" || !socket.writable || !isUnderstood(socket);
  if (isLost || isAnswering(socket)) socket.destroy();
  else answer(socket, refusalOf(error));
}

export function answerConnect(socket: Socket): void {
  answer(socket, methodNotAllowed("GET, HEAD, PUT, POST, DELETE, OPTIONS"));
}

/** Before TLS has begun there is nothing that an answer could be read by. */
function isUnderstood(socket: Socket): boolean {
  return !(socket instanceof TLSSocket) || typeof socket.getProtocol() === "string";
}

/**
 * Whether a request before this one still waits for its answer. It would take these bytes for it,
 * and believe that its write was refused. A request whose own body is broken has not been acted on.
 */
function isAnswering(socket: Socket): boolean {
  const response = responseUnderWay(socket);
  if (response === null) return false;
  return response.headersSent || response.req?.complete !== false;
}

function refusalOf({ code, rawPacket }: ParserError): Error {
  if (code === "HPE_HEADER_OVERFLOW") {
    if (isInTarget(rawPacket)) return uriTooLong();
    return new HttpRefusal("headers_too_large", "the request line and headers are too large");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new HttpRefusal("request_timeout", "the request took too long to arrive");
  }
  return new InvalidRequest("this is not well-formed HTTP");
}

/**
 * Whether it was a target that did not end. It is told from the bytes that overflowed only: of one
 * that came in many pieces, and is twice too long, the headers are said to be too large.
 */
function isInTarget(packet: Buffer | undefined): boolean {
  if (packet === undefined || packet.subarray(0, URL_BYTES_MAX).includes("\n")) return false;
  return REQUEST_LINE.test(packet.toString("latin1", 0, 16));
}

function answer(socket: Socket, refusal: Error): void {
  const problem = problemOf(refusal, randomUUID());
  const { status, body } = problem;
  const fields = [...headersOf(problem), "Connection", "close"];
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}`];
  for (let at = 0; at < fields.length; at += 2) lines.push(`${fields[at]}: ${fields[at + 1]}`);
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
