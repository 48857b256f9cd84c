/** The stores of one node, on one connection. */

import type { MetaStore, RecordStore } from "@ringkv/engine";
import { Connection, type ConnectionOptions } from "./connection.js";
import { RedisMetaStore } from "./redis-meta-store.js";
import { RedisRecordStore } from "./redis-record-store.js";

export interface RedisStores {
  readonly records: RecordStore;
  readonly meta: MetaStore;
  /** Resolves when Redis answers for the first time. Until then every method rejects at once. */
  untilReady(): Promise<void>;
  /** Loses everything on purpose, for drills. Rejects with `StoreUnavailable`. */
  wipe(): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** Begins to connect, and goes on trying until closed. */
export function openStores(options: ConnectionOptions): RedisStores {
  const connection = new Connection(options);
  return {
    records: new RedisRecordStore(connection),
    meta: new RedisMetaStore(connection),
    untilReady: () => connection.untilReady(),
    wipe: async () => void (await connection.call("FLUSHDB")),
    close: () => connection.close(),
  };
}
