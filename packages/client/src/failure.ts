/**
 * What a node's answer, or its silence, means: the one place where statuses and broken connections
 * become `RingkvError`s. Pure.
 */

import { type ErrorCode, type Outcome, RingkvError } from "./errors.js";
import type { Effect } from "./retry-rule.js";
import type { NoAnswer } from "./transport.js";

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Asked {
  readonly node: string;
  readonly effect: Effect;
}

/** A status that is not what the request wanted. */
export function failureOf(
  { status, headers, body }: Refusal,
  { node, effect }: Asked,
): RingkvError {
  const requestId = headers["x-request-id"] ?? null;
  const problem = problemIn(headers, body);
  if (problem === null) return strangeAnswer({ status, node, effect, requestId });
  const { code, detail, title, outcome, retryable } = problem;
  const words = [detail, title].find((it): it is string => typeof it === "string");
  return new RingkvError(words ?? `status ${status}`, {
    code,
    outcome: effect !== "none" && outcome === "unknown" ? "unknown" : "not-applied",
    retryable: retryable === true,
    status,
    requestId,
    node,
    problem,
  });
}

/** Nothing answered. */
export function silenceOf(silence: NoAnswer, { node, effect }: Asked): RingkvError {
  const { why, detail, wasSent, cause } = silence;
  const outcome = effect !== "none" && wasSent ? "unknown" : "not-applied";
  return new RingkvError(`${node}: ${detail}`, {
    code: CODES[why],
    outcome,
    retryable: why !== "aborted" && why !== "too large",
    node,
    cause,
  });
}

const CODES: Readonly<Record<NoAnswer["why"], ErrorCode>> = {
  refused: "unreachable",
  timeout: "timeout",
  aborted: "aborted",
  broken: "broken_off",
  "too large": "malformed_answer",
};

/** A success whose body is not what the contract says. */
export function malformed(node: string, effect: Effect, what: string): RingkvError {
  return new RingkvError(`${node} answered ${what}`, {
    code: "malformed_answer",
    outcome: outcomeOfStrange(effect, 200),
    retryable: false,
    status: 200,
    node,
  });
}

/** Something between us and the node, or no node at all. */
function strangeAnswer(given: {
  readonly status: number;
  readonly node: string;
  readonly effect: Effect;
  readonly requestId: string | null;
}): RingkvError {
  const { status, node, effect, requestId } = given;
  return new RingkvError(`${node} answered with status ${status} and no problem document`, {
    code: "malformed_answer",
    outcome: outcomeOfStrange(effect, status),
    // What gateways say when the node behind them is away.
    retryable: status === 429 || (status >= 502 && status <= 504),
    status,
    requestId,
    node,
  });
}

/** A refusal of the client's request stores nothing, whoever says it. */
function outcomeOfStrange(effect: Effect, status: number): Outcome {
  const isRefused = status >= 300 && status < 500;
  return effect === "none" || isRefused ? "not-applied" : "unknown";
}

interface Problem extends Readonly<Record<string, unknown>> {
  readonly code: ErrorCode;
}

function problemIn(headers: Refusal["headers"], body: Buffer): Problem | null {
  if (!(headers["content-type"] ?? "").startsWith("application/problem+json")) return null;
  try {
    const problem: unknown = JSON.parse(body.toString("utf8"));
    if (typeof problem !== "object" || problem === null || !("code" in problem)) return null;
    return typeof problem.code === "string" ? (problem as Problem) : null;
  } catch {
    return null;
  }
}
