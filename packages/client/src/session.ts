/** What all groups of calls share: who asks, the defaults, and how an answer's JSON is read. */

import type { Caller } from "./caller.js";
import { RingkvError } from "./errors.js";
import { malformed } from "./failure.js";
import type { KvRequest } from "./request.js";

export interface CallOptions {
  /** Gives up. A write that had left has an unknown outcome then. */
  readonly signal?: AbortSignal | undefined;
  /** How long the node may take, in ms, 1 to 30,000; else as it is configured. */
  readonly timeoutMs?: number | undefined;
  /** How long to go on asking when no node answers as wanted; else the client's `patienceMs`. */
  readonly patienceMs?: number | undefined;
}

export interface Session {
  readonly caller: Caller;
  readonly patienceMs: number;
  readonly answerTimeoutMs: number;
}

/** What the network and this program may add to a node's own limit of time. */
const GRACE_MS = 1_000;

export function answerTimeoutOf(session: Session, { timeoutMs }: CallOptions): number {
  return timeoutMs === undefined ? session.answerTimeoutMs : timeoutMs + GRACE_MS;
}

export function callerOptions(session: Session, { signal, patienceMs }: CallOptions) {
  return { signal, patienceMs: patienceMs ?? session.patienceMs };
}

/** The answer's JSON object, with the node that gave it. */
export async function askForJson<T extends object>(
  session: Session,
  request: KvRequest,
  options: CallOptions,
): Promise<T & { readonly answeredBy: string }> {
  const { body, node } = await session.caller.call(request, callerOptions(session, options));
  const json = parsed(body);
  if (typeof json !== "object" || json === null) throw malformed(node, request.effect, "no JSON");
  return { ...(json as T), answeredBy: node };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}

/** A failure in the middle of an answer that had begun well. */
export function brokenOff(node: string, cause: unknown): RingkvError {
  const { message = "" } = cause as { readonly message?: string };
  return new RingkvError(`${node}: the answer broke off: ${message}`, {
    code: "broken_off",
    outcome: "not-applied",
    retryable: true,
    node,
    cause,
  });
}
