import type { Version, WriteNotice } from "@ringkv/core";

/**
 * The notices that one node keeps until they are settled: delivered, or given up where an operator
 * can see it. They are added by `RecordStore.apply`, in the step that stores the record, and their
 * order is that of their versions. Implemented by store-redis, and in memory by testing; both pass
 * `describeOutbox`.
 *
 * Bounded: beyond its limit the oldest notices are dropped, and counted. As durable as the records.
 * Every method rejects with `StoreUnavailable` when the store does not answer in time.
 */
export interface Outbox {
  /** The oldest notices above `after`, at most `countMax`; null: from the oldest on. */
  page(after: Version | null, countMax: number): Promise<readonly WriteNotice[]>;

  /** Forgets the notices of these versions. Idempotent; what is not there is no mistake. */
  drop(versions: readonly Version[]): Promise<void>;

  size(): Promise<OutboxSize>;
}

export interface OutboxSize {
  readonly waiting: number;
  /** Notices that made room for newer ones and were never settled, since the store is in use. */
  readonly dropped: number;
}
