/**
 * How long things take, as counts per range: what an adapter measures on its hot path, to be told
 * when somebody asks. Measuring costs a few additions, no allocation and no string.
 */

import type { Clock } from "./ports/clock.js";

/** Upper bounds of the ranges, in milliseconds; what takes longer is in one more range. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000,
];

export class Histogram {
  /** How many fell into each range. */
  readonly counts = new Float64Array(DURATION_BOUNDS_MS.length + 1);
  #sumMs = 0;

  get sumMs(): number {
    return this.#sumMs;
  }

  observe(ms: number): void {
    let at = 0;
    // A bound that is missing compares as false: the last range.
    while (ms > (DURATION_BOUNDS_MS[at] as number)) at++;
    (this.counts[at] as number)++;
    this.#sumMs += ms;
  }
}

export interface DurationSeries {
  readonly labels: readonly string[];
  readonly histogram: Pick<Histogram, "counts" | "sumMs">;
}

/** Histograms by label, each made when something of its label is measured for the first time. */
export class Durations {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #series = new Map<string, { labels: readonly string[]; histogram: Histogram }>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** The same one for the same labels. Whoever measures often keeps it. */
  of(...labels: readonly string[]): Histogram {
    const name = labels.join("\0");
    const known = this.#series.get(name);
    if (known !== undefined) return known.histogram;
    const histogram = new Histogram();
    this.#series.set(name, { labels, histogram });
    return histogram;
  }

  get series(): readonly DurationSeries[] {
    return [...this.#series.values()];
  }
}
