/**
 * Calls of many messages. They go at the pace of the slower side, hold no more than what is under
 * way, and end when the client has gone, or has done nothing for too long.
 */

import { once } from "node:events";
import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  Metadata,
  ServerWritableStream,
  StatusObject,
} from "@grpc/grpc-js";
import { InvalidRequest, Overloaded } from "@ringkv/core";
import type { Load } from "@ringkv/engine";
import { type CallDeps, ClientGone, report, respond } from "./call.js";
import { requestIdOf, trailersOf } from "./request-id.js";
import { timeLeftMs } from "./time-left.js";

/** Null: the calls are not counted in any load. */
export interface StreamDeps extends Omit<CallDeps, "load"> {
  readonly load: Load | null;
}

export interface StreamContext {
  /** Aborts when nobody reads any more. */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
  /** What the deadline leaves; null: as the node is configured. */
  readonly timeLeftMs: () => number | null;
}

/** As HTTP waits for a client that neither reads nor sends. Work would be held for it. */
const PATIENCE_MS = 35_000;

/** A call that is answered with many messages, made one after the other as the client reads. */
export function stream<Request, Response>(
  deps: StreamDeps,
  messages: (request: Request, context: StreamContext) => AsyncIterable<Response>,
): handleServerStreamingCall<Request, Response> {
  const { load, clock } = deps;
  return (call) => {
    const requestId = requestIdOf(call.metadata);
    const gone = new AbortController();
    const { signal } = gone;
    call.once("cancelled", () => gone.abort());
    call.once("error", () => gone.abort()); // Somebody else has ended it.
    const send = async () => {
      load?.enter(0); // Its messages are bounded by the pace of its reader.
      try {
        const timeLeft = () => timeLeftMs(call.getDeadline(), clock.wallMs());
        const context = { signal, metadata: call.metadata, timeLeftMs: timeLeft };
        for await (const message of messages(call.request, context)) {
          if (signal.aborted) return;
          deps.gate.demandStill(call.metadata);
          if (!call.write(message)) await drained(deps, call, signal);
        }
      } finally {
        load?.leave(0);
      }
      if (!signal.aborted) call.end(trailersOf(requestId));
    };
    send().catch((thrown: unknown) => {
      if (signal.aborted) return;
      fail(call, report(deps, { thrown, requestId, method: call.getPath() }));
    });
  };
}

/** A call that brings many messages and gets one answer, which may come before their end. */
export function clientStream<Request, Response>(
  deps: StreamDeps,
  answer: (messages: AsyncIterable<Request>) => Promise<Response>,
): handleClientStreamingCall<Request, Response> {
  const { load } = deps;
  return (call, callback) => {
    const requestId = requestIdOf(call.metadata);
    const gone = new AbortController();
    call.once("cancelled", () => gone.abort());
    void respond(deps, { call, callback, requestId }, async () => {
      load?.enter(0);
      try {
        return await answer(patiently(deps, call as AsyncIterable<Request>, gone.signal));
      } finally {
        load?.leave(0);
      }
    });
  };
}

/** Ends a stream with a failure; what was written before still arrives. */
export function fail(call: ServerWritableStream<unknown, unknown>, status: StatusObject): void {
  call.emit("error", status);
}

/** Resolves when there is room for more, or nobody left who wants it. */
function drained(
  { clock }: StreamDeps,
  call: ServerWritableStream<unknown, unknown>,
  signal: AbortSignal,
): Promise<void> {
  return within(clock, signal, {
    work: (over) => once(call, "drain", { signal: over }).then(() => {}),
    late: () => new Overloaded(`the client has not read for ${PATIENCE_MS / 1_000} s`),
  });
}

/** `messages`, as long as each comes in time. */
async function* patiently<T>(
  { clock }: StreamDeps,
  messages: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  for (;;) {
    const next = await within(clock, signal, {
      work: () => iterator.next().catch(asGone),
      late: () => new InvalidRequest(`nothing has come for ${PATIENCE_MS / 1_000} s`),
    });
    if (next.done) return;
    yield next.value;
  }
}

/** The library breaks the stream off where it finds no message. */
function asGone(thrown: unknown): never {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== "ERR_STREAM_PREMATURE_CLOSE") throw thrown;
  throw new ClientGone("the call has ended", { cause: thrown });
}

interface Waiting<T> {
  /** May end early when its signal aborts: then nobody waits for it. */
  readonly work: (over: AbortSignal) => Promise<T>;
  readonly late: () => Error;
}

async function within<T>(
  clock: StreamDeps["clock"],
  signal: AbortSignal,
  { work, late }: Waiting<T>,
): Promise<T> {
  const over = new AbortController();
  const either = AbortSignal.any([over.signal, signal]);
  const patience = clock.sleep(PATIENCE_MS, either).then(
    () => Promise.reject(late()),
    () => Promise.reject(new ClientGone("the client has gone")),
  );
  patience.catch(() => {});
  const working = work(either);
  working.catch(() => {});
  try {
    return await Promise.race([working, patience]);
  } finally {
    over.abort();
  }
}
