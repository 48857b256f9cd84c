/**
 * The nouns of the store. Names are branded, so that a key cannot be passed where a node is meant.
 *
 * Nothing here validates: a `Key` or a `NodeId` is made at the edge that checked it.
 */

/** A user's key: well-formed Unicode, 1 to `KEY_BYTES_MAX` bytes of UTF-8. */
export type Key = string & { readonly __brand: "Key" };

/** A member's name, unique in the cluster and never reused. */
export type NodeId = string & { readonly __brand: "NodeId" };

/** 20 lower-case hex digits; plain string order is the order of versions. See version.ts. */
export type Version = string & { readonly __brand: "Version" };

/** An integer from 0 to `PARTITION_COUNT - 1`. */
export type Partition = number & { readonly __brand: "Partition" };

/** What a member is to another one, or says of itself. */
export type MemberState = "up" | "suspect" | "down" | "recovering";

/** One write of one key: a value, or a tombstone. */
export interface KvRecord {
  readonly key: Key;
  readonly version: Version;
  /** The value's bytes; null is a tombstone. */
  readonly value: Uint8Array | null;
  /** As the client sent it; empty when it sent none. At most 255 bytes of Latin-1. */
  readonly contentType: string;
  /** Milliseconds since the Unix epoch after which the value is absent; null keeps it. */
  readonly expiresAtMs: number | null;
}

/**
 * A record as it is stored and sent. Replicas compare versions and move bytes; only a coordinator
 * looks inside (see record-codec.ts).
 */
export interface PackedRecord {
  readonly key: Key;
  readonly version: Version;
  readonly bytes: Buffer;
  /** What the outbox is to keep of it; none: nothing. Only where a client's write is stored. */
  readonly note?: Note;
}

/** `value`: key and value, if that is short enough to be told; see notice.ts. */
export type Note = "key" | "value";
