/**
 * What every call has in common: a name, a time that it has, a place in the node's load, and one
 * answer or one failure at its end. What is answered is decided by the action that is passed in.
 */

import { once } from "node:events";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerUnaryCall,
  ServerWritableStream,
  StatusObject,
  sendUnaryData,
} from "@grpc/grpc-js";
import type { Clock, Load, Log } from "@ringkv/engine";
import { failureOf, statusOfFailure } from "./failure.js";
import { requestIdOf, trailersOf } from "./request-id.js";
import { timeLeftMs } from "./time-left.js";

export interface CallDeps {
  readonly load: Load;
  readonly clock: Pick<Clock, "wallMs" | "sleep">;
  readonly log: Log;
}

/** What a call brings besides its request. */
export interface Context {
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
    void respond(deps, { call, callback }, async () => {
      const bytes = bytesOf?.(call.request) ?? 0;
      load.enter(bytes);
      try {
        const timeoutMs = timeLeftMs(call.getDeadline(), clock.wallMs());
        return await answer(call.request, { timeoutMs });
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
    void respond(deps, { call, callback }, () => answer(call.request));
  };
}

interface Asked<Request, Response> {
  readonly call: ServerUnaryCall<Request, Response>;
  readonly callback: sendUnaryData<Response>;
}

async function respond<Request, Response>(
  deps: CallDeps,
  { call, callback }: Asked<Request, Response>,
  work: () => Promise<Response>,
): Promise<void> {
  const requestId = requestIdOf(call.metadata);
  let response: Response;
  try {
    response = await work();
  } catch (thrown) {
    callback(report(deps, call, { thrown, requestId }));
    return;
  }
  callback(null, response, trailersOf(requestId));
}

/**
 * A call that is answered with many messages, made one after the other as the client reads them.
 * `signal` aborts when nobody reads any more.
 */
export function stream<Request, Response>(
  deps: CallDeps,
  messages: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const requestId = requestIdOf(call.metadata);
    const gone = new AbortController();
    call.once("cancelled", () => gone.abort());
    const send = async () => {
      for await (const message of messages(call.request, gone.signal)) {
        if (gone.signal.aborted) return;
        if (!call.write(message)) await drained(call, gone.signal);
      }
      call.end(trailersOf(requestId));
    };
    send().catch((thrown: unknown) => {
      if (!gone.signal.aborted) fail(call, report(deps, call, { thrown, requestId }));
    });
  };
}

/** Ends a stream with a failure; what was written before still arrives. */
export function fail(call: ServerWritableStream<unknown, unknown>, status: StatusObject): void {
  call.emit("error", status);
}

async function drained(
  call: ServerWritableStream<unknown, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await once(call, "drain", { signal }).catch(() => {}); // Aborted: the loop sees it.
}

function report(
  { log }: CallDeps,
  call: Pick<ServerUnaryCall<unknown, unknown>, "getPath">,
  { thrown, requestId }: { readonly thrown: unknown; readonly requestId: string },
): StatusObject {
  const failure = failureOf(thrown);
  if (failure.code === "internal") {
    log.error({ err: thrown, requestId, method: call.getPath() }, "a call met a bug");
  }
  return statusOfFailure(failure, requestId);
}
