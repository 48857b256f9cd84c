/**
 * What clients asked of this node and how it went, in numbers that only grow: whoever wants a rate
 * looks twice. It counts and decides nothing; no request waits for it.
 */

import {
  emptyLatencies,
  type LatencyCounts,
  latencyBucketOf,
  QuorumUnreachable,
} from "@ringkv/core";
import type { BatchOperation, BatchResult } from "./batch.js";
import type { Clock } from "./ports/clock.js";
import { Failed } from "./read-many.js";
import type { WriteReceipt } from "./write-path.js";

export interface TrafficValues {
  /** Answered, well or not. */
  readonly reads: number;
  readonly writes: number;
  /** Of those: refused because too few nodes answered. */
  readonly quorumFailures: number;
  /** Of those: failed for any other reason. */
  readonly otherFailures: number;
  /** Copies of acknowledged writes that a stand-in took. */
  readonly standIns: number;
  /** How long those took that went well; see core/latency. */
  readonly readLatencies: LatencyCounts;
  readonly writeLatencies: LatencyCounts;
}

export class Traffic {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #readLatencies = emptyLatencies();
  readonly #writeLatencies = emptyLatencies();
  #reads = 0;
  #writes = 0;
  #quorumFailures = 0;
  #otherFailures = 0;
  #standIns = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  get values(): TrafficValues {
    return {
      reads: this.#reads,
      writes: this.#writes,
      quorumFailures: this.#quorumFailures,
      otherFailures: this.#otherFailures,
      standIns: this.#standIns,
      readLatencies: [...this.#readLatencies],
      writeLatencies: [...this.#writeLatencies],
    };
  }

  /** Passes on what becomes of a read. */
  async read<T>(work: Promise<T>): Promise<T> {
    const startedAtMs = this.#clock.monotonicMs();
    this.#reads++;
    const result = await this.#noting(work);
    this.#note(this.#readLatencies, startedAtMs);
    return result;
  }

  /** Passes on what becomes of a write. */
  async write(work: Promise<WriteReceipt>): Promise<WriteReceipt> {
    const startedAtMs = this.#clock.monotonicMs();
    this.#writes++;
    const receipt = await this.#noting(work);
    this.#standIns += receipt.standIns.length;
    this.#note(this.#writeLatencies, startedAtMs);
    return receipt;
  }

  /** Counts the operations of a batch one by one; how long one of them took nobody knows. */
  async batch(
    operations: readonly BatchOperation[],
    work: Promise<BatchResult[]>,
  ): Promise<BatchResult[]> {
    const results = await work;
    for (const { kind } of operations) {
      if (kind === "read") this.#reads++;
      else this.#writes++;
    }
    for (const result of results) {
      if (result instanceof Failed) this.#noteFailure(result.thrown);
      else if ("standIns" in result) this.#standIns += result.standIns.length;
    }
    return results;
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (thrown) {
      this.#noteFailure(thrown);
      throw thrown;
    }
  }

  #noteFailure(thrown: unknown): void {
    if (thrown instanceof QuorumUnreachable) this.#quorumFailures++;
    else this.#otherFailures++;
  }

  #note(counts: number[], startedAtMs: number): void {
    const bucket = latencyBucketOf(this.#clock.monotonicMs() - startedAtMs);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
}
