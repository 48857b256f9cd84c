/** A refusal that comes before, or instead of, what Express would do with a request. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { problemOf } from "./problem.js";
import { requestIdOf } from "./request-id.js";

/** Answers with what `thrown` says, and closes the connection when that has left. */
export function refuseAndClose(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: Error,
): void {
  const { status, headers, body, requestId } = problemOf(thrown, requestIdOf(request));
  response.writeHead(status, [
    "Content-Type",
    "application/problem+json",
    "Content-Length",
    String(Buffer.byteLength(body)),
    "X-Request-Id",
    requestId,
    ...headers,
    "Connection",
    "close",
  ]);
  response.end(body, () => request.socket.destroy());
}
