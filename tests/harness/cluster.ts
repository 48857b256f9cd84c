/**
 * A cluster as a scenario sees it: nodes by name, requests through any of them, and the power to
 * stop what runs. Implemented on the simulated cluster, on local processes and on docker-compose.
 *
 * It translates and decides nothing: which outcome is right is the scenario's business. Time is
 * the cluster's own (`waitUntil`), so that a scenario runs on a simulated clock as on a real one.
 */

/** `node1`, … */
export type NodeName = `node${number}`;
/** The Redis of the node with the same number. */
export type RedisName = `redis${number}`;
export type ProcessName = NodeName | RedisName;

/**
 * What a harness can do beside requests, stop, start and kill of nodes.
 * - `pause`: a node can be frozen and thawed.
 * - `partition`: a node can be cut off from the others and stay reachable for clients.
 * - `stores`: a node's store can be stopped, killed and started apart from the node.
 * - `http`: the doors are the nodes' HTTP interfaces, with the checks that come before the engine.
 * - `redis`: the stores are Redis servers, and can be asked.
 * - `wipe`: a store that is stopped can be emptied, as by a lost disk.
 * - `patience`: minutes of cluster time may pass in a scenario, since they cost next to nothing.
 * - `strangers`: nodes with other settings can be started beside the cluster.
 */
export type Capability =
  | "pause"
  | "partition"
  | "stores"
  | "wipe"
  | "http"
  | "redis"
  | "patience"
  | "strangers";

export interface RequestOptions {
  /** Milliseconds until the answer is wanted. */
  readonly timeoutMs?: number;
}

export interface WriteOptions extends RequestOptions {
  readonly w?: number;
  readonly ttlSeconds?: number;
}

export interface ReadOptions extends RequestOptions {
  readonly r?: number;
}

export interface Receipt {
  readonly version: string;
  readonly partition: number;
  readonly primary: string;
  readonly stored: readonly string[];
  readonly standIns: readonly string[];
  readonly w: number;
  /** Of a put: the key had no value before. */
  readonly created: boolean;
  /** Of a delete: the key had a value before. */
  readonly existed: boolean;
  readonly expiresAtMs: number | null;
}

export interface Found {
  readonly value: string;
  readonly version: string;
}

export interface Location {
  readonly partition: number;
  readonly walk: readonly string[];
  readonly owners: readonly string[];
  /** `version` null: the node answered that it holds no copy. */
  readonly holders: readonly {
    readonly node: string;
    readonly answered: boolean;
    readonly version: string | null;
  }[];
}

export interface Health {
  /** Whether the node says that it serves. False too when it does not answer at all. */
  readonly serves: boolean;
  /** Whether it wants clients: its store answers, and it sees a majority. */
  readonly ready: boolean;
}

export interface Leadership {
  readonly isLeader: boolean;
  /** Null: the node knows of none. */
  readonly leader: string | null;
  readonly term: number;
}

export interface Status {
  readonly state: string;
  /** How often the node has started on its store. */
  readonly incarnation: number;
  readonly recovery: {
    readonly isOver: boolean;
    readonly partitionsLeft: number;
    readonly notCompared: readonly string[];
  };
  readonly members: readonly { readonly node: string; readonly state: string }[];
  readonly records: number;
  readonly foreignRecords: number;
  readonly foreignPartitions: number;
  readonly differingPartitions: number;
  readonly counters: Counters;
}

/** Since the node's start. */
export interface Counters {
  readonly recordsDamaged: number;
  readonly digestsRebuilt: number;
}

/** What the owners hold, compared by their records. */
export interface Verification {
  readonly equal: boolean;
  readonly partitions: number;
  readonly differing: readonly number[];
  readonly notAsked: readonly string[];
  readonly wrongDigests: readonly { readonly node: string; readonly partition: number }[];
  readonly damaged: readonly Damage[];
}

export interface Damage {
  readonly node: string;
  readonly partition: number;
  readonly records: number;
}

export interface ListOptions extends ReadOptions {
  readonly limit?: number;
  /** From the page before. */
  readonly cursor?: string;
  readonly values?: boolean;
}

export interface Listed {
  readonly items: readonly ListedItem[];
  readonly cursor: string | null;
}

export interface ListedItem {
  readonly key: string;
  readonly version: string;
  /** The value's text; null unless values were asked for. */
  readonly value: string | null;
}

export type BatchOperation =
  | { readonly op: "put"; readonly key: string; readonly value: string }
  | { readonly op: "get" | "delete"; readonly key: string };

/** What the operation alone would have been answered; `value` of a get alone. */
export interface BatchResult {
  readonly status: number;
  readonly version: string | null;
  readonly value: string | null;
}

/** What became of the records in a snapshot. */
export interface Restored {
  readonly restored: number;
  readonly skippedOlder: number;
  readonly total: number;
}

/** One node, as its clients see it. All but `health` reject with `Refused`. */
export interface Door {
  put(key: string, value: string, options?: WriteOptions): Promise<Receipt>;
  delete(key: string, options?: WriteOptions): Promise<Receipt>;
  /** Null: the node says that there is no value. */
  get(key: string, options?: ReadOptions): Promise<Found | null>;
  list(prefix: string, options?: ListOptions): Promise<Listed>;
  /** Values are JSON strings, and have no other type than JSON. */
  batch(operations: readonly BatchOperation[]): Promise<readonly BatchResult[]>;
  locate(key: string): Promise<Location>;
  status(): Promise<Status>;
  verify(): Promise<Verification>;
  /** Asks the node to compare with the others, as at its start. Resolves when it has begun. */
  recover(): Promise<void>;
  /** A snapshot of what the node, or the cluster, holds: a file of lines. */
  snapshot(scope: "node" | "cluster"): Promise<string>;
  /** Brings back what is in such a file. */
  restoreFrom(file: string, mode?: "merge" | "overwrite"): Promise<Restored>;
  /** Who leads, as the node's health says. */
  leadership(): Promise<Leadership>;
  /** Never rejects. */
  health(): Promise<Health>;
}

export interface Cluster {
  readonly nodes: readonly NodeName[];
  readonly replicaCount: number;
  /** Differs between runs on data that outlives one, so that runs do not meet in their keys. */
  readonly runId: string;

  at(node: NodeName): Door;

  /** Resolves when the process runs and answers, which may be before the node is ready. */
  start(process: ProcessName): Promise<void>;
  /** Asks it to leave, and resolves when it is gone. */
  stop(process: ProcessName): Promise<void>;
  /** Ends it as a power cut would. */
  kill(process: ProcessName): Promise<void>;
  /** Freezes it: it neither answers nor leaves. */
  pause(process: ProcessName): Promise<void>;
  resume(process: ProcessName): Promise<void>;
  /** Empties the store of a node; both must be stopped. */
  wipe(node: NodeName): Promise<void>;
  /** Cuts a node off from the other members, not from its store. */
  isolate(node: NodeName): Promise<void>;
  heal(node: NodeName): Promise<void>;
  /** What the node's own Redis answers to a command in database 0, like somebody at its console. */
  askRedis(redis: RedisName, ...command: readonly [name: string, ...string[]]): Promise<unknown>;
  /** Starts a node that is not of this cluster. */
  startStranger(settings: StrangerSettings): Promise<Stranger>;
  /** Everything that the node has written to its log so far. */
  log(node: NodeName): Promise<string>;

  /**
   * Asks `problem` again and again until it answers with the empty string, and lets the cluster's
   * time pass in between. Rejects, with what it answered last, when `deadlineMs` have passed. A
   * rejection of `problem` with `Refused` is an answer like others.
   */
  waitUntil(what: string, problem: () => Promise<string>, deadlineMs?: number): Promise<void>;

  /**
   * Lets `ms` of the cluster's time pass: for the rhythm of a load, and for the claim that
   * something does not happen. Whoever waits for something to happen uses `waitUntil`.
   */
  pass(ms: number): Promise<void>;

  /** Brings everything up again that a scenario left stopped, frozen or cut off. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Settings in which a stranger differs from the member whose name it takes. */
export interface StrangerSettings {
  readonly name: NodeName;
  readonly members?: readonly NodeName[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stranger {
  readonly health: () => Promise<Health>;
  readonly close: () => Promise<void>;
}

/** The node's answer is no, or there was none. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** As in the problem document; `no_answer` when none came. */
  readonly code: string;
  readonly outcome: "not-applied" | "unknown";

  constructor(code: string, outcome: "not-applied" | "unknown", detail: string) {
    super(`${code} (${outcome}): ${detail}`);
    this.code = code;
    this.outcome = outcome;
  }
}

/** `redis2` for `node2`. */
export function redisOf(node: NodeName): RedisName {
  return node.replace("node", "redis") as RedisName;
}

export function isRedis(process: ProcessName): process is RedisName {
  return process.startsWith("redis");
}
