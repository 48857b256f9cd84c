/** A node that keeps its records in a map, and notes what it was asked. */

import {
  compareKeys,
  type Key,
  KvError,
  type KvRecord,
  type MemberState,
  type NodeId,
  type PackedRecord,
  packRecord,
  partitionOf,
  unpackRecord,
  type Version,
  versionAt,
} from "@ringkv/core";
import {
  type BatchCommand,
  type BatchResult,
  Counters,
  Failed,
  type Leadership,
  type ListCommand,
  type Listed,
  type Location,
  type NodeStatus,
  type ReadCommand,
  type ReadResult,
  type RestoreCommand,
  RestoreFailed,
  type RestoreReport,
  type RestoreSource,
  type Snapshot,
  type SnapshotCommand,
  type StateChange,
  Traffic,
  type WriteCommand,
  type WriteReceipt,
} from "@ringkv/engine";

/** When the fake's clock starts, for versions. */
export const NOW_MS = 1_732_100_000_000;

export const MEMBERS = ["node1", "node2", "node3"] as NodeId[];

const [SELF, PRIMARY, THIRD] = MEMBERS as [NodeId, NodeId, NodeId];
const WALK = [PRIMARY, THIRD, SELF];

export class FakeNode {
  readonly records = new Map<Key, KvRecord>();
  readonly writes: WriteCommand[] = [];
  readonly reads: ReadCommand[] = [];
  readonly lists: ListCommand[] = [];
  readonly batches: BatchCommand[] = [];
  readonly restores: RestoreCommand[] = [];
  /** How many snapshots are being read. */
  snapshotsOpen = 0;
  readonly states = new Map<NodeId, MemberState>(MEMBERS.map((node) => [node, "up"]));
  readonly listeners = new Set<StateChange>();
  isReady = true;
  /** Resolves when clients that do nothing have done so for too long. */
  impatience: Promise<void> = new Promise(() => {});
  isClockFixed = false;
  led: Leadership = { isLeader: false, leader: PRIMARY, term: 7 };
  /** What reads and writes do first. */
  before: () => Promise<void> = async () => {};

  async write(command: WriteCommand): Promise<WriteReceipt> {
    this.writes.push(command);
    await this.before();
    const { key, value, contentType, expiresAtMs, w } = command;
    const version: Version = versionAt({ ms: NOW_MS, counter: this.writes.length }, 0x1a1b);
    const hadValue = (this.records.get(key)?.value ?? null) !== null;
    this.records.set(key, { key, version, value, contentType, expiresAtMs });
    const place = { key, version, partition: partitionOf(key), primary: PRIMARY, walk: WALK };
    const stored = [PRIMARY, SELF];
    const answers = stored.map((node) => ({ node, answer: "stored", version, afterMs: 1 }));
    return { ...place, stored, standIns: [SELF], w: w ?? 2, hadValue, expiresAtMs, answers };
  }

  async read(command: ReadCommand): Promise<ReadResult> {
    this.reads.push(command);
    await this.before();
    const { key } = command;
    const held = this.records.get(key) ?? null;
    const record = held === null || held.value === null ? null : { ...held, value: held.value };
    return { key, record, partition: partitionOf(key), walk: WALK, answers: [] };
  }

  async list(command: ListCommand): Promise<Listed> {
    this.lists.push(command);
    await this.before();
    const { prefix, after, limit, values } = command;
    const left = [...this.records.values()]
      .filter(({ key, value }) => key.startsWith(prefix) && value !== null)
      .filter(({ key }) => after === null || compareKeys(key, after) > 0)
      .toSorted((a, b) => compareKeys(a.key, b.key));
    const items = left.slice(0, limit).map((held) => {
      const record = values ? { ...held, value: held.value as Uint8Array } : null;
      return { key: held.key, version: held.version, record };
    });
    return { items, next: items.length < left.length ? (items.at(-1)?.key ?? null) : null };
  }

  /** One after the other; an operation that fails does not end the batch. */
  async batch(command: BatchCommand): Promise<BatchResult[]> {
    this.batches.push(command);
    const { w, r, timeoutMs } = command;
    const results: BatchResult[] = [];
    for (const operation of command.operations) {
      const result: Promise<BatchResult> =
        operation.kind === "write"
          ? this.write({ ...operation.command, w, timeoutMs })
          : this.read({ key: operation.key, r, timeoutMs }).then(({ key, record }) => {
              return { key, version: record?.version ?? null, record };
            });
      results.push(await result.catch((thrown: unknown) => new Failed(thrown)));
    }
    return results;
  }

  async snapshot({ scope, prefix }: SnapshotCommand): Promise<Snapshot> {
    const batches = this.#batches([...this.records.values()]);
    return { scope, prefix, node: SELF, clusterId: "test", takenAtMs: NOW_MS, batches };
  }

  async *#batches(records: readonly KvRecord[]): Snapshot["batches"] {
    this.snapshotsOpen++;
    try {
      for (const record of records) {
        await this.before();
        yield [packRecord(record)];
      }
    } finally {
      this.snapshotsOpen--;
    }
  }

  /** Keeps what is newer, and says how far it got. */
  async restore(source: RestoreSource, command: RestoreCommand): Promise<RestoreReport> {
    this.restores.push(command);
    const report = { restored: 0, skippedOlder: 0, skippedExpired: 0, total: 0 };
    try {
      for await (const records of source) {
        await this.before();
        for (const record of records) {
          report.total++;
          if (this.#isNews(record)) report.restored++;
          else report.skippedOlder++;
          if (!command.dryRun) this.records.set(record.key, unpackRecord(record));
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof KvError)) throw thrown;
      throw new RestoreFailed(thrown, report, report.total > 0 ? "unknown" : "not-applied");
    }
    return report;
  }

  #isNews({ key, version }: PackedRecord): boolean {
    return version > (this.records.get(key)?.version ?? "");
  }

  async locate(key: Key): Promise<Location> {
    const version = this.records.get(key)?.version ?? null;
    const holders = WALK.map((node) => ({ node, state: this.stateOf(node), answered: true }));
    return {
      key,
      partition: partitionOf(key),
      walk: WALK,
      owners: WALK.slice(0, 2),
      holders: holders.map((it) => ({ ...it, version: it.node === SELF ? null : version })),
    };
  }

  readonly stateOf = (node: NodeId): MemberState => this.states.get(node) ?? "down";

  watchMembers(listener: StateChange): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A member's state changes, and everybody who watches hears of it. */
  change(node: NodeId, to: MemberState): void {
    const from = this.stateOf(node);
    this.states.set(node, to);
    for (const listener of this.listeners) listener(node, from, to);
  }

  leadership(): Leadership {
    return this.led;
  }

  readiness() {
    return [{ check: "state", ok: this.isReady }];
  }

  async status(): Promise<NodeStatus> {
    const counters = new Counters();
    return {
      node: SELF,
      state: this.stateOf(SELF),
      incarnation: 3,
      members: [
        { node: SELF, state: "up", heardAgoMs: 0, incarnation: 3 },
        { node: PRIMARY, state: "suspect", heardAgoMs: 1_500, incarnation: 1 },
        { node: THIRD, state: "down", heardAgoMs: null, incarnation: null },
      ],
      storeAnswers: true,
      durability: "always",
      records: this.records.size,
      partitions: { owned: 4, foreign: 2, differing: 1 },
      foreignRecords: 5,
      counters: counters.values,
      traffic: new Traffic({ clock: { monotonicMs: () => 0 }, counters }).values,
      owed: {},
      recovery: {
        isOver: true,
        partitionsLeft: 0,
        recordsLeft: 0,
        recordsCopied: 2 ** 40,
        bytesCopied: 0,
        secondsLeft: null,
        notCompared: [],
      },
    };
  }

  textOf(key: string): string | null {
    const value = this.records.get(key as Key)?.value ?? null;
    return value === null ? null : Buffer.from(value).toString();
  }
}
