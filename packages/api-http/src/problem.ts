/**
 * Problem documents (RFC 9457): the only place where a failure becomes words for a client. What is
 * not a known failure is a bug, and says nothing of itself.
 */

import { STATUS_CODES } from "node:http";
import {
  InvalidSnapshot,
  KvError,
  type Outcome,
  QuorumUnreachable,
  TooManyAttempts,
} from "@ringkv/core";
import { RestoreFailed } from "@ringkv/engine";
import { type ApiCode, HTTP_STATUS } from "./error-status.js";
import { HttpRefusal } from "./http-refusal.js";
import type { problemSchema } from "./problem-schema.js";
import type { Sent } from "./sent.js";

export interface Problem {
  readonly status: number;
  readonly code: ApiCode;
  readonly requestId: string;
  /** Flat list of names and values. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Long enough for a failed node to be noticed; short enough not to be waited for. */
const RETRY_AFTER_SECONDS = "1";

const WWW_AUTHENTICATE = ["WWW-Authenticate", 'Bearer realm="ringkv"'] as const;

export function problemOf(thrown: unknown, requestId: string): Problem {
  const { code, detail, outcome, retryable, headers, more } = describe(thrown);
  const status: number = HTTP_STATUS[code];
  const title = STATUS_CODES[status] ?? "Error";
  const retryLater = status === 429 || status === 503;
  const document: Sent<typeof problemSchema> = {
    type: "about:blank",
    title,
    status,
    detail,
    code,
    outcome,
    retryable,
    ...more,
    requestId,
  };
  return {
    status,
    code,
    requestId,
    headers: retryLater ? [...headers, "Retry-After", retryAfterOf(thrown)] : headers,
    body: JSON.stringify(document),
  };
}

/** Flat list of names and values: those of the body, and those of its own. */
export function headersOf({ requestId, headers, body }: Problem): string[] {
  return [
    "Content-Type",
    "application/problem+json",
    "Content-Length",
    String(Buffer.byteLength(body)),
    "X-Request-Id",
    requestId,
    ...headers,
  ];
}

function retryAfterOf(thrown: unknown): string {
  return thrown instanceof TooManyAttempts ? String(thrown.retryAfterSeconds) : RETRY_AFTER_SECONDS;
}

interface Description {
  readonly code: ApiCode;
  readonly detail: string;
  readonly outcome: Outcome;
  readonly retryable: boolean;
  readonly headers: readonly string[];
  readonly more?: object;
}

function describe(thrown: unknown): Description {
  if (thrown instanceof KvError) {
    const { code, message: detail, outcome, retryable } = thrown;
    const headers = code === "unauthenticated" ? WWW_AUTHENTICATE : [];
    return { code, detail, outcome, retryable, headers, more: moreOf(thrown) };
  }
  if (thrown instanceof HttpRefusal) {
    const { code, message: detail, headers } = thrown;
    const retryable = code === "request_timeout";
    return { code, detail, outcome: "not-applied", retryable, headers };
  }
  // A bug may have struck after the first message left.
  const detail = "an internal error; the node's log has it under this request id";
  return { code: "internal", detail, outcome: "unknown", retryable: false, headers: [] };
}

/** What a program may want to know besides the code. */
function moreOf(failure: KvError): object {
  if (failure instanceof RestoreFailed) return { ...moreOf(failure.cause), ...failure.report };
  if (failure instanceof InvalidSnapshot) return { read: failure.read };
  if (!(failure instanceof QuorumUnreachable)) return {};
  const { needed, answered, failed } = failure;
  return { needed, answered, failed };
}
