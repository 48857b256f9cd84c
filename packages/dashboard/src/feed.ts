/**
 * Keeps one event stream open: to home, or, when home is silent, to the next member that answers;
 * and goes back when home does. It says what it hears and decides nothing else.
 */

import type { Credential } from "./credential.js";
import { EventParser, type StreamEvent } from "./event-parser.js";
import { nextBases } from "./next-node.js";
import type { Lock, PageEvent, PageState } from "./page-state.js";
import type { History, Moment } from "./wire.js";

export interface FeedDeps {
  readonly state: () => PageState;
  readonly hear: (event: PageEvent) => void;
  readonly credential: Credential;
}

/** A node that answers does so within this. */
const OPEN_TIMEOUT_MS = 1_500;
/** Moments come every second. */
const SILENCE_MS = 2_500;
const RETRY_MS = 500;
const HOME_CHECK_MS = 2_000;

export class Feed {
  readonly #deps: FeedDeps;
  #stream: AbortController | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #homeCheck: ReturnType<typeof setTimeout> | undefined;
  #queue: string[] = [];

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#open("");
  }

  /** With this token, from home on. */
  unlock(token: string): void {
    this.#deps.credential.use(token);
    this.#queue = [];
    this.#open("");
  }

  #open(base: string): void {
    this.#stream?.abort();
    const stream = new AbortController();
    this.#stream = stream;
    this.#expect(base, OPEN_TIMEOUT_MS);
    this.#listen(base, stream).catch(() => {
      if (this.#stream === stream) this.#failed(base);
    });
  }

  /** Rejects when the stream ends, for whatever reason. */
  async #listen(base: string, stream: AbortController): Promise<void> {
    const { credential } = this.#deps;
    const { signal } = stream;
    const { headers } = credential;
    const answer = await fetch(`${base}/events`, { signal, headers, cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) {
      if (this.#stream === stream) this.#locked(credential.isSet ? "refused" : "wanted");
      return;
    }
    if (!answer.ok || answer.body === null) throw new Error(`HTTP ${answer.status}`);
    const parser = new EventParser();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream has ended");
      for (const event of parser.push(value)) {
        if (this.#stream === stream) this.#take(base, event);
      }
    }
  }

  #take(base: string, { event, data }: StreamEvent): void {
    if (event === "history") this.#opened(base, JSON.parse(data) as History);
    else if (event === "moment") {
      this.#expect(base, SILENCE_MS);
      this.#deps.hear({ kind: "moment", moment: JSON.parse(data) as Moment });
    }
  }

  /** Nobody else is asked: all members have the same tokens. */
  #locked(lock: Lock): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#homeCheck);
    this.#stream = null;
    this.#deps.hear({ kind: "locked", lock });
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
    this.#stream?.abort();
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
      const { headers } = this.#deps.credential;
      const isBack = await fetch("/health", { signal, headers, cache: "no-store" }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isBack) this.#open("");
      else this.#watchHome();
    }, HOME_CHECK_MS);
  }
}
