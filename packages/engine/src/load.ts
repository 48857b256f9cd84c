/**
 * How many requests of clients a node works on, and how many bytes they bring, through all of its
 * doors together. Above either limit new ones are refused: a queue that grows answers everybody too
 * late, and a value is held several times over on its way to two disks.
 *
 * The number narrows while the node is told that it runs late, and widens again when it does not:
 * how many it can answer in time depends on the machine and on its neighbours, and nobody sets it
 * right. Who measures lateness is not decided here.
 */

import { Overloaded } from "@ringkv/core";

export interface LoadLimits {
  readonly requestsMax: number;
  readonly bytesMax: number;
}

/**
 * However late it is. So few are not why: then it is the machine that is busy, with something else,
 * and refusing them would help nobody.
 */
const NARROWEST = 64;
/** Of those that were in flight at once when it was late. */
const NARROWING = 0.7;
const WIDENING = 1.25;

export class Load {
  readonly #limits: LoadLimits;
  /** Made once: under overload a stack for each refusal would be most of the work. */
  readonly #refusal = new Overloaded("this node has as much in flight as it takes");
  #count = 0;
  #bytes = 0;
  /** How many are taken now. */
  #room: number;
  /** The most that were in flight at once since `adapt` was last called. */
  #peak = 0;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
    this.#room = limits.requestsMax;
  }

  get count(): number {
    return this.#count;
  }

  /** How many requests are taken at once now. */
  get room(): number {
    return this.#room;
  }

  /** To be called again and again, with whether the node has run late since the last time. */
  adapt(isLate: boolean): void {
    const { requestsMax } = this.#limits;
    const wanted = isLate
      ? Math.max(Math.min(this.#room, this.#peak) * NARROWING, NARROWEST)
      : this.#room * WIDENING;
    this.#room = Math.min(Math.ceil(wanted), requestsMax);
    this.#peak = this.#count;
  }

  /** Throws `Overloaded`, or counts a request until `leave` is called with the same number. */
  enter(bytes: number): void {
    const { bytesMax } = this.#limits;
    // One alone may exceed the limit: whether it is too large is not for this file to say.
    const isHeavy = bytes > 0 && this.#bytes > 0 && this.#bytes + bytes > bytesMax;
    if (this.#count >= this.#room || isHeavy) throw this.#refusal;
    if (++this.#count > this.#peak) this.#peak = this.#count;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
  }
}
