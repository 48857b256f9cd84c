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

  readAnswered(): void {
    this.#counters.add("readsReached");
  }

  readFailed(thrown: unknown): void {
    // Its nodes have answered; there was no room for the value beside the others.
    const hasAnswer = thrown instanceof TooLarge;
    this.#counters.add(hasAnswer ? "readsReached" : "readsUnreachable");
  }

  written({ standIns }: Pick<WriteReceipt, "standIns">): void {
    this.#counters.add("writesReached");
    this.#counters.add("standInsUsed", standIns.length);
  }

  writeFailed(thrown: unknown): void {
    // A bug may have struck after the first message left.
    const isUnknown = !(thrown instanceof KvError) || thrown.outcome === "unknown";
    this.#counters.add(isUnknown ? "writesUnknown" : "writesUnreachable");
  }

  /** Each operation counts as the request alone. */
  batchAnswered(operations: readonly BatchOperation[], results: readonly BatchResult[]): void {
    for (const [index, { kind }] of operations.entries()) {
      const result = results[index] as BatchResult;
      if (kind === "read") {
        if (result instanceof Failed) this.readFailed(result.thrown);
        else this.readAnswered();
      } else if (result instanceof Failed) this.writeFailed(result.thrown);
      else if ("standIns" in result) this.written(result);
    }
  }
}
