/** A refusal that comes before, or instead of, what Express would do with a request. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { headersOf, problemOf } from "./problem.js";
import { requestIdOf } from "./request-id.js";

/** Answers with what `thrown` says, and closes the connection when that has left. */
export function refuseAndClose(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: Error,
): void {
  const problem = problemOf(thrown, requestIdOf(request));
  response.writeHead(problem.status, [...headersOf(problem), "Connection", "close"]);
  response.end(problem.body, () => request.socket.destroy());
}
