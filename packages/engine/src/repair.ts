/**
 * Repair: makes two owners' copies of a partition equal.
 *
 * Both sides list keys and versions, page by page; the newer record of each key goes to the side
 * that lacks it. Both stores compare versions once more when it arrives, so a write that is under
 * way meanwhile, a second repair, or a listing that has grown old can do no harm.
 *
 * Pulling alone, from whoever holds something of the partition, is what recovery does.
 *
 * It never deletes, never looks at a clock, and never asks whether a node ought to be trusted.
 */

import {
  areOwners,
  chunksOf,
  type Difference,
  differenceOf,
  hash32,
  type Key,
  type ListedRecord,
  type NodeId,
  type PackedRecord,
  type Partition,
  type Ring,
  walkOf,
} from "@ringkv/core";
import { type ListLimits, listAll } from "./listing.js";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Log } from "./ports/log.js";
import { PeerFailure, type Peers } from "./ports/peers.js";
import type { ApplyOutcome, HeldCopy, RecordPage, RecordStore } from "./ports/record-store.js";

/** Another seed than the partitions' own, so that slices cut across a partition. */
const SLICE_SEED = 0x51ce5eed;

export interface RepairDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly store: Pick<RecordStore, "versions">;
  /** This node's own copies; see `Replica.copies`. */
  readonly read: RecordStore["read"];
  /** Keeps records that were accepted elsewhere; see `Replica.transfer`. */
  readonly transfer: (records: readonly PackedRecord[]) => Promise<readonly ApplyOutcome[]>;
  readonly peers: Pick<Peers, "copies" | "page" | "transfer" | "versions">;
  readonly log: Log;
  readonly options: {
    readonly replicaCount: number;
    readonly transferTimeoutMs: number;
    /**
     * How many records of each side are compared at once. A partition with more is compared in
     * slices of its keys, each by a walk of its own: more walks, no more memory.
     */
    readonly listedMax: number;
  };
}

export interface RepairReport {
  readonly partition: Partition;
  readonly peer: NodeId;
  readonly pulled: number;
  readonly pushed: number;
}

/** What a node wants of another one's copy of a partition. */
export interface PullOrder {
  readonly partition: Partition;
  readonly node: NodeId;
  /** Nothing was held here: then all is taken as it comes, without comparing. */
  readonly isEmpty: boolean;
}

/** Hears of each message's worth that has been taken. */
export type OnCopied = (records: number, bytes: number) => void;

/**
 * Takes from `node` what is newer there, and gives nothing. Whose the partition is does not matter:
 * a stand-in's copy counts. Rejects with `PeerFailure` or `StoreUnavailable`; what was taken until
 * then stays.
 */
export type Pull = (order: PullOrder, onCopied: OnCopied) => Promise<void>;

export class Repair {
  readonly #deps: RepairDeps;

  constructor(deps: RepairDeps) {
    this.#deps = deps;
  }

  /**
   * The job. Rejects with `PeerFailure` or `StoreUnavailable`, so that the queue tries again; what
   * was moved until then stays. Does nothing for a partition that the two do not share.
   */
  async repair(partition: Partition, peer: NodeId): Promise<RepairReport> {
    let [pulled, pushed] = [0, 0];
    if (this.#isShared(partition, peer)) {
      await this.#forEachDifference(partition, peer, async ({ pull, push }) => {
        await this.#take(peer, pull, (records) => {
          pulled += records;
        });
        pushed += await this.#push(peer, push);
      });
    }
    const report = { partition, peer, pulled, pushed };
    if (pulled + pushed > 0) this.#deps.log.info(report, "repaired a partition");
    return report;
  }

  readonly pull: Pull = async ({ partition, node, isEmpty }, onCopied) => {
    if (isEmpty) await this.#takeAll(partition, node, onCopied);
    else {
      await this.#forEachDifference(partition, node, ({ pull }) =>
        this.#take(node, pull, onCopied),
      );
    }
  };

  /** One call for a partition of ordinary size, several for a large one. */
  async #forEachDifference(
    partition: Partition,
    peer: NodeId,
    act: (difference: Difference) => Promise<void>,
  ): Promise<void> {
    let slices = 1;
    for (let slice = 0; slice < slices; slice++) {
      const isWanted = (key: Key) => hash32(key, SLICE_SEED) % slices === slice;
      const difference = await this.#compare(partition, peer, isWanted);
      if (difference === null) {
        slices *= 2;
        slice = -1; // From the first slice on: what was repaired before costs a look.
        continue;
      }
      await act(difference);
    }
  }

  /** Page by page: the next one is asked for when this one is on disk. */
  async #takeAll(partition: Partition, node: NodeId, onCopied: OnCopied): Promise<void> {
    const { peers, options } = this.#deps;
    let cursor: string | null = null;
    do {
      const page: RecordPage = await peers.page(
        node,
        { partition, cursor },
        options.transferTimeoutMs,
      );
      await this.#keep(page.records, onCopied);
      cursor = page.cursor;
    } while (cursor !== null);
  }

  /** Null: too much to be compared at once. */
  async #compare(
    partition: Partition,
    peer: NodeId,
    isWanted: ListLimits["isWanted"],
  ): Promise<Difference | null> {
    const { store, peers, options } = this.#deps;
    const limits = { isWanted, recordsMax: options.listedMax };
    const ours = await listAll((cursor) => store.versions(partition, cursor), limits);
    if (ours === null) return null;
    const ask = (cursor: string | null) =>
      peers.versions(peer, { partition, cursor }, options.transferTimeoutMs);
    const theirs = await listAll(ask, limits);
    return theirs === null ? null : differenceOf(ours, theirs);
  }

  async #take(peer: NodeId, wanted: readonly ListedRecord[], onCopied: OnCopied): Promise<void> {
    const { peers, options } = this.#deps;
    for (const listed of chunksOf(wanted, MESSAGE_LIMITS)) {
      const keys = listed.map(({ key }) => key);
      const found = await peers.copies(peer, keys, options.transferTimeoutMs);
      await this.#keep(present(found), onCopied);
    }
  }

  async #keep(records: readonly PackedRecord[], onCopied: OnCopied): Promise<void> {
    // Some may have grown since they were listed.
    for (const chunk of chunksOf(records, MESSAGE_LIMITS)) {
      const stored = countStored(await this.#deps.transfer(chunk));
      if (stored > 0) onCopied(stored, bytesOf(chunk));
    }
  }

  async #push(peer: NodeId, wanted: readonly ListedRecord[]): Promise<number> {
    const { read, peers, options } = this.#deps;
    let stored = 0;
    for (const listed of chunksOf(wanted, MESSAGE_LIMITS)) {
      const held = await read(listed.map(({ key }) => key));
      for (const records of chunksOf(present(held), MESSAGE_LIMITS)) {
        const outcomes = await peers.transfer(peer, records, options.transferTimeoutMs);
        if (outcomes.length !== records.length) {
          throw new PeerFailure({ node: peer, reason: "rejected", sent: true });
        }
        stored += countStored(outcomes);
      }
    }
    return stored;
  }

  #isShared(partition: Partition, peer: NodeId): boolean {
    const { self, ring, options } = this.#deps;
    const walk = walkOf(ring, partition);
    return peer !== self && areOwners(walk, options.replicaCount, [self, peer]);
  }
}

/** A damaged record is nothing to hand on; its node has noted it. */
function present(found: readonly HeldCopy[]): PackedRecord[] {
  return found.filter((copy) => copy !== null && copy !== "damaged");
}

function bytesOf(records: readonly PackedRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function countStored(outcomes: readonly ApplyOutcome[]): number {
  return outcomes.filter(({ outcome }) => outcome === "stored").length;
}
