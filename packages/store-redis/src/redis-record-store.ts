/**
 * `RecordStore` on Redis: one hash per partition, and scripts that keep digest and key index in
 * step with it.
 *
 * Everything that is asked within one turn of the event loop goes to Redis in one call. Versions
 * are compared in Redis, so that no lock and no second look is needed here.
 */

import {
  type Key,
  type KeyPage,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  partitionOf,
  StoreFull,
  unpackRecord,
} from "@ringkv/core";
import {
  type ApplyOutcome,
  type DamagedRecord,
  type HeldCopy,
  type HeldVersion,
  LIST_LIMIT_MAX,
  type ListAsk,
  type PurgeableAsk,
  type PurgeablePage,
  type RecordPage,
  type RecordStore,
  TickBatch,
  type VersionPage,
} from "@ringkv/engine";
import type { Connection } from "./connection.js";
import { copyOf, keyIn, keyOf, pageOf } from "./found.js";
import { keyPageOf, keysAmong, lexRangeOf } from "./key-pages.js";
import {
  type ApplyAnswer,
  notesOf,
  outcomeOf,
  packKeys,
  packPartitions,
  packRecords,
  packVersions,
  parseAnswers,
  parseDigest,
  parseListed,
  parsePartition,
  parsePurgeable,
} from "./packing.js";
import { loadScript } from "./script.js";

/** One script call: Redis serves nobody else meanwhile (256 small records take about 1 ms). */
const BATCH = { itemsMax: 256, bytesMax: 4 * 1024 * 1024 };

/**
 * A caller's own batch is one script call, whatever its size. Beyond this Lua's stack and Redis's
 * argument size (`proto-max-bulk-len`) would end it half-way.
 */
const CALL = { recordsMax: 2_048, bytesMax: 16 * 1024 * 1024 };

/** An answer is held in memory twice, here and in Redis. */
const READ_BYTES = 4 * 1024 * 1024;
const PAGE = { records: 256, bytes: 1024 * 1024 };
/** Only keys and versions are answered, but Redis reads the values too. */
const VERSIONS = { records: 1_024, bytes: 4 * 1024 * 1024 };
const RELEASE_RECORDS = 512;
/** Members of the index that are looked at for one page: some milliseconds. */
const PURGEABLE = { members: 4_096, records: 512 };

export class RedisRecordStore implements RecordStore {
  readonly #redis: Connection;
  readonly #outboxMax: string;
  readonly #applied: TickBatch<PackedRecord, ApplyAnswer>;
  readonly #appliedAtLimit: TickBatch<PackedRecord, ApplyAnswer>;
  readonly #reads: TickBatch<Key, Buffer | null>;
  readonly #scripts = {
    apply: loadScript("apply"),
    read: loadScript("read"),
    heads: loadScript("heads"),
    mend: loadScript("mend"),
    page: loadScript("page"),
    purgeable: loadScript("purgeable"),
    release: loadScript("release"),
    versions: loadScript("versions"),
    rebuildDigest: loadScript("rebuild-digest"),
  };

  /** @param outboxMax how many notices are kept; the oldest make room. */
  constructor(redis: Connection, outboxMax: number) {
    this.#redis = redis;
    this.#outboxMax = `${outboxMax}`;
    const turn = { ...BATCH, atEndOfTurn: (flush: () => void) => void setImmediate(flush) };
    const ofRecords = { ...turn, bytesOf: ({ bytes }: PackedRecord) => bytes.length };
    this.#applied = new TickBatch({ ...ofRecords, send: (batch) => this.#apply(batch, "") });
    this.#appliedAtLimit = new TickBatch({
      ...ofRecords,
      send: (batch) => this.#apply(batch, "at-limit"),
    });
    this.#reads = new TickBatch({
      ...turn,
      bytesOf: (key: Key) => key.length,
      send: (keys) => this.#read(keys),
    });
  }

  async apply(records: readonly PackedRecord[], nowMs: number): Promise<readonly ApplyOutcome[]> {
    if (records.length === 0) return [];
    demandBounded(records);
    const answers = await this.#applied.add(records).catch((thrown: unknown) => {
      // Deleting is how a full store is emptied.
      if (thrown instanceof StoreFull && records.every(isTombstone)) {
        return this.#appliedAtLimit.add(records);
      }
      throw thrown;
    });
    return answers.map((answer) => outcomeOf(answer, nowMs));
  }

  async read(keys: readonly Key[]): Promise<readonly HeldCopy[]> {
    if (keys.length === 0) return [];
    const found = await this.#reads.add(keys);
    return keys.map((key, index) => copyOf(key, found[index] ?? null));
  }

  async partitions(): Promise<ReadonlyMap<Partition, PartitionDigest>> {
    const reply = (await this.#redis.call("hgetall", "digest")) as Record<string, Buffer>;
    const digests = new Map<Partition, PartitionDigest>();
    for (const [name, bytes] of Object.entries(reply)) {
      const partition = parsePartition(name);
      if (partition !== null) digests.set(partition, parseDigest(bytes));
    }
    return digests;
  }

  async digest(partition: Partition): Promise<PartitionDigest | null> {
    const bytes = (await this.#redis.call("hget", "digest", `${partition}`)) as Buffer | null;
    return bytes === null ? null : parseDigest(bytes);
  }

  async page(partition: Partition, cursor: string | null): Promise<RecordPage> {
    const { epoch } = this.#redis;
    const [next, ...fields] = (await this.#redis.run(
      this.#scripts.page,
      hashOf(partition),
      scanCursor(cursor, epoch),
      `${PAGE.records}`,
      `${PAGE.bytes}`,
    )) as [Buffer, ...Buffer[]];

    return { ...pageOf(partition, fields), cursor: cursorAt(next, epoch) };
  }

  async versions(partition: Partition, cursor: string | null): Promise<VersionPage> {
    const { epoch } = this.#redis;
    const [next, listed] = (await this.#redis.run(
      this.#scripts.versions,
      hashOf(partition),
      scanCursor(cursor, epoch),
      `${VERSIONS.records}`,
      `${VERSIONS.bytes}`,
    )) as [Buffer, Buffer];
    const records = parseListed(listed, (field) => keyOf(field, partition));
    return { records, cursor: cursorAt(next, epoch) };
  }

  /** In two steps: a script cannot tell a key's partition, and so not find its record. */
  async list({ prefix, after, limit, nowMs }: ListAsk): Promise<KeyPage> {
    const count = Math.min(limit, LIST_LIMIT_MAX);
    const { min, max } = lexRangeOf({ prefix, after });
    const range = ["keys", min, max, "LIMIT", "0", `${count}`];
    const members = (await this.#redis.call("zrangebylex", ...range)) as Buffer[];
    const keys = keysAmong(members);
    if (keys.length === 0) return { keys: [], upTo: null };
    const packed = packKeys(keys);
    const bytes = await this.#redis.run(this.#scripts.heads, packed, `${VERSIONS.bytes}`);
    return keyPageOf({ keys, bytes: bytes as Buffer, isEnd: members.length < count, nowMs });
  }

  async rebuildDigest(partition: Partition): Promise<boolean> {
    return (await this.#redis.run(this.#scripts.rebuildDigest, `${partition}`)) === 1;
  }

  async mend(
    partition: Partition,
    { field, bytes }: DamagedRecord,
    copy: PackedRecord | null,
  ): Promise<boolean> {
    const args = [`${partition}`, field, bytes, copy?.bytes ?? ""];
    return (await this.#redis.run(this.#scripts.mend, ...args)) === 1;
  }

  async release(records: readonly HeldVersion[]): Promise<number> {
    return (await this.#forget(records, "")).filter(Boolean).length;
  }

  async purgeable({ partitions, cutoffMs, skip }: PurgeableAsk): Promise<PurgeablePage> {
    const [next, listed] = (await this.#redis.run(
      this.#scripts.purgeable,
      `${skip}`,
      `${Math.floor(cutoffMs)}`,
      packPartitions(partitions),
      `${PURGEABLE.members}`,
      `${PURGEABLE.records}`,
    )) as [Buffer, Buffer];
    const records = parsePurgeable(listed, (field) => keyIn(field, partitions));
    return { records, next: next.length === 0 ? null : Number(next.toString("latin1")) };
  }

  purge(records: readonly HeldVersion[], cutoffMs: number): Promise<readonly boolean[]> {
    return this.#forget(records, `${Math.floor(cutoffMs)}`);
  }

  async #forget(records: readonly HeldVersion[], cutoff: string): Promise<boolean[]> {
    const forgotten: boolean[] = [];
    for (let from = 0; from < records.length; from += RELEASE_RECORDS) {
      const batch = packVersions(records.slice(from, from + RELEASE_RECORDS));
      const answers = (await this.#redis.run(this.#scripts.release, batch, cutoff)) as Buffer;
      for (const answer of answers) forgotten.push(answer === ONE);
    }
    return forgotten;
  }

  async #apply(records: readonly PackedRecord[], mode: "" | "at-limit"): Promise<ApplyAnswer[]> {
    const batch = packRecords(records);
    const notes = notesOf(records);
    const noting = notes === null ? [] : [notes, this.#outboxMax];
    const reply = (await this.#redis.run(this.#scripts.apply, batch, mode, ...noting)) as Buffer;
    if (reply.length === FULL.length && reply.equals(FULL)) throw new StoreFull();
    return parseAnswers(reply);
  }

  async #read(keys: readonly Key[]): Promise<(Buffer | null)[]> {
    const [first] = keys;
    if (keys.length === 1 && first !== undefined) {
      // Without a script a lone key costs Redis and us two thirds.
      const command = this.#redis.call("hget", hashOf(partitionOf(first)), first);
      return [(await command) as Buffer | null];
    }
    const found: (Buffer | null)[] = [];
    while (found.length < keys.length) {
      const batch = packKeys(keys.slice(found.length));
      const reply = await this.#redis.run(this.#scripts.read, batch, `${READ_BYTES}`);
      for (const one of reply as (Buffer | null)[]) found.push(one);
    }
    return found;
  }
}

const FULL = Buffer.from("full");
const ONE = 0x31;

/** The `p:` keeps partitions apart from the other keys; users' keys are fields, and never here. */
export function hashOf(partition: Partition): string {
  return `p:${partition}`;
}

/**
 * Where a scan goes on. Redis's cursor means nothing to another process, which may lay out the
 * same hash in another order: after a new connection the scan starts over.
 */
function scanCursor(cursor: string | null, epoch: number): string {
  const [madeIn, scan] = cursor?.split(":") ?? [];
  // A peer may send any text as a cursor: Redis would refuse what is no number.
  const isOurs = Number(madeIn) === epoch && scan !== undefined && /^\d{1,20}$/.test(scan);
  return isOurs ? scan : "0";
}

function cursorAt(next: Buffer, epoch: number): string | null {
  const scan = next.toString("latin1");
  return scan === "0" ? null : `${epoch}:${scan}`;
}

function isTombstone(record: PackedRecord): boolean {
  return unpackRecord(record).value === null;
}

function demandBounded(records: readonly PackedRecord[]): void {
  const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
  if (records.length > CALL.recordsMax || bytes > CALL.bytesMax) {
    throw new RangeError(`too much for one call: ${records.length} records, ${bytes} bytes`);
  }
}
