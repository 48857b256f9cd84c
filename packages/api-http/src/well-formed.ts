/** What the platform's parser lets through and this API does not take. */

import type { IncomingMessage } from "node:http";
import { InvalidRequest } from "@ringkv/core";
import { HttpRefusal } from "./http-refusal.js";

/** Far above what clients and proxies send. The server takes in one more, to see that it is so. */
export const HEADERS_MAX = 100;

/** Room for the longest key, percent-encoded, and for a query of its size. */
export const URL_BYTES_MAX = 8 * 1_024;

/** Of all names and values. */
export const HEADER_BYTES_MAX = 8 * 1_024;

export function uriTooLong(): HttpRefusal {
  return new HttpRefusal("uri_too_long", `a target has at most ${URL_BYTES_MAX} bytes`);
}

export function refuseMalformed({ url = "", rawHeaders, headers, httpVersion }: IncomingMessage) {
  if (url.length > URL_BYTES_MAX) throw uriTooLong();
  if (url[0] !== "/") throw new InvalidRequest("the target must be a path");
  if (rawHeaders.length > 2 * HEADERS_MAX) {
    throw new HttpRefusal("headers_too_large", `at most ${HEADERS_MAX} headers`);
  }
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  if (bytes > HEADER_BYTES_MAX) {
    throw new HttpRefusal("headers_too_large", `headers have at most ${HEADER_BYTES_MAX} bytes`);
  }
  if (headers.host === undefined && httpVersion === "1.1") {
    throw new InvalidRequest("the Host header is missing");
  }
}
