/**
 * How many requests of clients a node works on, and how many bytes they bring, through all of its
 * doors together. Above either limit new ones are refused: a queue that grows answers everybody too
 * late, and a value is held several times over on its way to two disks.
 */

import { Overloaded } from "@ringkv/core";

export interface LoadLimits {
  readonly requestsMax: number;
  readonly bytesMax: number;
}

export class Load {
  readonly #limits: LoadLimits;
  /** Made once: under overload a stack for each refusal would be most of the work. */
  readonly #refusal = new Overloaded("this node has as much in flight as it takes");
  #count = 0;
  #bytes = 0;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /** Throws `Overloaded`, or counts a request until `leave` is called with the same number. */
  enter(bytes: number): void {
    const { requestsMax, bytesMax } = this.#limits;
    // One alone may exceed the limit: whether it is too large is not for this file to say.
    const isHeavy = bytes > 0 && this.#bytes > 0 && this.#bytes + bytes > bytesMax;
    if (this.#count >= requestsMax || isHeavy) throw this.#refusal;
    this.#count++;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
  }
}
