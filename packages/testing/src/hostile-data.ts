/**
 * Records for tests, and the keys and values that have broken stores before: names of internals,
 * glob and protocol characters, control bytes, every width of UTF-8, the longest and the largest.
 */

import {
  KEY_BYTES_MAX,
  type Key,
  type KvRecord,
  type PackedRecord,
  type Partition,
  packRecord,
  partitionOf,
  type Version,
  versionAt,
} from "@ringkv/core";
import type { RecordStore } from "@ringkv/engine";

export const HOSTILE_KEYS: readonly string[] = [
  " ",
  "a:b",
  "a*b",
  "a?[b-c]\\",
  "{tag}",
  "digest",
  "keys",
  "meta",
  "p:17",
  "__proto__",
  "constructor",
  "naïve ключ 🔑",
  "\u0000",
  "a\u0000b",
  "\r\n",
  "$3\r\nfoo\r\n",
  "*1\r\n$8\r\nFLUSHALL\r\n",
  "') redis.call('FLUSHALL",
  "\ufeff",
  "e\u0301",
  "\u00e9",
  "/../..%2F",
  "0",
  "-1",
  "x".repeat(KEY_BYTES_MAX - 1),
  "🔑".repeat(KEY_BYTES_MAX / 4 - 1),
];

export const HOSTILE_VALUES: readonly { readonly what: string; readonly value: Buffer }[] = [
  { what: "an empty value", value: Buffer.alloc(0) },
  { what: "a zero byte", value: Buffer.from([0]) },
  { what: "every byte there is", value: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) },
  { what: "broken UTF-8", value: Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]) },
  { what: "a protocol message", value: Buffer.from("*1\r\n$8\r\nFLUSHALL\r\n") },
  { what: "a protocol error", value: Buffer.from("-ERR no\r\n") },
  { what: "a Lua program", value: Buffer.from("]] return redis.call('FLUSHALL') --[[") },
  { what: "a number", value: Buffer.from("9007199254740993") },
  { what: "what looks like a record", value: record("k", 9, "v").bytes },
  { what: "a mebibyte", value: Buffer.alloc(1_048_576, "\u0000\r\n🔑") },
];

export function versionOf(ms: number): Version {
  return versionAt({ ms, counter: 0 }, 1);
}

export type Extras = Partial<Pick<KvRecord, "contentType" | "expiresAtMs">>;

/** A record of `key` stamped at `ms`. A null value is a tombstone. */
export function record(
  key: string,
  ms: number,
  ...[value, extras]: [value: string | Uint8Array | null, extras?: Extras]
): PackedRecord {
  return packRecord({
    key: key as Key,
    version: versionOf(ms),
    value: typeof value === "string" ? Buffer.from(value) : value,
    contentType: extras?.contentType ?? "",
    expiresAtMs: extras?.expiresAtMs ?? null,
  });
}

/** Everything a store holds, by paging through its partitions; a record once. */
export async function everyRecord(
  store: Pick<RecordStore, "partitions" | "page">,
): Promise<PackedRecord[]> {
  const records = new Map<Key, PackedRecord>();
  for (const partition of (await store.partitions()).keys()) {
    let cursor: string | null = null;
    do {
      const page = await store.page(partition, cursor);
      for (const one of page.records) records.set(one.key, one);
      cursor = page.cursor;
    } while (cursor !== null);
  }
  return [...records.values()];
}

/** `count` keys that share a partition. */
export function keysOfOnePartition(count: number): [Partition, Key[]] {
  const partition = partitionOf("key 0" as Key);
  const keys: Key[] = [];
  for (let index = 0; keys.length < count; index++) {
    const key = `key ${index}` as Key;
    if (partitionOf(key) === partition) keys.push(key);
  }
  return [partition, keys];
}
