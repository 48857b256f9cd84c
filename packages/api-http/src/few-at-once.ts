/**
 * Work of which a node does only a little at once: each snapshot and each restore keeps buffers for
 * as long as it takes, and competes with the clients for every node's disk.
 */

import { Overloaded } from "@ringkv/core";

export class FewAtOnce {
  readonly #max: number;
  readonly #what: string;
  #count = 0;

  /** @param what in the plural, for the refusal */
  constructor(max: number, what: string) {
    this.#max = max;
    this.#what = what;
  }

  /** Rejects with `Overloaded` at once instead of waiting: the one before may take an hour. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#max) {
      throw new Overloaded(`this node takes ${this.#max} ${this.#what} at once`);
    }
    this.#count++;
    try {
      return await work();
    } finally {
      this.#count--;
    }
  }
}
