/**
 * One node's own copies: what it does for its peers, and for itself as a coordinator.
 *
 * It keeps a record when it is newer and says so when it is not; it never decides who should hold
 * a record, nor what an answer is worth.
 */

import { type Key, msOf, type PackedRecord } from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import { VersionBeyondClock } from "./ports/peers.js";
import type { ApplyOutcome, RecordStore } from "./ports/record-store.js";

export interface ReplicaDeps {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** Whether a version was stamped by a clock too far ahead of ours. */
  readonly isBeyondClock: (ms: number) => boolean;
}

export class Replica {
  readonly #deps: ReplicaDeps;

  constructor(deps: ReplicaDeps) {
    this.#deps = deps;
  }

  /**
   * A client's records, fresh from a coordinator. One whose version lies far in the future is
   * refused, and all that came with it: kept, it could not be overwritten for that long.
   */
  async apply(records: readonly PackedRecord[]): Promise<readonly ApplyOutcome[]> {
    for (const { version } of records) {
      if (this.#deps.isBeyondClock(msOf(version))) throw new VersionBeyondClock(version);
    }
    return this.transfer(records);
  }

  /** Records that some node has accepted before. Their versions are facts. */
  transfer(records: readonly PackedRecord[]): Promise<readonly ApplyOutcome[]> {
    return this.#deps.store.apply(records, this.#deps.clock.wallMs());
  }

  read(keys: readonly Key[]): Promise<readonly (PackedRecord | null)[]> {
    return this.#deps.store.read(keys);
  }
}
