/**
 * The only place where a failure becomes a status for a client. What is not a known failure is a
 * bug, and says nothing of itself.
 */

import type { Metadata, StatusObject } from "@grpc/grpc-js";
import { KvError, type Outcome } from "@ringkv/core";
import { type ApiCode, statusOf } from "./error-status.js";
import { REQUEST_ID, trailersOf } from "./request-id.js";

/** What is told of a failure, before it has a form. */
export interface Failure {
  readonly code: ApiCode;
  readonly detail: string;
  readonly outcome: Outcome;
  readonly retryable: boolean;
}

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof KvError) {
    const { code, message: detail, outcome, retryable } = thrown;
    return { code, detail, outcome, retryable };
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
  return { code: statusOf(code, outcome), details: detail, metadata };
}
