/** What one universe tells: its steps while it lives, and what came of it. */

import type { Key } from "@ringkv/core";
import type { History, Violation } from "./history.js";
import type { FaultCounts } from "./sim-faults.js";

export interface TraceLine {
  readonly atMs: number;
  /** Null: it concerns every key. */
  readonly key: Key | null;
  readonly text: string;
}

export interface UniverseReport extends FaultCounts {
  readonly seed: number;
  readonly setting: string;
  readonly violations: readonly Violation[];
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly reads: number;
  readonly listings: number;
  readonly staleReads: ReadonlyMap<number, number>;
  readonly clockRaces: number;
  readonly releases: number;
  /** Copies of tombstones and of expired records that were purged. */
  readonly purges: number;
  readonly expiredPurges: number;
  /** Records damaged once all owners were equal. */
  readonly damages: number;
  /** Terms that somebody led, and the most leaders that one of them had. */
  readonly terms: number;
  readonly leadersPerTermMax: number;
  /** From the end of all faults until all followed one leader. */
  readonly ledAfterMs: number;
  readonly events: number;
  readonly simulatedMs: number;
  /** From the end of all faults until all were up, equal, and without what is foreign to them. */
  readonly settledAfterMs: number;
  readonly history: History;
}
