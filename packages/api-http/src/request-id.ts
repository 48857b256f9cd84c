/** The name under which a request is found again: the client's own if it is harmless, else ours. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Anything else could forge a line in a log or a header in an answer. */
const SANE = /^[\w.-]{1,64}$/;

/** Call it once per request, when answering: a generated id differs from call to call. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && SANE.test(given) ? given : randomUUID();
}
