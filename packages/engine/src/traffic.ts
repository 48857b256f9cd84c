/**
 * What clients asked of this node and how it went, in numbers that only grow: whoever wants a rate
 * looks twice. It counts and decides nothing; no request waits for it. How often what happened is
 * told to an operator is in `Counters`; what stands here beside it is for pictures of the cluster.
 */

import {
  emptyLatencies,
  type LatencyCounts,
  latencyBucketOf,
  QuorumUnreachable,
} from "@ringkv/core";
import type { BatchOperation, BatchResult } from "./batch.js";
import type { Counters } from "./counters.js";
import type { Clock } from "./ports/clock.js";
import { Failed } from "./read-many.js";
import { RequestTally } from "./request-tally.js";
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

export interface TrafficDeps {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly counters: Counters;
}

export class Traffic {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #counters: Counters;
  readonly #tally: RequestTally;
  readonly #readLatencies = emptyLatencies();
  readonly #writeLatencies = emptyLatencies();
  #quorumFailures = 0;
  #otherFailures = 0;

  constructor({ clock, counters }: TrafficDeps) {
    this.#clock = clock;
    this.#counters = counters;
    this.#tally = new RequestTally(counters);
  }

  get values(): TrafficValues {
    const it = this.#counters.values;
    return {
      reads: it.readsReached + it.readsUnreachable,
      writes: it.writesReached + it.writesUnreachable + it.writesUnknown,
      quorumFailures: this.#quorumFailures,
      otherFailures: this.#otherFailures,
      standIns: it.standInsUsed,
      readLatencies: [...this.#readLatencies],
      writeLatencies: [...this.#writeLatencies],
    };
  }

  /** Passes on what becomes of a read. */
  async read<T>(work: Promise<T>): Promise<T> {
    const startedAtMs = this.#clock.monotonicMs();
    try {
      const result = await work;
      this.#tally.readAnswered();
      this.#note(this.#readLatencies, startedAtMs);
      return result;
    } catch (thrown) {
      this.#tally.readFailed(thrown);
      this.#noteFailure(thrown);
      throw thrown;
    }
  }

  /** Passes on what becomes of a write. */
  async write(work: Promise<WriteReceipt>): Promise<WriteReceipt> {
    const startedAtMs = this.#clock.monotonicMs();
    try {
      const receipt = await work;
      this.#tally.written(receipt);
      this.#note(this.#writeLatencies, startedAtMs);
      return receipt;
    } catch (thrown) {
      this.#tally.writeFailed(thrown);
      this.#noteFailure(thrown);
      throw thrown;
    }
  }

  /** Counts the operations of a batch one by one; how long one of them took nobody knows. */
  async batch(
    operations: readonly BatchOperation[],
    work: Promise<BatchResult[]>,
  ): Promise<BatchResult[]> {
    const results = await work;
    this.#tally.batchAnswered(operations, results);
    for (const result of results) {
      if (result instanceof Failed) this.#noteFailure(result.thrown);
    }
    return results;
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
