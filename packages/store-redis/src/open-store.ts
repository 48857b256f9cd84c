/** The stores of one node, on one connection. */

import { allPartitions } from "@ringkv/core";
import type { MetaStore, Outbox, RecordStore } from "@ringkv/engine";
import { Connection, type ConnectionOptions } from "./connection.js";
import { RedisMetaStore } from "./redis-meta-store.js";
import { RedisOutbox } from "./redis-outbox.js";
import { hashOf, RedisRecordStore } from "./redis-record-store.js";

export interface RedisStores {
  readonly records: RecordStore;
  readonly meta: MetaStore;
  readonly outbox: Outbox;
  /** Resolves when Redis answers for the first time. Until then every method rejects at once. */
  untilReady(): Promise<void>;
  /** Loses everything on purpose, for drills. Rejects with `StoreUnavailable`. */
  wipe(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface StoreOptions extends ConnectionOptions {
  /** How many notices the outbox keeps; beyond that the oldest are dropped, and counted. */
  readonly outboxMax?: number;
}

/** Some megabytes of Redis's memory. */
const OUTBOX_MAX = 50_000;

/**
 * Every key that holds something of the node; a member's status as this node sees it is not among
 * them, and is rewritten soon. Named one by one, because the node's user in Redis may not flush.
 */
const EVERYTHING = [
  "meta",
  "digest",
  "keys",
  "purgeable",
  "outbox",
  ...allPartitions().map(hashOf),
];

/** Begins to connect, and goes on trying until closed. */
export function openStores(options: StoreOptions): RedisStores {
  const connection = new Connection(options);
  return {
    records: new RedisRecordStore(connection, options.outboxMax ?? OUTBOX_MAX),
    meta: new RedisMetaStore(connection),
    outbox: new RedisOutbox(connection),
    untilReady: () => connection.untilReady(),
    wipe: async () => void (await connection.call("UNLINK", ...EVERYTHING)),
    close: () => connection.close(),
  };
}
