/**
 * Conditional requests: a read may be spared when the client has the version already; a write with
 * a condition is refused, because this store cannot compare and set without pretending.
 */

import type { IncomingHttpHeaders } from "node:http";
import { InvalidRequest, NotSupported } from "@ringkv/core";

export function refuseWriteConditions(headers: IncomingHttpHeaders): void {
  refuseConditions(headers);
  if (headers["if-none-match"] !== undefined) throw conditional();
  if (headers["content-range"] !== undefined) {
    throw new InvalidRequest("a value is written whole: Content-Range has no meaning here");
  }
}

/** On a read too these would demand a comparison that other copies may contradict. */
export function refuseConditions(headers: IncomingHttpHeaders): void {
  if (headers["if-match"] !== undefined || headers["if-unmodified-since"] !== undefined) {
    throw conditional();
  }
}

/**
 * Whether `If-None-Match` names the tag, in a list or weakly (RFC 9110, 13.1.2). The tag's quotes
 * cannot occur inside another tag, so finding the text is enough. `If-Modified-Since` is ignored:
 * its seconds cannot tell two writes of one second apart.
 */
export function isUnchanged(headers: IncomingHttpHeaders, etag: string): boolean {
  const known = headers["if-none-match"];
  if (known === undefined) return false;
  return known.trim() === "*" || known.includes(etag);
}

/** Whether `Range` holds: without `If-Range`, or when that names exactly this version. */
export function rangeApplies(headers: IncomingHttpHeaders, etag: string): boolean {
  if (headers.range === undefined) return false;
  const known = headers["if-range"];
  return known === undefined || known === etag;
}

function conditional(): NotSupported {
  return new NotSupported("conditional requests need linearizable keyspaces, which do not exist");
}
