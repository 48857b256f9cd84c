/**
 * Warnings that strangers can cause: each kind is logged once per interval, and only so many kinds.
 * Without it, whoever can open a connection could fill the disk.
 */

import type { Clock, Log } from "@ringkv/engine";

const INTERVAL_MS = 10_000;
const LINES_PER_INTERVAL = 20;

export class OccasionalLog {
  readonly #log: Log;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #kinds = new Set<string>();
  #since: number;
  #suppressed = 0;

  constructor(log: Log, clock: Pick<Clock, "monotonicMs">) {
    this.#log = log;
    this.#clock = clock;
    this.#since = clock.monotonicMs();
  }

  /** `kind` decides what counts as the same; `fields` are of the first one in the interval. */
  warn(kind: string, fields: object, message: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#since >= INTERVAL_MS) {
      this.#since = nowMs;
      this.#kinds.clear();
    }
    if (this.#kinds.has(kind) || this.#kinds.size >= LINES_PER_INTERVAL) {
      this.#suppressed++;
      return;
    }
    this.#kinds.add(kind);
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    this.#log.warn(suppressed > 0 ? { ...fields, suppressed } : fields, message);
  }
}
