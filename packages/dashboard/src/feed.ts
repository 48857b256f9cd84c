/**
 * Keeps one event stream open: to home, or, when home is silent, to the next member that answers;
 * and goes back when home does. It says what it hears and decides nothing else.
 */

import { nextBases } from "./next-node.js";
import type { PageEvent, PageState } from "./page-state.js";
import type { History, Moment } from "./wire.js";

export interface FeedDeps {
  readonly state: () => PageState;
  readonly hear: (event: PageEvent) => void;
}

/** A node that answers does so within this. */
const OPEN_TIMEOUT_MS = 1_500;
/** Moments come every second. */
const SILENCE_MS = 2_500;
const RETRY_MS = 500;
const HOME_CHECK_MS = 2_000;

export class Feed {
  readonly #deps: FeedDeps;
  #stream: EventSource | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #homeCheck: ReturnType<typeof setTimeout> | undefined;
  #queue: string[] = [];

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#open("");
  }

  #open(base: string): void {
    this.#stream?.close();
    const stream = new EventSource(`${base}/events`);
    this.#stream = stream;
    const isCurrent = () => this.#stream === stream;
    this.#expect(base, OPEN_TIMEOUT_MS);
    stream.addEventListener("history", (event) => {
      if (isCurrent()) this.#opened(base, dataOf(event) as History);
    });
    stream.addEventListener("moment", (event) => {
      if (!isCurrent()) return;
      this.#expect(base, SILENCE_MS);
      this.#deps.hear({ kind: "moment", moment: dataOf(event) as Moment });
    });
    stream.addEventListener("error", () => {
      if (isCurrent()) this.#failed(base);
    });
  }

  #opened(base: string, history: History): void {
    this.#expect(base, SILENCE_MS);
    this.#queue = [];
    this.#deps.hear({ kind: "history", base, history });
    clearTimeout(this.#homeCheck);
    if (base !== "") this.#watchHome();
  }

  #expect(base: string, ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#failed(base), ms);
  }

  #failed(base: string): void {
    const { overview, home } = this.#deps.state();
    clearTimeout(this.#silence);
    this.#stream?.close();
    this.#stream = null;
    this.#deps.hear({ kind: "lost" });
    const isNewRound = this.#queue.length === 0;
    if (isNewRound) this.#queue = nextBases(overview, home, base);
    const next = this.#queue.shift() ?? "";
    // Everybody was asked once: no reason to hurry.
    const pauseMs = isNewRound && next === base ? RETRY_MS : 0;
    const isLast = this.#queue.length === 0;
    this.#silence = setTimeout(() => this.#open(next), isLast ? RETRY_MS : pauseMs);
  }

  /** Home answers again: this page returns to it. */
  #watchHome(): void {
    this.#homeCheck = setTimeout(async () => {
      const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS);
      const isBack = await fetch("/health", { signal, cache: "no-store" }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isBack) this.#open("");
      else this.#watchHome();
    }, HOME_CHECK_MS);
  }
}

function dataOf({ data }: MessageEvent): unknown {
  return JSON.parse(String(data));
}
