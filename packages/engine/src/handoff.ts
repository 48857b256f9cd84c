/**
 * Hand-off: what a node holds and does not own, it owes.
 *
 * A foreign partition is walked page by page; each page goes to every owner that can be reached. A
 * record is released only when all owners have confirmed that they hold it, or a newer one, on
 * disk, and only if the copy here is still the one that was sent. An owner that is away keeps the
 * records here; it does not keep them from the other owners.
 */

import {
  chunksOf,
  isOwner,
  type NodeId,
  ownersOf,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  type Ring,
  type StateOf,
  walkOf,
} from "@ringkv/core";
import type { DebtMark, Debts } from "./debts.js";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Jobs } from "./ports/jobs.js";
import type { Log } from "./ports/log.js";
import { PeerFailure } from "./ports/peers.js";
import type { RecordStore } from "./ports/record-store.js";
import type { DataPeers } from "./with-self.js";

export interface HandoffDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly store: Pick<RecordStore, "partitions" | "digest" | "page">;
  /** Lets go of copies for good; see `Replica.release`. */
  readonly release: RecordStore["release"];
  readonly peers: Pick<DataPeers, "transfer">;
  /** Hears of each partition in which a damaged record was met: it is no copy to hand on. */
  readonly noteDamage: (partition: Partition) => void;
  readonly jobs: Jobs;
  readonly debts: Debts;
  readonly stateOf: StateOf;
  readonly log: Log;
  readonly options: { readonly replicaCount: number; readonly transferTimeoutMs: number };
}

export interface HandoffReport {
  readonly partition: Partition;
  readonly sent: number;
  readonly released: number;
}

export class Handoff {
  readonly #deps: HandoffDeps;
  /** Which owners have confirmed which content of a partition, by its digest. Only saves work. */
  readonly #confirmed = new Map<
    Partition,
    { readonly sum: string; readonly by: readonly NodeId[] }
  >();

  readonly #isForeign: readonly boolean[];

  constructor(deps: HandoffDeps) {
    const { ring, self, options } = deps;
    this.#deps = deps;
    // Asked for each record that is written.
    this.#isForeign = ring.walks.map((walk) => !isOwner(walk, options.replicaCount, self));
  }

  /** Whether this node, should it hold the partition, would owe it to others. */
  readonly isForeign = (partition: Partition): boolean => this.#isForeign[partition] === true;

  /** Queues a job for every foreign partition that can be brought nearer to its owners now. */
  async round(): Promise<void> {
    const { debts, store } = this.#deps;
    const { mark } = debts;
    const held = await store.partitions();
    this.#reconcile(held, mark);
    const due = [...held]
      .filter(([partition, { sum }]) => this.#plan(partition, sum).receivers.length > 0)
      .map(([partition]) => ({ kind: "handoff" as const, partition }));
    if (due.length > 0) await this.#deps.jobs.enqueue(due);
  }

  /**
   * The job. Rejects with `PeerFailure` when an owner failed on the way, so that the queue tries
   * again; what was confirmed until then has been released.
   */
  async handOff(partition: Partition): Promise<HandoffReport> {
    const { debts, store } = this.#deps;
    const { mark } = debts;
    const digest = await store.digest(partition);
    if (digest === null) return { partition, sent: 0, released: 0 };
    const { receivers, release } = this.#plan(partition, digest.sum);
    if (receivers.length === 0) return { partition, sent: 0, released: 0 };

    const report = await this.#move(partition, receivers, release);
    debts.paid(partition, receivers, mark);
    this.#remember(partition, digest.sum, release ? [] : receivers);
    this.#deps.log.info({ ...report, to: receivers }, "handed off a foreign partition");
    return report;
  }

  /** What is here after a restart is owed, whoever lacks it; what has gone is owed no more. */
  #reconcile(held: ReadonlyMap<Partition, PartitionDigest>, mark: DebtMark): void {
    const { debts, ring } = this.#deps;
    const owed = new Set([...debts.own().values()].flatMap((partitions) => [...partitions]));
    for (const index of ring.walks.keys()) {
      const partition = index as Partition;
      if (!this.isForeign(partition)) continue;
      const owners = this.#ownersOf(partition);
      const sum = held.get(partition)?.sum;
      if (sum === undefined) debts.paid(partition, owners, mark);
      else if (!owed.has(partition)) {
        debts.owe(
          partition,
          owners.filter((node) => !this.#hasConfirmed(node, partition, sum)),
        );
      }
    }
  }

  async #move(
    partition: Partition,
    receivers: readonly NodeId[],
    release: boolean,
  ): Promise<HandoffReport> {
    const { store, release: letGo, noteDamage } = this.#deps;
    let [sent, released] = [0, 0];
    let cursor: string | null = null;
    do {
      const page = await store.page(partition, cursor);
      if (page.damaged.length > 0) noteDamage(partition);
      for (const records of chunksOf(page.records, MESSAGE_LIMITS)) {
        await Promise.all(receivers.map((node) => this.#send(node, records)));
        sent += records.length;
        if (release) released += await letGo(records);
      }
      cursor = page.cursor;
    } while (cursor !== null);
    return { partition, sent, released };
  }

  /** Resolves when `node` holds each record, or a newer one: `stale` is a confirmation too. */
  async #send(node: NodeId, records: readonly PackedRecord[]): Promise<void> {
    const { peers, options } = this.#deps;
    const outcomes = await peers.transfer(node, records, options.transferTimeoutMs);
    if (outcomes.length !== records.length)
      throw new PeerFailure({ node, reason: "rejected", sent: true });
  }

  #ownersOf(partition: Partition): readonly NodeId[] {
    const { ring, options } = this.#deps;
    return ownersOf(walkOf(ring, partition), options.replicaCount);
  }

  /**
   * Who gets the partition now, and whether it may be let go of. It may when all owners take part:
   * an owner's earlier confirmation is of the records that were here then, not of those that have
   * come since, so for a release every owner gets every record once more.
   */
  #plan(partition: Partition, sum: string): HandoffPlan {
    const { stateOf } = this.#deps;
    const owners = this.#ownersOf(partition);
    if (!this.isForeign(partition)) return { receivers: [], release: false };
    const reachable = owners.filter((node) => stateOf(node) === "up");
    if (reachable.length === owners.length) return { receivers: owners, release: true };
    const receivers = reachable.filter((node) => !this.#hasConfirmed(node, partition, sum));
    return { receivers, release: false };
  }

  #hasConfirmed(node: NodeId, partition: Partition, sum: string): boolean {
    const confirmed = this.#confirmed.get(partition);
    return confirmed?.sum === sum && confirmed.by.includes(node);
  }

  #remember(partition: Partition, sum: string, nodes: readonly NodeId[]): void {
    const before = this.#confirmed.get(partition);
    const by = before?.sum === sum ? [...before.by, ...nodes] : nodes;
    if (nodes.length === 0) this.#confirmed.delete(partition);
    else this.#confirmed.set(partition, { sum, by });
  }
}

interface HandoffPlan {
  readonly receivers: readonly NodeId[];
  readonly release: boolean;
}
