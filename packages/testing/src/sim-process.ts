/**
 * One run of one node's process: what can be killed or stopped while the rest of the world goes on.
 *
 * Everything that reaches a node (a timer, a message, an answer of its store) comes through its
 * process. A killed process never hears of anything again, which is why the code in it cannot act
 * any more; a frozen one hears everything when it thaws, in the order in which it was due.
 */

import type { NodeId } from "@ringkv/core";
import type { SimEvent, Timeline } from "./sim-timeline.js";

export class SimProcess {
  readonly node: NodeId;
  readonly #timeline: Timeline;
  readonly #missed: (() => void)[] = [];
  readonly #onKill: (() => void)[] = [];
  #isAlive = true;
  #isFrozen = false;

  constructor(node: NodeId, timeline: Timeline) {
    this.node = node;
    this.#timeline = timeline;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  schedule(delayMs: number, fire: () => void): SimEvent {
    return this.#timeline.at(delayMs, () => this.#deliver(fire));
  }

  cancel(event: SimEvent): void {
    this.#timeline.cancel(event);
  }

  /** Calls back when the process is killed: who waits for it outside wants to know. */
  onKill(listener: () => void): void {
    this.#onKill.push(listener);
  }

  kill(): void {
    this.#isAlive = false;
    this.#missed.length = 0;
    for (const listener of this.#onKill) listener();
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const fire of this.#missed.splice(0)) this.schedule(0, fire);
  }

  #deliver(fire: () => void): void {
    if (!this.#isAlive) return;
    if (this.#isFrozen) this.#missed.push(fire);
    else fire();
  }
}
