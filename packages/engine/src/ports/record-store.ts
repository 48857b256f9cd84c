import type {
  Key,
  ListedRecord,
  PackedRecord,
  Partition,
  PartitionDigest,
  Version,
} from "@ringkv/core";

/**
 * Durable storage of one node's records. Implemented by store-redis, and in memory by testing;
 * both pass `describeRecordStore`.
 *
 * A resolved promise means that the effect survives a crash of this process and of the store's
 * (with `appendfsync always`; what is weaker is the operator's choice). Methods may be called
 * concurrently; each record's change is atomic, together with its partition's digest and the key
 * index. Every method rejects with `StoreUnavailable` when the store does not answer in time, and
 * then the effect may or may not have happened, now or later: also after the store has begun to
 * answer again, but not two of the longest message deadlines after that.
 */
export interface RecordStore {
  /**
   * Keeps each record unless a newer or equal version of its key is held. Idempotent: the same
   * records in any order, any number of times, end in the same state. Rejects with `StoreFull` when
   * there is no memory for it; then none of the records was stored.
   *
   * @param nowMs wall time; decides only whether a replaced record had expired (`hadValue`).
   * @returns one outcome per record, in order.
   */
  apply(records: readonly PackedRecord[], nowMs: number): Promise<readonly ApplyOutcome[]>;

  /** The copies held, in the order of `keys`, tombstones and expired ones included; null: none. */
  read(keys: readonly Key[]): Promise<readonly (PackedRecord | null)[]>;

  /** The partitions that hold at least one record. */
  partitions(): Promise<ReadonlyMap<Partition, PartitionDigest>>;

  /**
   * A page of a partition's records, tombstones included. Every record that was there from the
   * first page to the last is in one of them, perhaps in two; one that changed meanwhile may or
   * may not be.
   *
   * @param cursor null for the first page, then what the page before returned.
   */
  page(partition: Partition, cursor: string | null): Promise<RecordPage>;

  /**
   * Like `page`, without the values: what a partition holds, to be compared with what another node
   * holds of it. A page is bounded whatever the size of the records.
   */
  versions(partition: Partition, cursor: string | null): Promise<VersionPage>;

  /** Computes a partition's digest anew from its records, in one step. True: it was wrong. */
  rebuildDigest(partition: Partition): Promise<boolean>;

  /** Forgets each record whose version is still the one given. Returns how many were forgotten. */
  release(records: readonly HeldVersion[]): Promise<number>;

  /**
   * A page of the tombstones and expired records in some partitions that have stood for absence
   * since `cutoffMs` or longer (core's `absentFromMs`), oldest first. A page is bounded, and may be
   * empty though another one follows. What is forgotten while the pages are walked moves the rest
   * forward by as many: take it off `skip`, or some records are passed over.
   */
  purgeable(ask: PurgeableAsk): Promise<PurgeablePage>;

  /**
   * Forgets each record whose version is still the one given, if it is a tombstone or expired and
   * has stood for absence since `cutoffMs` or longer. A value that lives is never forgotten by it.
   * Works when the store has no memory left.
   *
   * @returns for each record, in order, whether it was forgotten by this call.
   */
  purge(records: readonly HeldVersion[], cutoffMs: number): Promise<readonly boolean[]>;
}

export type ApplyOutcome =
  /** Held now, by this call. `hadValue`: the key had a value, neither deleted nor expired. */
  | { readonly outcome: "stored"; readonly hadValue: boolean }
  /** This very version was held before. As good as stored. */
  | { readonly outcome: "repeated" }
  /** A newer version is held, and the record was dropped. */
  | { readonly outcome: "stale"; readonly held: Version };

export interface RecordPage {
  readonly records: readonly PackedRecord[];
  /** Null after the last page. */
  readonly cursor: string | null;
}

export interface VersionPage {
  readonly records: readonly ListedRecord[];
  /** Null after the last page. At most `CURSOR_BYTES_MAX` bytes of UTF-8, and never empty. */
  readonly cursor: string | null;
}

/** A cursor may be a key. */
export const CURSOR_BYTES_MAX = 1_024;

export interface PurgeableAsk {
  readonly partitions: ReadonlySet<Partition>;
  readonly cutoffMs: number;
  /** How many to pass over: 0, then `next` of the page before, less what was forgotten since. */
  readonly skip: number;
}

export interface PurgeablePage {
  readonly records: readonly PurgeableRecord[];
  /** Null after the last page. */
  readonly next: number | null;
}

export interface PurgeableRecord extends ListedRecord {
  readonly absentFromMs: number;
}

export interface HeldVersion {
  readonly key: Key;
  readonly version: Version;
}
