/** The fault of the demo: node2 leaves at a third of the way, and is back from half way on. */

export class Drill {
  #node;
  #stopAt;
  #startAt;
  /** @type {Promise<void>} */
  #work = Promise.resolve();
  #isAway = false;

  /** @param {number} count @param {{stop: () => Promise<void>, start: () => Promise<void>}} node */
  constructor(count, node) {
    this.#node = node;
    this.#stopAt = Math.floor(count / 3);
    this.#startAt = Math.floor(count / 2);
  }

  /** Whether the node has left and was not told to come back yet. */
  get isAway() {
    return this.#isAway;
  }

  /** Called with the number of each record before it is sent; the loading does not wait. */
  reached(/** @type {number} */ index) {
    if (index === this.#stopAt) this.#then(() => this.#node.stop(), true);
    if (index === this.#startAt) this.#then(() => this.#node.start(), false);
  }

  /** Resolves when the node is back; rejects when it could not be stopped or started. */
  over() {
    return this.#work;
  }

  /** @param {() => Promise<void>} act @param {boolean} isAwayAfter */
  #then(act, isAwayAfter) {
    this.#work = this.#work.then(async () => {
      await act();
      this.#isAway = isAwayAfter;
    });
    this.#work.catch(() => {}); // Whoever asks `over` hears of it.
  }
}
