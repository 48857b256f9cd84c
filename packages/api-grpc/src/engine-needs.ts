/** What the calls ask of the engine, and no more: `Node` satisfies all of it as it is. */

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
  RestoreCommand,
  RestoreReport,
  RestoreSource,
  Snapshot,
  SnapshotCommand,
  StateChange,
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

export interface Snapshots {
  snapshot(command: SnapshotCommand): Promise<Snapshot>;
}

export interface Restores {
  restore(source: RestoreSource, command: RestoreCommand): Promise<RestoreReport>;
}

export interface Locates {
  locate(key: Key): Promise<Location>;
}

export interface ClusterView {
  stateOf(node: NodeId): MemberState;
  leadership(): Leadership;
  readiness(): readonly ReadinessCheck[];
  /** Never rejects. */
  status(): Promise<NodeStatus>;
  /** The listener hears of every change, until what is given back is called. */
  watchMembers(listener: StateChange): () => void;
}
