/**
 * How often things happened, by label: what an adapter counts, to be told when somebody asks. The
 * labels are few and fixed, or it would grow for ever.
 */

export interface TallySeries {
  readonly labels: readonly string[];
  readonly count: number;
}

export class Tallies {
  readonly #series = new Map<string, { readonly labels: readonly string[]; count: number }>();

  add(...labels: readonly string[]): void {
    const name = labels.join("\0");
    const known = this.#series.get(name);
    if (known === undefined) this.#series.set(name, { labels, count: 1 });
    else known.count++;
  }

  /** One for each combination that has occurred. */
  get series(): readonly TallySeries[] {
    return [...this.#series.values()];
  }
}
