/** What the routes ask of the engine, and no more: `Node` satisfies all of it as it is. */

import type { Key, MemberState, NodeId } from "@ringkv/core";
import type {
  BatchCommand,
  BatchResult,
  Leadership,
  ListCommand,
  Listed,
  Location,
  NodeStatus,
  ReadCommand,
  ReadinessCheck,
  ReadResult,
  RecoveryProgress,
  RestoreCommand,
  RestoreReport,
  RestoreSource,
  Snapshot,
  SnapshotCommand,
  Verification,
  WriteCommand,
  WriteReceipt,
} from "@ringkv/engine";

export interface Writes {
  write(command: WriteCommand): Promise<WriteReceipt>;
}

export interface Reads {
  read(command: ReadCommand): Promise<ReadResult>;
}

export interface Lists {
  list(command: ListCommand): Promise<Listed>;
}

export interface Batches {
  batch(command: BatchCommand): Promise<readonly BatchResult[]>;
}

export interface Locates {
  locate(key: Key): Promise<Location>;
}

export interface Verifies {
  verify(): Promise<Verification>;
}

export interface Recovers {
  /** Begins to compare with the other members, unless that is under way. */
  recover(): RecoveryProgress;
}

export interface Snapshots {
  snapshot(command: SnapshotCommand): Promise<Snapshot>;
}

export interface Restores {
  restore(source: RestoreSource, command: RestoreCommand): Promise<RestoreReport>;
}

export interface ClusterView {
  stateOf(node: NodeId): MemberState;
  leadership(): Leadership;
  readiness(): readonly ReadinessCheck[];
  /** Never rejects. */
  status(): Promise<NodeStatus>;
}

/** One queue of background jobs, as its operator sees it. */
export interface QueueView {
  readonly name: string;
  /** Jobs by state. Rejects when the queue's Redis does not answer. */
  counts(): Promise<object>;
}
