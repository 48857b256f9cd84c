/**
 * How long a request's body may take to arrive. The platform has one limit for all requests, which
 * must be that of the longest, a restore; every other body gets a deadline of its own here, read or
 * not, so that nobody holds a connection by sending a byte now and then.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { refuseAndClose } from "./early-refusal.js";
import { HttpRefusal } from "./http-refusal.js";

/** Whose bodies may be of any length; silence ends them too (see server.ts). */
const LONG = /^\/restore(\?|$)/;

export function bodyDeadline(timeoutMs: number): RequestListener {
  return (request, response) => {
    const { headers, url = "" } = request;
    const length = headers["transfer-encoding"] === undefined ? headers["content-length"] : "?";
    if (length === undefined || length === "0" || LONG.test(url)) return;
    const timer = setTimeout(() => giveUp(request, response), timeoutMs).unref();
    request.once("close", () => clearTimeout(timer));
    request.once("end", () => clearTimeout(timer));
  };
}

/** Nothing has been done with it: whoever waits for the body hears that the client has gone. */
function giveUp(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  const refusal = new HttpRefusal("request_timeout", "the request took too long to arrive");
  refuseAndClose(request, response, refusal);
}
