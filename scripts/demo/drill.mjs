/** The fault of the demo: node2 leaves at a third of the way, and is back from half way on. */

export class Drill {
  #node;
  #stopAt;
  #startAt;
  /** @type {Promise<void>} */
  #work = Promise.resolve();
  #isAway = false;
  /** @type {() => void} */
  #tellBack = () => {};
  /** Resolves when the node is back; never, when it could not be brought back. */
  whenBack = /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      this.#tellBack = () => resolve(undefined);
    })
  );

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
    if (index === this.#stopAt) this.#then(() => this.#stop());
    if (index === this.#startAt) this.#then(() => this.#start());
  }

  /** Rejects when the node could not be stopped or started. */
  over() {
    return this.#work;
  }

  async #stop() {
    await this.#node.stop();
    this.#isAway = true;
  }

  async #start() {
    await this.#node.start();
    this.#isAway = false;
    this.#tellBack();
  }

  /** @param {() => Promise<void>} act */
  #then(act) {
    this.#work = this.#work.then(act);
    this.#work.catch(() => {}); // Whoever asks `over` hears of it.
  }
}
