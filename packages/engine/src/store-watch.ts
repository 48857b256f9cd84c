/**
 * Whether this node's own store answers. A node that cannot write says so before it takes a
 * request, and its peers stand in for it.
 */

import { StoreUnavailable } from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { Durability, MetaStore } from "./ports/meta-store.js";
import { PeerFailure } from "./ports/peers.js";

export interface StoreWatchDeps {
  readonly clock: Clock;
  readonly meta: Pick<MetaStore, "probe">;
  readonly log: Log;
  readonly intervalMs: number;
  /** Hears what an answer said of the store's claim, before the store counts as answering. */
  readonly onIncarnation: (incarnation: number) => void;
  /** Hears how long the store was away, before it counts as answering. */
  readonly onBack: (awayMs: number) => void;
}

export class StoreWatch {
  readonly #deps: StoreWatchDeps;
  #answers = true;
  #durability: Durability | null = null;
  /** When this last changed. */
  #answersSinceMs: number;

  constructor(deps: StoreWatchDeps) {
    this.#deps = deps;
    this.#answersSinceMs = deps.clock.monotonicMs();
  }

  get answers(): boolean {
    return this.#answers;
  }

  /** How long the store has answered without a failure, in milliseconds; 0 while it does not. */
  get answeredForMs(): number {
    return this.#answers ? this.#deps.clock.monotonicMs() - this.#answersSinceMs : 0;
  }

  /** What the store says of its own durability; null until it has said so. */
  get durability(): Durability | null {
    return this.#durability;
  }

  /** Probes the store once per interval until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, meta, intervalMs, onIncarnation, onBack } = this.#deps;
    while (!signal.aborted) {
      await meta.probe().then(
        ({ durability, incarnation }) => {
          this.#durability = durability;
          onIncarnation(incarnation);
          if (!this.#answers) onBack(clock.monotonicMs() - this.#answersSinceMs);
          this.#set(true);
        },
        () => this.#set(false),
      );
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  }

  /** A request saw the store fail: no need to wait for the next probe. */
  noteFailure(thrown: unknown): void {
    const isSaidByPeer = thrown instanceof PeerFailure && thrown.reason === "unavailable";
    if (isSaidByPeer || thrown instanceof StoreUnavailable) this.#set(false);
  }

  #set(answers: boolean): void {
    if (answers === this.#answers) return;
    this.#answers = answers;
    const { log, clock } = this.#deps;
    this.#answersSinceMs = clock.monotonicMs();
    if (answers) log.info({}, "the store answers again");
    else log.error({}, "the store does not answer: this node refuses requests");
  }
}
