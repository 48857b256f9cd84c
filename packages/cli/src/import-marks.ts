/**
 * How far an import has got, when many records are under way at once and end in any order. Pure.
 *
 * `done`: every record before that one is settled. Counts are kept for those alone, so that they
 * and the place can be written down together and gone on from, without counting a record twice.
 */

export type Fate = "stored" | "refused" | "unknown" | "skipped";
export type Counts = Readonly<Record<Fate, number>>;

export interface Place {
  readonly done: number;
  readonly counts: Counts;
  /** Records before `done` whose outcome is unknown, to be written again; at most AGAIN_MAX. */
  readonly again: readonly number[];
}

export const START: Place = {
  done: 0,
  counts: { stored: 0, refused: 0, unknown: 0, skipped: 0 },
  again: [],
};

export const AGAIN_MAX = 100_000;

export class ImportMarks {
  readonly #early = new Map<number, Fate>();
  readonly #counts: Record<Fate, number>;
  readonly #again: Set<number>;
  #done: number;

  constructor({ done, counts, again }: Place = START) {
    this.#done = done;
    this.#counts = { ...counts };
    this.#again = new Set(again);
  }

  /** Whether the record is still to be written. */
  wants(ordinal: number): boolean {
    return ordinal >= this.#done || this.#again.has(ordinal);
  }

  settle(ordinal: number, fate: Fate): void {
    if (ordinal < this.#done) {
      // One whose outcome was unknown, written again.
      if (fate !== "unknown" && this.#again.delete(ordinal)) {
        this.#counts.unknown--;
        this.#counts[fate]++;
      }
      return;
    }
    this.#early.set(ordinal, fate);
    for (let next = this.#early.get(this.#done); next !== undefined; ) {
      this.#early.delete(this.#done);
      this.#counts[next]++;
      if (next === "unknown" && this.#again.size < AGAIN_MAX) this.#again.add(this.#done);
      this.#done++;
      next = this.#early.get(this.#done);
    }
  }

  get place(): Place {
    return { done: this.#done, counts: { ...this.#counts }, again: [...this.#again] };
  }

  /** Of everything that has been settled, in order or not. */
  get counts(): Counts {
    const all = { ...this.#counts };
    for (const fate of this.#early.values()) all[fate]++;
    return all;
  }
}
