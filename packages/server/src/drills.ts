/**
 * What this node does when it takes part in a drill. Only where FAULTS=enabled, and never by
 * itself: a fault is asked for by an operator, and ends after its time.
 */

import type { Drill } from "@ringkv/engine";
import type { PeerFaults } from "@ringkv/peers-resp";

export interface DrillDeps {
  readonly faults: PeerFaults;
  /** Empties the node's store. */
  readonly wipe: () => Promise<void>;
}

/** What was asked is answered before the process stands still. */
const FREEZE_AFTER_MS = 100;

export function drillWith({ faults, wipe }: DrillDeps): Drill {
  return async (fault) => {
    faults.set(fault);
    if (fault.kind === "freeze") setTimeout(standStill, FREEZE_AFTER_MS, fault.seconds);
    if (fault.kind === "wipe") await wipe();
  };
}

/** No timer, no socket, no promise goes on: as with SIGSTOP, or a very long garbage collection. */
function standStill(seconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1_000);
}
