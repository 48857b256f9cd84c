/**
 * Watches what is purged (A9): nothing but a tombstone or an expired record, old enough by every
 * clock, and not while a disk of the cluster still holds an older copy of the key.
 *
 * It knows nothing of looks or owners: it says what must be true at the disks, and not how a node
 * may come to know it.
 */

import { absentFromMs, type Key, type NodeId, unpackRecord } from "@ringkv/core";
import type { HeldVersion } from "@ringkv/engine";
import type { DiskShadow } from "./disk-shadow.js";
import type { Purged } from "./history.js";

export interface PurgeWatchDeps {
  readonly members: readonly NodeId[];
  readonly diskOf: (node: NodeId) => DiskShadow;
  /** What the fastest wall clock of the cluster says. */
  readonly fastestWallMs: () => number;
  readonly nowMs: () => number;
  /** No record younger than this may go. */
  readonly purgeAgeMs: number;
  readonly purged: Purged[];
  readonly report: (message: string, key: Key) => void;
}

export class PurgeWatch {
  readonly #deps: PurgeWatchDeps;

  constructor(deps: PurgeWatchDeps) {
    this.#deps = deps;
  }

  /** How many copies have been purged. */
  get copies(): number {
    return this.#deps.purged.length;
  }

  /** How many of them had been values, and had expired. */
  get expiredCopies(): number {
    return this.#deps.purged.filter(({ hadExpired }) => hadExpired).length;
  }

  /** An order to purge reached a disk. True: this record goes. */
  reached(node: NodeId, { key, version }: HeldVersion, cutoffMs: number): boolean {
    const { members, diskOf, fastestWallMs, purgeAgeMs, purged, report, nowMs } = this.#deps;
    const disk = diskOf(node);
    const held = disk.held(key);
    if (held?.version !== version) return false;
    const fromMs = absentFromMs(held);
    if (fromMs === null || fromMs > fastestWallMs() - purgeAgeMs) {
      const what = fromMs === null ? "a value that never expires" : "too young for every clock";
      report(`${node} was told to purge ${version}, which is ${what}`, key);
    }
    if (fromMs === null || fromMs > cutoffMs) return false;
    const older = members.filter((other) => {
      const copy = diskOf(other).held(key);
      return copy !== null && copy.version < version;
    });
    if (older.length > 0) {
      report(`${node} purged ${version}, and ${older.join(", ")} held an older copy`, key);
    }
    disk.release({ key, version }, nowMs());
    const hadExpired = unpackRecord(held).value !== null;
    purged.push({ key, version, atMs: nowMs(), hadExpired });
    return true;
  }
}
