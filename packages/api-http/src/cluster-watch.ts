/**
 * Looks at the cluster once a second while somebody watches, and for a while after, and keeps what
 * it saw: a page that is opened again, or a second one, begins with a history.
 *
 * A node that nobody watches does not watch itself: a look asks every member. Prometheus is for
 * what must be known of a night in which nobody looked.
 */

import type { Clock, Log, MemberReport } from "@ringkv/engine";
import type { Overview } from "./cluster-overview.js";
import { type Happening, happeningsBetween, type Known } from "./happenings.js";
import { type Look, type Rates, ratesBetween } from "./rates.js";

export interface Moment {
  readonly overview: Overview;
  /** Null with the first look. */
  readonly rates: Rates | null;
  readonly happenings: readonly TimedHappening[];
}

export type TimedHappening = Happening & { readonly atMs: number };

export interface History {
  readonly rates: readonly (Rates & { readonly atMs: number })[];
  readonly happenings: readonly TimedHappening[];
}

export interface Seen {
  readonly overview: Overview;
  readonly known: Known;
  readonly reports: readonly MemberReport[];
}

export interface ClusterWatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly look: () => Promise<Seen>;
}

export type Watcher = (moment: Moment) => void;

const LOOK_EVERY_MS = 1_000;
/** Fifteen minutes. */
const RATES_KEPT = 900;
const HAPPENINGS_KEPT = 300;
/** How long it goes on when the last watcher has gone: a reload should not lose the history. */
const IDLE_LOOKS_MAX = 900;

export class ClusterWatch {
  readonly #deps: ClusterWatchDeps;
  readonly #watchers = new Set<Watcher>();
  readonly #stopped = new AbortController();
  #rates: (Rates & { readonly atMs: number })[] = [];
  #happenings: TimedHappening[] = [];
  #latest: Overview | null = null;
  #isRunning = false;
  #idleLooks = 0;

  constructor(deps: ClusterWatchDeps) {
    this.#deps = deps;
  }

  get history(): History {
    return { rates: this.#rates, happenings: this.#happenings };
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /**
   * Tells `watcher` of every look from now on, and at once of the last one, so that it need not
   * wait a second to know the members; until the function that it returns is called.
   */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    if (!this.#isRunning) void this.#run();
    else if (this.#latest !== null) {
      watcher({ overview: this.#latest, rates: null, happenings: [] });
    }
    return () => void this.#watchers.delete(watcher);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(): Promise<void> {
    const { clock, look, log } = this.#deps;
    const { signal } = this.#stopped;
    this.#isRunning = true;
    this.#idleLooks = 0;
    let before: (Look & { readonly known: Known }) | null = null;
    while (!signal.aborted && this.#idleLooks < IDLE_LOOKS_MAX) {
      try {
        const atMs = clock.monotonicMs();
        const { overview, known, reports } = await look();
        const now = { atMs, reports, known };
        this.#tell(overview, before, now);
        before = now;
      } catch (thrown) {
        log.error({ err: thrown }, "a look at the cluster failed");
      }
      this.#idleLooks = this.#watchers.size === 0 ? this.#idleLooks + 1 : 0;
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
    this.#isRunning = false;
  }

  #tell(
    overview: Overview,
    before: (Look & { readonly known: Known }) | null,
    now: Look & { readonly known: Known },
  ): void {
    const { atMs } = overview;
    this.#latest = overview;
    const rates = before === null ? null : ratesBetween(before, now);
    const news = before === null ? [] : happeningsBetween(before.known, now.known);
    const happenings = news.map((happening) => ({ ...happening, atMs }));
    if (rates !== null) this.#rates = [...this.#rates, { ...rates, atMs }].slice(-RATES_KEPT);
    this.#happenings = [...this.#happenings, ...happenings].slice(-HAPPENINGS_KEPT);
    for (const watcher of this.#watchers) watcher({ overview, rates, happenings });
  }
}
