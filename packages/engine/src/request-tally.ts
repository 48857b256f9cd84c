/**
 * Counts what became of the requests that this node coordinated, alone or in a batch. It looks at
 * what the client is told, so each request is counted once, whatever went on for it.
 */

import { KvError, TooLarge } from "@ringkv/core";
import type { BatchOperation, BatchResult } from "./batch.js";
import type { Counters } from "./counters.js";
import { Failed } from "./read-many.js";
import type { WriteReceipt } from "./write-path.js";

export class RequestTally {
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** Ends as the write does. */
  async write(running: Promise<WriteReceipt>): Promise<WriteReceipt> {
    try {
      const receipt = await running;
      this.#written(receipt);
      return receipt;
    } catch (thrown) {
      this.#notWritten(thrown);
      throw thrown;
    }
  }

  /** Ends as the read does. */
  async read<T>(running: Promise<T>): Promise<T> {
    try {
      const result = await running;
      this.#counters.add("readsReached");
      return result;
    } catch (thrown) {
      this.#notRead(thrown);
      throw thrown;
    }
  }

  /** Ends as the batch does; each operation counts as the request alone. */
  async batch(
    operations: readonly BatchOperation[],
    running: Promise<BatchResult[]>,
  ): Promise<BatchResult[]> {
    const results = await running;
    for (const [index, { kind }] of operations.entries()) {
      const result = results[index] as BatchResult;
      if (kind === "read") {
        if (result instanceof Failed) this.#notRead(result.thrown);
        else this.#counters.add("readsReached");
      } else if (result instanceof Failed) this.#notWritten(result.thrown);
      else if ("standIns" in result) this.#written(result);
    }
    return results;
  }

  #written({ standIns }: Pick<WriteReceipt, "standIns">): void {
    this.#counters.add("writesReached");
    this.#counters.add("standInsUsed", standIns.length);
  }

  #notWritten(thrown: unknown): void {
    // A bug may have struck after the first message left.
    const isUnknown = !(thrown instanceof KvError) || thrown.outcome === "unknown";
    this.#counters.add(isUnknown ? "writesUnknown" : "writesUnreachable");
  }

  #notRead(thrown: unknown): void {
    // Its nodes have answered; there was no room for the value beside the others.
    const hasAnswer = thrown instanceof TooLarge;
    this.#counters.add(hasAnswer ? "readsReached" : "readsUnreachable");
  }
}
