/**
 * Calls of one kind to one peer, gathered into messages: one per turn of the event loop.
 *
 * Each call keeps its own budget, though a message has one timer; a message's budget is that of its
 * most patient call. The engine's TickBatch knows no budgets, and one failing item would take the
 * others' time with it; that is why this is not built on it.
 */

import type { NodeId } from "@ringkv/core";
import { type Clock, PeerFailure, type PeerFailureReason } from "@ringkv/engine";
import { MESSAGE_BYTES_MAX } from "./limits.js";
import type { Operation } from "./operations.js";
import { Malformed, type Stamp } from "./wire.js";

export interface Message {
  readonly command: string;
  readonly stamp: Stamp;
  readonly args: readonly (string | Buffer)[];
  readonly bytes: number;
}

/** The connection, as a lane needs it. */
export interface Carrier {
  readonly node: NodeId;
  readonly isOpen: boolean;
  /** Sent and not answered yet. */
  readonly bytesInFlight: number;
  readonly messagesInFlight: number;
  /** Asks for `flush` at the end of this turn. */
  scheduleFlush(): void;
  /** Rejects with `PeerFailure`. */
  send(message: Message): Promise<unknown>;
  /** A call was not answered in time. */
  noteSilence(): void;
  giveUp(why: string): void;
  /** A call has failed; told once for each. */
  noteFailure(thrown: unknown): void;
}

export interface LaneDeps<Item, Result> {
  readonly carrier: Carrier;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly operation: Operation<Item, Result>;
  readonly bytesInFlightMax: number;
  readonly messagesInFlightMax: number;
}

interface Call<Result> {
  /** Its items are `count` of the batch's, beginning with this one. */
  readonly from: number;
  readonly count: number;
  readonly dueAtMs: number;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (thrown: unknown) => void;
  isSettled: boolean;
}

interface Batch<Item, Result> {
  readonly items: Item[];
  readonly calls: Call<Result>[];
  bytes: number;
}

export class Lane<Item, Result> {
  readonly #deps: LaneDeps<Item, Result>;
  #open: Batch<Item, Result> = newBatch();

  constructor(deps: LaneDeps<Item, Result>) {
    this.#deps = deps;
  }

  /** One result per item, in order. Rejects with `PeerFailure`, within the budget. */
  call(items: readonly Item[], budgetMs: number): Promise<readonly Result[]> {
    if (items.length === 0) return Promise.resolve([]);
    if (budgetMs <= 0) return this.#refused(this.#failure("timed-out", false));
    const { carrier, clock, operation } = this.#deps;
    let bytes = 0;
    for (const item of items) bytes += operation.bytesOf(item);
    const refusal = this.#refusal(bytes);
    if (refusal !== null) return this.#refused(refusal);

    if (this.#isFullWith(items.length, bytes)) this.flush();
    const batch = this.#open;
    const from = batch.items.length;
    for (const item of items) batch.items.push(item);
    batch.bytes += bytes;
    carrier.scheduleFlush();
    return new Promise((resolve, reject) => {
      const dueAtMs = clock.monotonicMs() + budgetMs;
      batch.calls.push({ from, count: items.length, dueAtMs, resolve, reject, isSettled: false });
    });
  }

  /** Sends what was gathered. */
  flush(): void {
    const batch = this.#open;
    if (batch.calls.length === 0) return;
    this.#open = newBatch();
    const { carrier, clock } = this.#deps;
    const sentAtMs = clock.monotonicMs();
    const budgetMs = lastDue(batch.calls) - sentAtMs;
    if (!carrier.isOpen) this.#failAll(batch, this.#failure("refused", false));
    else if (budgetMs <= 0) this.#failAll(batch, this.#failure("timed-out", false));
    else this.#send(batch, { sentAtMs, budgetMs });
  }

  #send(batch: Batch<Item, Result>, stamp: Stamp): void {
    const { carrier, operation } = this.#deps;
    const { command } = operation;
    const timer = this.#watch(batch);
    const message = { command, stamp, args: operation.encode(batch.items), bytes: batch.bytes };
    carrier.send(message).then(
      (reply) => {
        timer.stop();
        this.#settle(batch, reply);
      },
      (thrown: unknown) => {
        timer.stop();
        this.#failAll(batch, thrown);
      },
    );
  }

  #settle(batch: Batch<Item, Result>, reply: unknown): void {
    const { carrier, operation } = this.#deps;
    let results: readonly Result[];
    try {
      results = operation.decode(reply, batch.items);
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      this.#failAll(batch, this.#failure("rejected", true));
      carrier.giveUp(`malformed answer to ${operation.command}: ${thrown.message}`);
      return;
    }
    for (const call of batch.calls) {
      if (call.isSettled) continue;
      call.isSettled = true;
      const end = call.from + call.count;
      if (end > results.length) this.#askForRest(batch, call, results);
      else call.resolve(batch.calls.length === 1 ? results : results.slice(call.from, end));
    }
  }

  /** The answer was cut short before this call's last item. */
  #askForRest(
    { items }: Batch<Item, Result>,
    call: Call<Result>,
    results: readonly Result[],
  ): void {
    const known = results.slice(call.from);
    const rest = items.slice(call.from + known.length, call.from + call.count);
    this.call(rest, call.dueAtMs - this.#deps.clock.monotonicMs()).then(
      (more) => call.resolve([...known, ...more]),
      call.reject,
    );
  }

  #failAll({ calls }: Batch<Item, Result>, thrown: unknown): void {
    for (const call of calls) {
      if (call.isSettled) continue;
      this.#fail(call, thrown);
    }
  }

  #fail(call: Call<Result>, thrown: unknown): void {
    call.isSettled = true;
    this.#deps.carrier.noteFailure(thrown);
    call.reject(thrown);
  }

  #refused(failure: PeerFailure): Promise<never> {
    this.#deps.carrier.noteFailure(failure);
    return Promise.reject(failure);
  }

  /** Rejects each call when its own budget is used up: one timer, set for the next of them. */
  #watch({ calls }: Batch<Item, Result>): { stop(): void } {
    const { clock, carrier } = this.#deps;
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const dueAtMs = nextDue(calls);
      if (dueAtMs === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(expire, Math.max(1, Math.ceil(dueAtMs - clock.monotonicMs())));
    };
    const expire = (): void => {
      const nowMs = clock.monotonicMs();
      const failure = this.#failure("timed-out", true);
      for (const call of calls) {
        if (call.isSettled || call.dueAtMs > nowMs) continue;
        this.#fail(call, failure);
      }
      carrier.noteSilence();
      arm();
    };
    arm();
    return { stop: () => clearTimeout(timer) };
  }

  #isFullWith(count: number, bytes: number): boolean {
    const { itemsMax, bytesMax } = this.#deps.operation;
    const { items, bytes: held } = this.#open;
    if (items.length === 0) return false; // What is too large for any batch travels alone.
    return items.length + count > itemsMax || held + bytes > bytesMax;
  }

  #refusal(bytes: number): PeerFailure | null {
    const { carrier, bytesInFlightMax, messagesInFlightMax } = this.#deps;
    // The peer would close the connection on it.
    if (bytes > MESSAGE_BYTES_MAX) return this.#failure("rejected", false);
    const ahead = carrier.bytesInFlight + this.#open.bytes;
    // The largest record alone may exceed the limit: refused for that, it could never be sent.
    const isOverloaded =
      (ahead > 0 && ahead + bytes > bytesInFlightMax) ||
      carrier.messagesInFlight >= messagesInFlightMax;
    return !carrier.isOpen || isOverloaded ? this.#failure("refused", false) : null;
  }

  #failure(reason: PeerFailureReason, sent: boolean): PeerFailure {
    return new PeerFailure({ node: this.#deps.carrier.node, reason, sent });
  }
}

function newBatch<Item, Result>(): Batch<Item, Result> {
  return { items: [], calls: [], bytes: 0 };
}

function lastDue(calls: readonly { readonly dueAtMs: number }[]): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const { dueAtMs } of calls) if (dueAtMs > last) last = dueAtMs;
  return last;
}

function nextDue(calls: readonly Call<never>[] | readonly Call<unknown>[]): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { dueAtMs, isSettled } of calls) if (!isSettled && dueAtMs < next) next = dueAtMs;
  return next;
}
