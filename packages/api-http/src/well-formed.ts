/** What the platform's parser lets through and this API does not take. */

import type { IncomingMessage } from "node:http";
import { InvalidRequest } from "@ringkv/core";
import { HttpRefusal } from "./http-refusal.js";

/** Far above what clients and proxies send. The server takes in one more, to see that it is so. */
export const HEADERS_MAX = 100;

export function refuseMalformed({ url = "", rawHeaders, headers, httpVersion }: IncomingMessage) {
  if (url[0] !== "/") throw new InvalidRequest("the target must be a path");
  if (rawHeaders.length > 2 * HEADERS_MAX) {
    throw new HttpRefusal("headers_too_large", `at most ${HEADERS_MAX} headers`);
  }
  if (headers.host === undefined && httpVersion === "1.1") {
    throw new InvalidRequest("the Host header is missing");
  }
}
