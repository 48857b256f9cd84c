/** The sizes that are part of the contract. What an operator may change is in server/config. */

/** A key's length in bytes of UTF-8. Longer keys would make listings and digests unbounded. */
export const KEY_BYTES_MAX = 1_024;

/** What the record format can say of a content type: its length is one byte. */
export const CONTENT_TYPE_BYTES_MAX = 255;

/** Fixed for ever: a partition's number is in the data. More members than this cannot share. */
export const PARTITION_COUNT = 1_024;

/** Positions of each node on the circle. 128 keep the largest share within a fifth of the mean. */
export const TOKENS_PER_NODE = 128;

/** A header or a trailer of a snapshot; ours have some hundred bytes. */
export const SNAPSHOT_FRAME_BYTES_MAX = 16 * 1_024;

/**
 * A write that loses to newer versions this often in a row gives up. From the second time on it
 * waits for its turn, and about every second turn is won: one in billions comes to this.
 */
export const RESTAMPS_MAX = 32;

/** Nesting of a JSON value. Deeper ones parse, and then overflow the stack of who prints them. */
export const JSON_DEPTH_MAX = 64;
