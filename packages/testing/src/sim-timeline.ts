/**
 * The one line of time of a simulated cluster: events in the order of their due time, equal times
 * in the order of creation. Between two events every promise that can make progress does so.
 *
 * Nothing happens between events, and nothing outside can make anything happen: a run is a function
 * of its seed.
 */

export interface SimEvent {
  readonly dueMs: number;
  readonly order: number;
  fire: (() => void) | null;
}

export class Timeline {
  #nowMs = 0;
  #created = 0;
  #fired = 0;
  readonly #heap: SimEvent[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have fired. */
  get fired(): number {
    return this.#fired;
  }

  at(delayMs: number, fire: () => void): SimEvent {
    const event = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#created++, fire };
    this.#push(event);
    return event;
  }

  cancel(event: SimEvent): void {
    event.fire = null;
  }

  /** Fires events until `isOver` says so, or none is left. Rejects with what an event throws. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          const event = isOver() ? null : this.#next();
          if (event === null) return resolve();
          event();
        } catch (thrown) {
          return reject(thrown);
        }
        queueMicrotask(afterMicrotasks);
      };
      // A tick that is asked for by a microtask runs when no microtask is left: as thorough as
      // `setImmediate`, and many times cheaper.
      const afterMicrotasks = () => process.nextTick(step);
      queueMicrotask(afterMicrotasks);
    });
  }

  #next(): (() => void) | null {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.fire === null) continue;
      this.#nowMs = event.dueMs;
      this.#fired++;
      return event.fire;
    }
    return null;
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as SimEvent;
      if (!isBefore(event, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = event;
  }

  #pop(): SimEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      const right = below + 1;
      if (right < heap.length && isBefore(heap[right] as SimEvent, heap[below] as SimEvent)) {
        below = right;
      }
      if (!isBefore(heap[below] as SimEvent, last)) break;
      heap[index] = heap[below] as SimEvent;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
