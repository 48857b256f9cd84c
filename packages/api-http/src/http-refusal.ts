/** Refusals that exist only because the transport is HTTP; core knows nothing of them. */

import type { HttpCode } from "./error-status.js";

/** Nothing was done. `headers` is a flat list of names and values that the answer must carry. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";

  readonly code: Exclude<HttpCode, "internal">;
  readonly headers: readonly string[];

  constructor(
    code: Exclude<HttpCode, "internal">,
    message: string,
    headers: readonly string[] = [],
  ) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** The client went away before its request was complete: nothing was done, and nobody listens. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

export function methodNotAllowed(allowed: string): HttpRefusal {
  return new HttpRefusal("method_not_allowed", `allowed here: ${allowed}`, ["Allow", allowed]);
}
