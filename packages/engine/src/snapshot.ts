/**
 * Snapshots: all that a node holds, or all that the cluster does, as a stream of records.
 *
 * Records are given as they are held, deletion marks and expired ones included, so that a backup
 * never brings a deleted key back. Each is a copy that was held at some moment while the snapshot
 * was taken; the snapshot as a whole is of no single moment. It is read only: it knows no format,
 * and who reads it sets the pace.
 */

import {
  allPartitions,
  type Key,
  type NodeId,
  type PackedRecord,
  type Partition,
  Recovering,
} from "@ringkv/core";
import { ClusterCopies, type ClusterCopiesDeps } from "./cluster-copies.js";
import type { Counters } from "./counters.js";
import { unseen } from "./listing.js";
import type { RecordStore } from "./ports/record-store.js";
import { sideBySide } from "./side-by-side.js";

export interface SnapshotCommand {
  /** `node`: what this node holds, for others too. `cluster`: every key once. */
  readonly scope: "node" | "cluster";
  /** Only keys that begin with it; empty: all. */
  readonly prefix: string;
}

export interface Snapshot {
  readonly scope: SnapshotCommand["scope"];
  readonly prefix: string;
  /** Who took it. */
  readonly node: NodeId;
  readonly clusterId: string;
  /** Wall time before the first look: every write acknowledged until then is in a cluster's. */
  readonly takenAtMs: number;
  /**
   * To be read to its end or left with `return`. Rejects with `QuorumUnreachable` or
   * `StoreUnavailable` when it cannot be completed: what came until then is no snapshot.
   */
  readonly batches: AsyncGenerator<readonly PackedRecord[], void>;
}

export interface SnapshotDeps extends Omit<ClusterCopiesDeps, "isWanted"> {
  readonly counters: Counters;
  readonly store: Pick<RecordStore, "page">;
  /** Resolves when the partition has been looked through, and what is damaged in it mended. */
  readonly scrub: (partition: Partition) => Promise<unknown>;
  /** Throws what a client is told, unless it may be served. */
  readonly admit: () => void;
  readonly servesReads: () => boolean;
  readonly options: ClusterCopiesDeps["options"] & { readonly clusterId: string };
}

/** Partitions read at once: enough to hide the way to a store; four were no quicker. */
const WIDTH = 2;

/**
 * Rejects before anything is read when it cannot succeed: `Recovering` for a node's own records,
 * `QuorumUnreachable` when too few owners of some partition can be asked.
 */
export async function openSnapshot(
  deps: SnapshotDeps,
  command: SnapshotCommand,
): Promise<Snapshot> {
  try {
    const snapshot = await open(deps, command);
    return { ...snapshot, batches: counted(deps, snapshot.batches) };
  } catch (thrown) {
    deps.counters.add("snapshotsFailed");
    throw thrown;
  }
}

async function open(deps: SnapshotDeps, { scope, prefix }: SnapshotCommand): Promise<Snapshot> {
  const { self: node, clock, options } = deps;
  deps.admit();
  const takenAtMs = Math.floor(clock.wallMs());
  const isWanted = (key: Key) => key.startsWith(prefix);
  let recordsOf: (partition: Partition) => AsyncGenerator<readonly PackedRecord[]>;
  if (scope === "cluster") {
    const copies = new ClusterCopies({ ...deps, isWanted });
    await copies.begin();
    recordsOf = (partition) => copies.recordsOf(partition);
  } else {
    if (!deps.servesReads()) throw new Recovering("this node has not recovered yet");
    recordsOf = (partition) => ownRecords(deps, partition, isWanted);
  }
  const batches = admitted(deps, sideBySide(allPartitions(), recordsOf, WIDTH));
  return { scope, prefix, node, clusterId: options.clusterId, takenAtMs, batches };
}

/** A node that leaves, or whose store is away, does not go on as if nothing had happened. */
async function* admitted(
  { admit }: Pick<SnapshotDeps, "admit">,
  batches: AsyncGenerator<readonly PackedRecord[]>,
): AsyncGenerator<readonly PackedRecord[], void> {
  for await (const batch of batches) {
    admit();
    yield batch;
  }
}

/** Who leaves before the end has no snapshot either. */
async function* counted(
  { counters }: Pick<SnapshotDeps, "counters">,
  batches: Snapshot["batches"],
): Snapshot["batches"] {
  let isWhole = false;
  try {
    for await (const batch of batches) {
      counters.add("snapshotRecords", batch.length);
      yield batch;
    }
    isWhole = true;
  } finally {
    counters.add(isWhole ? "snapshotsTaken" : "snapshotsFailed");
  }
}

/** What is damaged is mended first, from the other nodes' copies; what cannot be is left out. */
async function* ownRecords(
  { store, scrub, log }: Pick<SnapshotDeps, "store" | "scrub" | "log">,
  partition: Partition,
  isWanted: (key: Key) => boolean,
): AsyncGenerator<readonly PackedRecord[]> {
  const seen = new Set<Key>();
  let isMended = false;
  let damaged: number;
  do {
    damaged = 0;
    let cursor: string | null = null;
    do {
      const page = await store.page(partition, cursor);
      damaged += page.damaged.length;
      const fresh = unseen(page.records, seen).filter(({ key }) => isWanted(key));
      if (fresh.length > 0) yield fresh;
      cursor = page.cursor;
    } while (cursor !== null);
    if (damaged === 0) return;
    if (isMended) break;
    isMended = true;
    await scrub(partition).catch(() => {});
  } while (damaged > 0);
  log.warn({ partition, records: damaged }, "damaged records are not in the snapshot");
}
