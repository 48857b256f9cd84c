/** Stand-ins for the engine's ports, small enough to be read before the test that uses them. */

import {
  absentFromMs,
  compareKeys,
  digestOf,
  hasValue,
  intactRecord,
  type Key,
  type KeyPage,
  type KvRecord,
  type NodeId,
  type PackedRecord,
  type Partition,
  type PartitionDigest,
  packRecord,
  partitionOf,
  StoreUnavailable,
  VERSION_LENGTH,
  type Version,
  versionAt,
} from "@ringkv/core";
import type { Log } from "../src/ports/log.js";
import { type KeyAsk, PeerFailure, type PeerFailureReason } from "../src/ports/peers.js";
import type {
  ApplyOutcome,
  DamagedRecord,
  HeldCopy,
  HeldVersion,
  ListAsk,
  PurgeableAsk,
  RecordPage,
  RecordStore,
} from "../src/ports/record-store.js";
import type { DataPeers } from "../src/with-self.js";
import { settle } from "./manual-clock.js";

/** A version stamped at `ms`. Later numbers are newer. */
export function version(ms: number): Version {
  return versionAt({ ms, counter: 0 }, 1);
}

/** A record of `key`, stamped at `ms`; its value says so. */
export function record(key: string, ms: number, change: Partial<KvRecord> = {}): PackedRecord {
  return packRecord({
    key: key as Key,
    version: version(ms),
    value: Buffer.from(`${key} at ${ms}`),
    contentType: "",
    expiresAtMs: null,
    ...change,
  });
}

/** Keeps what is logged, as "level message". */
export class LogBook implements Log {
  readonly lines: string[] = [];
  info = (_fields: object, message: string) => void this.lines.push(`info ${message}`);
  warn = (_fields: object, message: string) => void this.lines.push(`warn ${message}`);
  error = (_fields: object, message: string) => void this.lines.push(`error ${message}`);
}

type Method = "apply" | "transfer" | "read" | "copies" | "list";

export interface HeldCall {
  readonly method: Method;
  readonly node: NodeId;
  readonly payload: readonly (PackedRecord | Key | KeyAsk)[];
  readonly budgetMs: number;
  readonly resolve: (results: never[]) => void;
  readonly reject: (thrown: unknown) => void;
}

/** Peers whose calls hang until the test answers them, in the order that the test chooses. */
export class HeldPeers implements DataPeers {
  readonly calls: HeldCall[] = [];
  readonly #open: HeldCall[] = [];

  readonly apply: DataPeers["apply"] = (node, records, budgetMs) =>
    this.#hold("apply", { node, payload: records, budgetMs });
  readonly transfer: DataPeers["transfer"] = (node, records, budgetMs) =>
    this.#hold("transfer", { node, payload: records, budgetMs });
  readonly read: DataPeers["read"] = (node, keys, budgetMs) =>
    this.#hold("read", { node, payload: keys, budgetMs });
  readonly copies: DataPeers["copies"] = (node, keys, budgetMs) =>
    this.#hold("copies", { node, payload: keys, budgetMs });
  readonly list: DataPeers["list"] = async (node, ask, budgetMs) => {
    const [page] = await this.#hold<KeyPage>("list", { node, payload: [ask], budgetMs });
    return page as KeyPage;
  };

  /** Whom `method` was called on so far, in order: "node1 node3". */
  asked(method: Method): string {
    const calls = this.calls.filter((call) => call.method === method);
    return calls.map(({ node }) => node).join(" ");
  }

  async answer(node: NodeId, ...results: readonly unknown[]): Promise<void> {
    this.#take(node).resolve(results as never[]);
    await settle();
  }

  async fail(node: NodeId, reason: PeerFailureReason, sent = true): Promise<void> {
    this.#take(node).reject(new PeerFailure({ node, reason, sent }));
    await settle();
  }

  #hold<T>(method: Method, call: Pick<HeldCall, "node" | "payload" | "budgetMs">): Promise<T[]> {
    return new Promise((resolve, reject) => {
      const held: HeldCall = { ...call, method, resolve, reject };
      this.calls.push(held);
      this.#open.push(held);
    });
  }

  #take(node: NodeId): HeldCall {
    const index = this.#open.findIndex((call) => call.node === node);
    const [call] = index === -1 ? [] : this.#open.splice(index, 1);
    if (call === undefined) throw new Error(`no open call to ${node}`);
    return call;
  }
}

/** A store in a map; every method rejects while `isAway`. */
export class MapStore implements RecordStore {
  readonly records = new Map<Key, PackedRecord>();
  /** Running sums that have gone wrong. */
  readonly wrongSums = new Map<Partition, string>();
  isAway = false;
  recordsPerPage = 2;

  constructor(...records: readonly PackedRecord[]) {
    for (const packed of records) this.records.set(packed.key, packed);
  }

  async apply(records: readonly PackedRecord[], nowMs: number): Promise<readonly ApplyOutcome[]> {
    this.#mustAnswer();
    return records.map((packed): ApplyOutcome => {
      const held = this.records.get(packed.key);
      if (held?.version === packed.version) return { outcome: "repeated" };
      if (held !== undefined && held.version > packed.version) {
        return { outcome: "stale", held: held.version };
      }
      this.records.set(packed.key, packed);
      return { outcome: "stored", hadValue: held !== undefined && hasValue(held, nowMs) };
    });
  }

  async read(keys: readonly Key[]): Promise<readonly HeldCopy[]> {
    this.#mustAnswer();
    return keys.map((key) => {
      const held = this.records.get(key);
      return held === undefined ? null : (intactRecord(key, held.bytes) ?? "damaged");
    });
  }

  async digest(partition: Partition): Promise<PartitionDigest | null> {
    return (await this.partitions()).get(partition) ?? null;
  }

  async partitions(): Promise<ReadonlyMap<Partition, PartitionDigest>> {
    this.#mustAnswer();
    const partitions = new Set([...this.records.keys()].map(partitionOf));
    return new Map(
      [...partitions].map((it): [Partition, PartitionDigest] => {
        const digest = digestOf(this.#inPartition(it));
        return [it, { ...digest, sum: this.wrongSums.get(it) ?? digest.sum }];
      }),
    );
  }

  async page(partition: Partition, cursor: string | null): Promise<RecordPage> {
    const page = this.#page(partition, cursor);
    const isIntact = ({ key, bytes }: PackedRecord) => intactRecord(key, bytes) !== null;
    return {
      records: page.records.filter(isIntact),
      damaged: page.records
        .filter((held) => !isIntact(held))
        .map(({ key, bytes }) => ({ key, field: Buffer.from(key), bytes })),
      cursor: page.cursor,
    };
  }

  async versions(partition: Partition, cursor: string | null) {
    const page = this.#page(partition, cursor);
    const records = page.records.map((it) => ({ ...it, bytes: it.bytes.length }));
    return { records, cursor: page.cursor };
  }

  async list({ prefix, after, limit, nowMs }: ListAsk): Promise<KeyPage> {
    this.#mustAnswer();
    const left = [...this.records.values()]
      .filter(
        ({ key }) => key.startsWith(prefix) && (after === null || compareKeys(key, after) > 0),
      )
      .toSorted((a, b) => compareKeys(a.key, b.key));
    const seen = left.slice(0, limit);
    const keys = seen
      .filter((held) => hasValue(held, nowMs))
      .map(({ key, version: held, bytes }) => ({ key, version: held, bytes: bytes.length }));
    return { keys, upTo: seen.length < left.length ? (seen.at(-1)?.key ?? null) : null };
  }

  async mend(_: Partition, { key, bytes }: DamagedRecord, copy: PackedRecord | null) {
    this.#mustAnswer();
    if (key === null || this.records.get(key)?.bytes.equals(bytes) !== true) return false;
    if (copy === null) this.records.delete(key);
    else this.records.set(key, copy);
    return true;
  }

  /** Changes a byte of the record's value, or, at 0, the first digit of its version. */
  damage(key: Key, at = -5): void {
    const held = this.records.get(key) as PackedRecord;
    const bytes = Buffer.from(held.bytes);
    if (at === 0) bytes.write("f");
    else bytes.writeUInt8((bytes.at(at) as number) ^ 1, bytes.length + at);
    const version = bytes.toString("latin1", 0, VERSION_LENGTH) as Version;
    this.records.set(key, { key, version, bytes });
  }

  #page(partition: Partition, cursor: string | null) {
    this.#mustAnswer();
    const after = this.#inPartition(partition).filter(({ key }) => cursor === null || key > cursor);
    const records = after.slice(0, this.recordsPerPage);
    const isLast = records.length === after.length;
    return { records, cursor: isLast ? null : (records.at(-1)?.key ?? null) };
  }

  async rebuildDigest(partition: Partition): Promise<boolean> {
    this.#mustAnswer();
    return this.wrongSums.delete(partition);
  }

  async release(records: readonly HeldVersion[]): Promise<number> {
    this.#mustAnswer();
    const held = records.filter((it) => this.records.get(it.key)?.version === it.version);
    for (const { key } of held) this.records.delete(key);
    return held.length;
  }

  async purgeable({ partitions, cutoffMs, skip }: PurgeableAsk) {
    this.#mustAnswer();
    const due = [...this.records.values()]
      .map((it) => ({ ...it, bytes: it.bytes.length, absentFromMs: absentFromMs(it) ?? Infinity }))
      .filter((it) => it.absentFromMs <= cutoffMs && partitions.has(partitionOf(it.key)))
      .toSorted((a, b) => a.absentFromMs - b.absentFromMs);
    const end = skip + this.recordsPerPage;
    return { records: due.slice(skip, end), next: end < due.length ? end : null };
  }

  async purge(records: readonly HeldVersion[], cutoffMs: number): Promise<readonly boolean[]> {
    this.#mustAnswer();
    return records.map(({ key, version: wanted }) => {
      const held = this.records.get(key);
      const isDue = held !== undefined && (absentFromMs(held) ?? Infinity) <= cutoffMs;
      return isDue && held.version === wanted && this.records.delete(key);
    });
  }

  #inPartition(partition: Partition): PackedRecord[] {
    return [...this.records.values()]
      .filter(({ key }) => partitionOf(key) === partition)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #mustAnswer(): void {
    if (this.isAway) throw new StoreUnavailable("the map is away");
  }
}
