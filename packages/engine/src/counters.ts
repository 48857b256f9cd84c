/** What a node has done in the background since its start, in numbers for its operator. */

export interface CounterValues {
  /** Damaged records that were mended, or discarded where no intact copy was left. */
  readonly recordsDamaged: number;
  /** Running sums that did not match their records. */
  readonly digestsRebuilt: number;
  /** Records that repair brought here from another owner, and from here to one. */
  readonly recordsPulled: number;
  readonly recordsPushed: number;
  /** Copies held for others that were let go of, after all owners had confirmed them. */
  readonly recordsHandedOff: number;
  /** Tombstones and expired records that were forgotten by all owners, this node the primary. */
  readonly recordsPurged: number;
}

export class Counters {
  readonly #values = new Map<keyof CounterValues, number>();

  add(name: keyof CounterValues, count: number): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + count);
  }

  get values(): CounterValues {
    const of = (name: keyof CounterValues) => this.#values.get(name) ?? 0;
    return {
      recordsDamaged: of("recordsDamaged"),
      digestsRebuilt: of("digestsRebuilt"),
      recordsPulled: of("recordsPulled"),
      recordsPushed: of("recordsPushed"),
      recordsHandedOff: of("recordsHandedOff"),
      recordsPurged: of("recordsPurged"),
    };
  }
}
