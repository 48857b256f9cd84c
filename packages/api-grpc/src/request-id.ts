/** The name under which a call is found again: the client's own if it is harmless, else ours. */

import { randomUUID } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";

export const REQUEST_ID = "x-request-id";

/** Anything else could forge a line in a log. */
const SANE = /^[\w.-]{1,64}$/;

/** Call it once per request: a generated id differs from call to call. */
export function requestIdOf(metadata: Metadata): string {
  const [given, ...others] = metadata.get(REQUEST_ID);
  const isSane = typeof given === "string" && others.length === 0 && SANE.test(given);
  return isSane ? given : randomUUID();
}

/** What every answer ends with. */
export function trailersOf(requestId: string): Metadata {
  const metadata = new Metadata();
  metadata.set(REQUEST_ID, requestId);
  return metadata;
}
