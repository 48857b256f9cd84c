/**
 * A failover drill: write and read without a pause while one node is taken away and comes back,
 * then look for every acknowledged write. Taking the node away is somebody else's act.
 */

import { type RingkvClient, RingkvError } from "@ringkv/client";
import type { Clock } from "./system-clock.js";
import { Tally } from "./tally.js";

export interface DrillDeps {
  readonly client: RingkvClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Begins every key of this drill. */
  readonly prefix: string;
}

export interface Findings {
  /** Acknowledged writes that are not there any more, or hold another value. */
  readonly lost: readonly string[];
  readonly checked: number;
}

const WORKERS = 4;
/** A pause after each write, or a drill would be a benchmark. */
const PAUSE_MS = 2;
const CHECKS_AT_ONCE = 16;

export class DrillLoad {
  readonly writes = new Tally();
  readonly reads = new Tally();
  readonly #deps: DrillDeps;
  readonly #acknowledged = new Map<string, string>();
  readonly #touched = new Set<string>();
  #isOver = false;
  #next = 0;
  #workers: Promise<unknown> = Promise.resolve();

  constructor(deps: DrillDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#workers = Promise.all(Array.from({ length: WORKERS }, () => this.#work()));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#workers;
  }

  /** Every acknowledged write, read once more. */
  async check(): Promise<Findings> {
    const entries = [...this.#acknowledged];
    const lost: string[] = [];
    await inGroups(entries, async ([key, value]) => {
      const found = await this.#deps.client.getText(key);
      if (found !== value) lost.push(key);
    });
    return { lost, checked: entries.length };
  }

  /** Leaves nothing behind, as far as the nodes let it. */
  async clean(): Promise<void> {
    await inGroups([...this.#touched], async (key) => {
      await this.#deps.client.delete(key, { retryUnknown: true }).catch(() => undefined);
    });
  }

  async #work(): Promise<void> {
    const { clock, signal, prefix } = this.#deps;
    while (!this.#isOver && !signal.aborted) {
      const number = this.#next++;
      await this.#write(`${prefix}${number}`, `value ${number}`);
      await clock.sleep(PAUSE_MS, signal);
    }
  }

  async #write(key: string, value: string): Promise<void> {
    const { client, clock } = this.#deps;
    this.#touched.add(key);
    const beganMs = clock.monotonicMs();
    try {
      await client.put(key, value);
      const nowMs = clock.monotonicMs();
      this.writes.answered(nowMs - beganMs, nowMs);
      this.#acknowledged.set(key, value);
    } catch (error) {
      this.writes.failed(error instanceof RingkvError && error.outcome === "unknown");
      return;
    }
    await this.#read(key);
  }

  async #read(key: string): Promise<void> {
    const { client, clock } = this.#deps;
    const beganMs = clock.monotonicMs();
    try {
      await client.get(key);
      const nowMs = clock.monotonicMs();
      this.reads.answered(nowMs - beganMs, nowMs);
    } catch {
      this.reads.failed(false);
    }
  }
}

async function inGroups<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += CHECKS_AT_ONCE) {
    await Promise.all(items.slice(start, start + CHECKS_AT_ONCE).map(act));
  }
}
