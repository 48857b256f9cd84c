import type {
  Key,
  KeyPage,
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
   * A record that is noted leaves its notice in the outbox in the same step, also when this version
   * was held before: it may have come by a way that notes nothing. See `Outbox`.
   *
   * @param nowMs wall time; decides only whether a replaced record had expired (`hadValue`).
   * @returns one outcome per record, in order.
   */
  apply(records: readonly PackedRecord[], nowMs: number): Promise<readonly ApplyOutcome[]>;

  /** The copies held, in the order of `keys`, tombstones and expired ones included. */
  read(keys: readonly Key[]): Promise<readonly HeldCopy[]>;

  /** The partitions that hold at least one record, by their running sums: these may be wrong. */
  partitions(): Promise<ReadonlyMap<Partition, PartitionDigest>>;

  /** Of one partition; null: it holds nothing. See `partitions`. */
  digest(partition: Partition): Promise<PartitionDigest | null>;

  /**
   * A page of a partition's records, tombstones included, and of what stands there without being
   * a record. Each that was there from the first page to the last is in one of them, perhaps in
   * two; one that changed meanwhile may or may not be.
   *
   * @param cursor null for the first page, then what the page before returned.
   */
  page(partition: Partition, cursor: string | null): Promise<RecordPage>;

  /**
   * Like `page`, without the values: what a partition holds, to be compared with what another node
   * holds of it. A page is bounded whatever the size of the records. Contents are not looked at:
   * a damaged record is listed if it has a version, else it is not.
   */
  versions(partition: Partition, cursor: string | null): Promise<VersionPage>;

  /**
   * Keys that have a value, of all partitions, in the order of their bytes (core's `compareKeys`).
   * Neither tombstones nor what has expired at `nowMs` is listed. A key that was there all along is
   * in the page if it lies in it; one that changed meanwhile may or may not be. Contents are not
   * looked at: what is damaged is listed in a version, without one, or not. A page is bounded, and
   * may hold fewer keys than asked for, or none, though others follow.
   */
  list(ask: ListAsk): Promise<KeyPage>;

  /** Computes a partition's digest anew from its records, in one step. True: it was wrong. */
  rebuildDigest(partition: Partition): Promise<boolean>;

  /**
   * Puts `copy` in the place of a damaged record, or nothing for null. Atomic, and only if what is
   * held is still exactly the bytes found; false: it is not, and nothing was changed. The digest
   * is not kept in step: what a damaged record has added to it is not known. `rebuildDigest` after.
   */
  mend(partition: Partition, found: DamagedRecord, copy: PackedRecord | null): Promise<boolean>;

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

/** Null: none. `damaged`: there is one, and its bytes are not those that were stored. */
export type HeldCopy = PackedRecord | "damaged" | null;

/** What stands where a record should be. */
export interface DamagedRecord {
  /** Null: what it stands under is no key of its partition. */
  readonly key: Key | null;
  /** The name that it stands under, as it is. */
  readonly field: Buffer;
  readonly bytes: Buffer;
}

export interface RecordPage {
  readonly records: readonly PackedRecord[];
  readonly damaged: readonly DamagedRecord[];
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

export interface ListAsk {
  /** What the keys begin with; empty: all keys. At most `KEY_BYTES_MAX` bytes of UTF-8. */
  readonly prefix: string;
  /** The key to go on after, of at most as many bytes; null: from the first one. */
  readonly after: string | null;
  /** How many keys to look at: 1 to `LIST_LIMIT_MAX`. */
  readonly limit: number;
  readonly nowMs: number;
}

export const LIST_LIMIT_MAX = 1_024;

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
