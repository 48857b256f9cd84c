/**
 * Gathers what is asked within one turn of the event loop into one batch.
 *
 * Sixty clients that are served in the same turn cost one message to each peer and one script call
 * instead of sixty; a lone request waits for nothing but the end of its turn. Used by the adapters
 * whose per-call cost dominates.
 */

/** How a batch is sent: one result per item, in order, or a rejection for all of them. */
export type SendBatch<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

export interface TickBatchOptions<Item, Result> {
  readonly send: SendBatch<Item, Result>;
  /** Runs its argument at the end of the turn: `setImmediate` in production. */
  readonly atEndOfTurn: (flush: () => void) => void;
  /** A batch is sent early when it holds this many items, so that no message grows for ever. */
  readonly itemsMax: number;
  readonly bytesMax: number;
  readonly bytesOf: (item: Item) => number;
}

interface Waiting<Result> {
  readonly from: number;
  readonly count: number;
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (thrown: unknown) => void;
}

export class TickBatch<Item, Result> {
  readonly #options: TickBatchOptions<Item, Result>;
  #items: Item[] = [];
  #bytes = 0;
  #waiting: Waiting<Result>[] = [];
  #isScheduled = false;

  constructor(options: TickBatchOptions<Item, Result>) {
    this.#options = options;
  }

  /** The results of these items, in order. Items of one call are never split over two batches. */
  add(items: readonly Item[]): Promise<readonly Result[]> {
    const { itemsMax, bytesMax, bytesOf, atEndOfTurn } = this.#options;
    if (items.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ from: this.#items.length, count: items.length, resolve, reject });
      for (const item of items) {
        this.#items.push(item);
        this.#bytes += bytesOf(item);
      }
      if (this.#items.length >= itemsMax || this.#bytes >= bytesMax) this.#flush();
      else if (!this.#isScheduled) {
        this.#isScheduled = true;
        atEndOfTurn(() => {
          this.#isScheduled = false;
          this.#flush();
        });
      }
    });
  }

  #flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    const waiting = this.#waiting;
    this.#items = [];
    this.#bytes = 0;
    this.#waiting = [];
    this.#options.send(items).then(
      (results) => {
        for (const { from, count, resolve } of waiting) resolve(results.slice(from, from + count));
      },
      (thrown: unknown) => {
        for (const { reject } of waiting) reject(thrown);
      },
    );
  }
}
