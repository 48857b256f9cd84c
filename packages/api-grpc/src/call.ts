/**
 * What every call has in common: a name, a time that it has, a place in the node's load, and one
 * answer or one failure at its end. What is answered is decided by the action that is passed in.
 * Calls of many messages are in stream-call.ts.
 */

import type {
  handleUnaryCall,
  Metadata,
  ServerUnaryCall,
  StatusObject,
  sendUnaryData,
} from "@grpc/grpc-js";
import type { Clock, Load, Log } from "@ringkv/engine";
import { failureOf, statusOfFailure } from "./failure.js";
import type { Gate } from "./gate.js";
import { requestIdOf, trailersOf } from "./request-id.js";
import { timeLeftMs } from "./time-left.js";

export interface CallDeps {
  readonly load: Load;
  readonly clock: Pick<Clock, "wallMs" | "sleep">;
  readonly log: Log;
  readonly gate: Gate;
}

/** What a call brings besides its request. */
export interface Context {
  readonly requestId: string;
  readonly metadata: Metadata;
  /** Null: as the node is configured. */
  readonly timeoutMs: number | null;
}

export interface Unary<Request, Response> {
  /** How much of the node's memory the request takes; absent: next to nothing. */
  readonly bytesOf?: (request: Request) => number;
  readonly answer: (request: Request, context: Context) => Promise<Response>;
}

/** A call with one request and one answer. */
export function unary<Request, Response>(
  deps: CallDeps,
  { bytesOf, answer }: Unary<Request, Response>,
): handleUnaryCall<Request, Response> {
  const { load, clock } = deps;
  return (call, callback) => {
    const requestId = requestIdOf(call.metadata);
    void respond(deps, { call, callback, requestId }, async () => {
      const bytes = bytesOf?.(call.request) ?? 0;
      load.enter(bytes);
      try {
        const timeoutMs = timeLeftMs(call.getDeadline(), clock.wallMs());
        return await answer(call.request, { requestId, metadata: call.metadata, timeoutMs });
      } finally {
        load.leave(bytes);
      }
    });
  };
}

/** A call that is not counted: an operator asks it of a node that is busy, above all. */
export function probe<Request, Response>(
  deps: CallDeps,
  answer: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const requestId = requestIdOf(call.metadata);
    void respond(deps, { call, callback, requestId }, () => answer(call.request));
  };
}

export interface Asked<Response> {
  readonly call: Pick<ServerUnaryCall<unknown, unknown>, "getPath">;
  readonly callback: sendUnaryData<Response>;
  readonly requestId: string;
}

/** Answers with what `work` resolves to, or with why it was not done. */
export async function respond<Response>(
  deps: Pick<CallDeps, "log">,
  { call, callback, requestId }: Asked<Response>,
  work: () => Promise<Response>,
): Promise<void> {
  let response: Response;
  try {
    response = await work();
  } catch (thrown) {
    callback(report(deps, { thrown, requestId, method: call.getPath() }));
    return;
  }
  callback(null, response, trailersOf(requestId));
}

export interface Thrown {
  readonly thrown: unknown;
  readonly requestId: string;
  readonly method: string;
}

/** The client went away, or what it sent was no message: the library has ended the call. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** The status of what was thrown. Bugs are logged in full. */
export function report(deps: Pick<CallDeps, "log">, it: Thrown): StatusObject {
  const failure = failureOf(it.thrown);
  // Nobody hears of an end that the client has made.
  if (failure.code === "internal" && !(it.thrown instanceof ClientGone)) logBug(deps, it);
  return statusOfFailure(failure, it.requestId);
}

export function logBug(
  { log }: Pick<CallDeps, "log">,
  { thrown, requestId, method }: Thrown,
): void {
  log.error({ err: thrown, requestId, method }, "a call met a bug");
}
