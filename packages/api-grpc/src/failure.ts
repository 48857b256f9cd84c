/**
 * The only place where a failure becomes a status for a client. What is not a known failure is a
 * bug, and says nothing of itself.
 */

import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { KvError, type Outcome } from "@ringkv/core";
import { RestoreFailed } from "@ringkv/engine";
import { type ApiCode, statusOf } from "./error-status.js";
import { REQUEST_ID, trailersOf } from "./request-id.js";

/** What is told of a failure, before it has a form. */
export interface Failure {
  readonly code: ApiCode;
  readonly detail: string;
  readonly outcome: Outcome;
  readonly retryable: boolean;
  /** What else is known, as it stands in the trailers. */
  readonly more?: Readonly<Record<string, string>>;
}

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof KvError) {
    const { code, message: detail, outcome, retryable } = thrown;
    return { code, detail, outcome, retryable, more: progressOf(thrown) };
  }
  const detail = `an internal error; the node's log has it under this ${REQUEST_ID}`;
  // A bug may have struck after the first message left.
  return { code: "internal", detail, outcome: "unknown", retryable: false };
}

export function statusOfFailure(failure: Failure, requestId: string): StatusObject {
  const { code, detail, outcome, retryable } = failure;
  const metadata: Metadata = trailersOf(requestId);
  metadata.set("ringkv-code", code);
  metadata.set("ringkv-outcome", outcome);
  metadata.set("ringkv-retryable", String(retryable));
  for (const [name, value] of Object.entries(failure.more ?? {})) metadata.set(name, value);
  return { code: statusOf(code, outcome), details: detail, metadata };
}

/** How far a restore got. */
function progressOf(failure: KvError): Record<string, string> {
  if (!(failure instanceof RestoreFailed)) return {};
  const { restored, skippedOlder, skippedExpired, total } = failure.report;
  return {
    "ringkv-restored": String(restored),
    "ringkv-skipped-older": String(skippedOlder),
    "ringkv-skipped-expired": String(skippedExpired),
    "ringkv-total": String(total),
  };
}
