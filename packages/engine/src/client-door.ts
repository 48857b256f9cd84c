/**
 * A node's door for clients: what they may ask of it. It says no while the node serves nobody, and
 * has what it lets in counted; how it is done is the business of the paths.
 */

import { Batch, type BatchCommand, type BatchDeps, type BatchResult } from "./batch.js";
import { type ListCommand, type Listed, ListPath, type ListPathDeps } from "./list-path.js";
import { Placement, type PlacementDeps } from "./placement.js";
import { type ReadCommand, ReadPath, type ReadPathDeps, type ReadResult } from "./read-path.js";
import {
  Restore,
  type RestoreCommand,
  type RestoreDeps,
  type RestoreReport,
  type RestoreSource,
} from "./restore.js";
import {
  openSnapshot,
  type Snapshot,
  type SnapshotCommand,
  type SnapshotDeps,
} from "./snapshot.js";
import type { Traffic } from "./traffic.js";
import { WalkOrders } from "./walk-orders.js";
import {
  type WriteCommand,
  WritePath,
  type WritePathDeps,
  type WriteReceipt,
} from "./write-path.js";

/** What the paths need; `admit` throws what a client is told, unless it may be served. */
export type ClientDoorDeps = WritePathDeps &
  ReadPathDeps &
  ListPathDeps &
  Omit<BatchDeps, "reads" | "writes" | "orders"> &
  SnapshotDeps &
  PlacementDeps &
  Omit<RestoreDeps, "placement" | "write"> & { readonly traffic: Traffic };

export class ClientDoor {
  readonly #deps: ClientDoorDeps;
  readonly #writes: WritePath;
  readonly #reads: ReadPath;
  readonly #listings: ListPath;
  readonly #batches: Batch;

  constructor(deps: ClientDoorDeps) {
    this.#deps = deps;
    this.#writes = new WritePath(deps);
    this.#reads = new ReadPath(deps);
    this.#listings = new ListPath(deps);
    const alone = { reads: this.#reads, writes: this.#writes };
    this.#batches = new Batch({ ...deps, ...alone, orders: new WalkOrders(deps.ring) });
  }

  async write(command: WriteCommand): Promise<WriteReceipt> {
    this.#deps.admit();
    return await this.#deps.traffic.write(this.#writes.write(command));
  }

  async read(command: ReadCommand): Promise<ReadResult> {
    this.#deps.admit();
    return await this.#deps.traffic.read(this.#reads.read(command));
  }

  async list(command: ListCommand): Promise<Listed> {
    this.#deps.admit();
    return this.#listings.list(command);
  }

  async batch(command: BatchCommand): Promise<BatchResult[]> {
    this.#deps.admit();
    return this.#deps.traffic.batch(command.operations, this.#batches.run(command));
  }

  /** Admitted, or not, while it is opened. */
  snapshot(command: SnapshotCommand): Promise<Snapshot> {
    return openSnapshot(this.#deps, command);
  }

  async restore(source: RestoreSource, command: RestoreCommand): Promise<RestoreReport> {
    const deps = this.#deps;
    deps.admit();
    const placement = new Placement(deps);
    const write = (one: WriteCommand) => this.write(one);
    return new Restore({ ...deps, placement, write }, command).run(source);
  }
}
