/** A node that keeps its records in a map, and notes what it was asked. */

import { Access, parseEntries } from "@ringkv/access";
import {
  buildRing,
  compareKeys,
  type Key,
  KvError,
  type KvRecord,
  type MemberState,
  type NodeId,
  type PackedRecord,
  type Partition,
  packRecord,
  partitionOf,
  type Version,
  versionAt,
} from "@ringkv/core";
import {
  type BatchCommand,
  type BatchResult,
  Counters,
  Durations,
  Failed,
  type Fault,
  type Leadership,
  type ListCommand,
  type Listed,
  Load,
  type NodeStatus,
  type ReadCommand,
  type ReadResult,
  type RecoveryProgress,
  type RestoreCommand,
  RestoreFailed,
  type RestoreReport,
  type RestoreSource,
  type Snapshot,
  type SnapshotCommand,
  Tallies,
  Traffic,
  type WriteCommand,
  type WriteReceipt,
} from "@ringkv/engine";
import { type ApiDeps, type ApiOptions, Cursors, createApi } from "../src/index.js";
import { checkAnswers } from "./checked-answers.js";

const PRIMARY = "node2" as NodeId;
const WALK = [PRIMARY, "node3" as NodeId, "node1" as NodeId];

/** What the fake's wall clock says for ever; the other one moves when it is told to. */
export const NOW_MS = 1_732_100_000_000;

export const SECRET = "a secret of the cluster";

export const DEFAULTS: ApiOptions = {
  version: "1.2.3",
  httpPort: 8_001,
  replicaCount: 2,
  valueBytesMax: 1_024,
  restoreBytesMax: 1_000_000,
};

/** What a test may change: options of the API, and how much the node takes at once. */
export interface Changes extends Partial<ApiOptions> {
  readonly inFlightMax?: number;
  readonly inFlightBytesMax?: number;
  readonly scheduledSnapshots?: ApiDeps["scheduledSnapshots"];
  /** The entries of tokens; absent: none are set. */
  readonly tokens?: string;
}

export class FakeNode {
  readonly records = new Map<Key, KvRecord>();
  readonly writes: WriteCommand[] = [];
  readonly reads: ReadCommand[] = [];
  readonly lists: ListCommand[] = [];
  readonly batches: BatchCommand[] = [];
  checks = [
    { check: "redis", ok: true },
    { check: "state", ok: true },
    { check: "majority", ok: true },
  ];
  led: Leadership = { isLeader: false, leader: PRIMARY, term: 7 };
  durability: NodeStatus["durability"] = "always";
  notifications: NodeStatus["notifications"] = null;
  notices: ApiDeps["node"]["notices"] = null;
  state: MemberState = "up";
  recoveries = 0;
  readonly snapshots: SnapshotCommand[] = [];
  readonly restores: RestoreCommand[] = [];
  readonly restored: PackedRecord[] = [];
  /** What a snapshot gives: all records at once, unless a test says otherwise. */
  recordBatches: () => AsyncGenerator<readonly PackedRecord[], void> = async function* (
    this: FakeNode,
  ) {
    yield [...this.records.values()].map(packRecord);
  };
  /** What reads and writes do instead of answering. */
  failure: (() => Promise<never>) | null = null;

  async write(command: WriteCommand): Promise<WriteReceipt> {
    if (this.failure !== null) return this.failure();
    this.writes.push(command);
    const { key, value, contentType, expiresAtMs, w } = command;
    const version: Version = versionAt({ ms: NOW_MS, counter: this.writes.length }, 0x1a1b);
    const hadValue = (this.records.get(key)?.value ?? null) !== null;
    this.records.set(key, { key, version, value, contentType, expiresAtMs });
    const partition = partitionOf(key);
    const stored = WALK.slice(0, 2);
    const place = { key, version, partition, primary: PRIMARY, walk: WALK };
    const answers = stored.map((node) => ({ node, answer: "stored", version, afterMs: 1.23456 }));
    return { ...place, stored, standIns: [], w: w ?? 2, hadValue, expiresAtMs, answers };
  }

  async read(command: ReadCommand): Promise<ReadResult> {
    if (this.failure !== null) return this.failure();
    this.reads.push(command);
    const { key } = command;
    const held = this.records.get(key) ?? null;
    const record = held === null || held.value === null ? null : { ...held, value: held.value };
    const version = held?.version ?? null;
    const answer = held === null ? "absent" : "found";
    const answers = [{ node: PRIMARY, answer, version, afterMs: 0.5 }];
    return { key, record, partition: partitionOf(key), walk: WALK, answers };
  }

  async list(command: ListCommand): Promise<Listed> {
    if (this.failure !== null) return this.failure();
    this.lists.push(command);
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

  async locate(key: Key) {
    const state = "up" as const;
    const holders = WALK.map((node) => ({ node, state, version: null, answered: true }));
    return { key, partition: partitionOf(key), walk: WALK, owners: WALK.slice(0, 2), holders };
  }

  async verify() {
    const wrongDigests = [{ node: PRIMARY, partition: 9 as Partition }];
    const differing = [7 as Partition];
    const damaged = [{ node: PRIMARY, partition: 7 as Partition, records: 2 }];
    return { equal: false, partitions: 1_024, differing, notAsked: [], wrongDigests, damaged };
  }

  readonly stateOf = () => this.state;

  recover(): RecoveryProgress {
    this.recoveries++;
    return { ...RECOVERED, isOver: false, partitionsLeft: 683, notCompared: ["node2" as NodeId] };
  }

  async snapshot(command: SnapshotCommand): Promise<Snapshot> {
    if (this.failure !== null) return this.failure();
    this.snapshots.push(command);
    const taken = { node: "node1" as NodeId, clusterId: "test", takenAtMs: NOW_MS };
    return { ...command, ...taken, batches: this.recordBatches() };
  }

  async restore(source: RestoreSource, command: RestoreCommand): Promise<RestoreReport> {
    this.restores.push(command);
    const counts = () => ({ skippedOlder: 0, skippedExpired: 0, total: this.restored.length });
    try {
      for await (const records of source) {
        if (this.failure !== null) await this.failure();
        this.restored.push(...records);
      }
    } catch (thrown) {
      if (!(thrown instanceof KvError)) throw thrown;
      const report = { restored: this.restored.length, ...counts() };
      throw new RestoreFailed(thrown, report, "unknown");
    }
    return { restored: this.restored.length, ...counts() };
  }

  leadership() {
    return this.led;
  }

  readiness() {
    return this.checks;
  }

  async status(): Promise<NodeStatus> {
    const counters = new Counters();
    return {
      node: "node1" as NodeId,
      state: "up",
      incarnation: 3,
      members: [],
      storeAnswers: true,
      durability: this.durability,
      records: this.records.size,
      partitions: { owned: 1, foreign: 0, differing: 0 },
      foreignRecords: 0,
      counters: counters.values,
      traffic: new Traffic({ clock: { monotonicMs: () => 0 }, counters }).values,
      owed: {},
      recovery: RECOVERED,
      notifications: this.notifications,
    };
  }

  /** What members were told to do in drills. */
  readonly inflicted: { readonly node: NodeId; readonly fault: Fault }[] = [];

  readonly inquiries = {
    reports: async () => [
      { node: "node1" as NodeId, status: await this.status() },
      { node: PRIMARY, status: null },
    ],
    inflict: async (node: NodeId, fault: Fault) => void this.inflicted.push({ node, fault }),
  };

  textOf(key: string): string | null {
    const value = this.records.get(key as Key)?.value ?? null;
    return value === null ? null : Buffer.from(value).toString();
  }
}

const RECOVERED: RecoveryProgress = {
  isOver: true,
  partitionsLeft: 0,
  recordsLeft: 0,
  recordsCopied: 0,
  bytesCopied: 0,
  secondsLeft: null,
  notCompared: [],
};

type Held = Partial<Omit<KvRecord, "key">> & { readonly key: string };

/** Puts a record in place without asking the API. */
export function hold(node: FakeNode, record: Held): Version {
  const key = record.key as Key;
  const version = versionAt({ ms: NOW_MS, counter: 0 }, 0x1a1b);
  const value = Buffer.from("v");
  node.records.set(key, { version, value, contentType: "", expiresAtMs: null, ...record, key });
  return version;
}

export interface Logged {
  readonly fields: object;
  readonly message: string;
}

type Operator = ApiDeps["operator"];

const OPERATOR: Operator = {
  ring: buildRing([...WALK]),
  urls: new Map([["node1" as NodeId, "http://127.0.0.1:8001"]]),
  origins: new Set(["http://127.0.0.1:8002"]),
  pagesFolder: "packages/dashboard/nothing-here",
  activeFaults: null,
  drain: () => {},
};

/** The clock stands still: who sleeps is woken by the signal only. */
function sleep(_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal)));
}

/**
 * The API on a fake node, each of whose answers is held against the OpenAPI document; `logged`
 * collects what it reports as an error.
 */
export function openApi(changes: Changes = {}, operator: Partial<Operator> = {}) {
  const { inFlightMax = 100, inFlightBytesMax = 1_000_000, ...others } = changes;
  const { scheduledSnapshots = null, tokens, ...changed } = others;
  const node = new FakeNode();
  const logged: Logged[] = [];
  const ignore = () => {};
  const queue = { name: "replication", counts: async () => ({ waiting: 0 }) };
  let monotonicMs = 0;
  const clock = { wallMs: () => NOW_MS, monotonicMs: () => monotonicMs, sleep };
  const passes = (ms: number) => {
    monotonicMs += ms;
  };
  const access = tokens === undefined ? null : new Access(parseEntries(tokens).entries, clock);
  const durations = {
    store: new Durations(clock),
    peers: new Durations(clock),
    grpc: new Durations(clock),
  };
  const peerFailures = new Tallies();
  const options = { ...DEFAULTS, ...changed };
  const deps: ApiDeps = {
    node,
    scheduledSnapshots,
    queues: [queue],
    cursors: new Cursors(SECRET),
    self: "node1" as NodeId,
    access,
    clock,
    operator: { ...OPERATOR, ...operator },
    log: {
      info: ignore,
      warn: ignore,
      error: (fields, message) => void logged.push({ fields, message }),
    },
    durations,
    peerFailures,
    load: new Load({ requestsMax: inFlightMax, bytesMax: inFlightBytesMax }),
    options,
  };
  const app = createApi(deps);
  checkAnswers(app, options);
  return { node, access, queue, logged, app, durations, peerFailures, passes };
}
