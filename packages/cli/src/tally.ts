/** Counts and times of many operations. Pure. */

export class Tally {
  readonly #latenciesMs: number[] = [];
  #failed = 0;
  #unknown = 0;
  #lastMs: number | null = null;
  #longestGapMs = 0;

  /** `atMs`: when it was answered. */
  answered(latencyMs: number, atMs: number): void {
    this.#latenciesMs.push(latencyMs);
    if (this.#lastMs !== null)
      this.#longestGapMs = Math.max(this.#longestGapMs, atMs - this.#lastMs);
    this.#lastMs = atMs;
  }

  failed(isUnknown: boolean): void {
    if (isUnknown) this.#unknown++;
    else this.#failed++;
  }

  get count(): number {
    return this.#latenciesMs.length;
  }

  get failures(): number {
    return this.#failed;
  }

  get unknown(): number {
    return this.#unknown;
  }

  /** The longest time without any answer. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** Null when nothing was answered. */
  percentilesMs(...percents: readonly number[]): readonly (number | null)[] {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    return percents.map((percent) => {
      const rank = Math.ceil((percent / 100) * sorted.length) - 1;
      return sorted[Math.max(0, rank)] ?? null;
    });
  }
}
