/**
 * What every node does with its outbox: offers each notice to the leader, and forgets those that
 * the leader says are settled. While there is no leader they wait.
 *
 * New notices are offered once, soon; the whole outbox again and again, at intervals that grow with
 * what it takes. So whoever leads next is offered everything that was not settled, and a node that
 * was away learns what it may forget.
 */

import type { NodeId, Version } from "@ringkv/core";
import type { Leadership } from "./election.js";
import type { NoticeDesk } from "./notice-desk.js";
import type { Clock } from "./ports/clock.js";
import type { Outbox } from "./ports/outbox.js";
import type { Peers } from "./ports/peers.js";

export interface NoticeRoundsDeps {
  readonly self: NodeId;
  readonly outbox: Outbox;
  readonly peers: Pick<Peers, "offerNotices">;
  readonly desk: Pick<NoticeDesk, "offer">;
  readonly leadership: () => Leadership;
  readonly clock: Clock;
  readonly budgetMs: number;
}

/** Together below a message's limit, whatever the keys; with values a message takes fewer. */
const PAGE = 256;
const SWEEP_EVERY_MS = 500;
/** A sweep rests so many times as long as its pages have taken, but no longer than that. */
const REST = 10;
const REST_MS_MAX = 30_000;

export class NoticeRounds {
  readonly #deps: NoticeRoundsDeps;
  #leader: NodeId | null = null;
  /** Up to here everything was offered in this sweep; null: it begins. */
  #after: Version | null = null;
  /** How long the pages of this sweep have taken: waiting for a leader is no work. */
  #workedMs = 0;
  #nextSweepAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: NoticeRoundsDeps) {
    this.#deps = deps;
  }

  /** Rejects when the store or the leader fails; the next round goes on where this one was. */
  async round(signal: AbortSignal): Promise<void> {
    const { outbox, leadership, clock } = this.#deps;
    const { leader } = leadership();
    if (leader === null) return;
    const isDue = clock.monotonicMs() >= this.#nextSweepAtMs;
    if (leader !== this.#leader || isDue) this.#beginSweep(leader);
    while (!signal.aborted) {
      const beganAtMs = clock.monotonicMs();
      const page = await outbox.page(this.#after, PAGE);
      if (page.length > 0) {
        const settled = await this.#offer(leader, page);
        await outbox.drop(page.filter((_, index) => settled[index]).map(({ version }) => version));
        this.#after = page.at(-1)?.version ?? this.#after;
      }
      this.#workedMs += clock.monotonicMs() - beganAtMs;
      if (page.length >= PAGE) continue;
      this.#endSweep();
      return;
    }
  }

  #offer(leader: NodeId, page: Awaited<ReturnType<Outbox["page"]>>) {
    const { self, desk, peers, budgetMs } = this.#deps;
    return leader === self ? desk.offer(page) : peers.offerNotices(leader, page, budgetMs);
  }

  #beginSweep(leader: NodeId): void {
    this.#leader = leader;
    this.#after = null;
    this.#workedMs = 0;
    this.#nextSweepAtMs = Number.POSITIVE_INFINITY;
  }

  /** What comes later is above `#after`, nearly always; what is not waits for the next sweep. */
  #endSweep(): void {
    if (this.#nextSweepAtMs !== Number.POSITIVE_INFINITY) return;
    const restMs = Math.min(REST_MS_MAX, Math.max(SWEEP_EVERY_MS, REST * this.#workedMs));
    this.#nextSweepAtMs = this.#deps.clock.monotonicMs() + restMs;
  }
}
