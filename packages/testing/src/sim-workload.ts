/**
 * The clients of a simulated cluster: each does one thing after the other, on any node, and writes
 * down what it did and what it was told. Nobody repeats a request.
 */

import {
  type Key,
  KvError,
  type NodeId,
  partitionOf,
  type Ring,
  type Version,
  walkOf,
} from "@ringkv/core";
import type { ReadResult, WriteCommand, WriteReceipt } from "@ringkv/engine";
import type {
  History,
  ListOperation,
  OperationOutcome,
  ReadOperation,
  WriteOperation,
} from "./history.js";
import type { Prng } from "./prng.js";
import { type Batched, doTogether, type ListAsk, walkThroughKeys } from "./sim-bulk.js";
import type { Running, SimCluster } from "./sim-cluster.js";
import type { Timeline } from "./sim-timeline.js";
import type { Mix } from "./sim-weather.js";
import type { Witness } from "./witness.js";

export interface SimWorkloadDeps {
  readonly cluster: SimCluster;
  readonly ring: Ring;
  readonly timeline: Timeline;
  readonly prng: Prng;
  readonly witness: Witness;
  readonly history: History;
  readonly readQuorum: number;
  readonly keys: readonly Key[];
  readonly plan: WorkloadPlan;
  readonly bulk: BulkPlan;
  readonly trace: ((key: Key, text: string) => void) | null;
}

export interface WorkloadPlan {
  readonly clients: number;
  readonly operations: number;
  readonly thinkMs: number;
  readonly writeRate: number;
  readonly deleteRate: number;
  readonly expiryRate: number;
  /** Share of requests that go to the node that started last: it knows the least. */
  readonly newcomerRate: number;
  /** Whether each key is written by one client only. */
  readonly isSingleWriter: boolean;
}

/** Batches and listings are drawn apart, so that they shift nobody else's draws. */
export interface BulkPlan {
  readonly prng: Prng;
  /** Share of what clients do. */
  readonly rate: number;
}

export function drawBulkPlan(prng: Prng): BulkPlan {
  return { prng, rate: prng.chance(0.5) ? prng.between(0.1, 0.4) : 0 };
}

export function drawWorkloadPlan(prng: Prng, mix: Mix): WorkloadPlan {
  const plan = drawBroadPlan(prng);
  if (mix === "broad") return plan;
  return { ...plan, ...(mix === "restarts" ? HAMMERING : DELETING) };
}

/** About a minute, in which keys are left alone for long enough to be purged. */
const DELETING = {
  clients: 3,
  operations: 200,
  thinkMs: 900,
  writeRate: 0.6,
  deleteRate: 0.5,
  expiryRate: 0.3,
};
const HAMMERING = { operations: 1_500, thinkMs: 10, newcomerRate: 0.5 };

function drawBroadPlan(prng: Prng): WorkloadPlan {
  return {
    clients: 3 + prng.below(4),
    operations: 150 + prng.below(200),
    thinkMs: THINK_MS_MIN * (THINK_MS_MAX / THINK_MS_MIN) ** prng.unit(),
    writeRate: prng.between(0.4, 0.8),
    deleteRate: prng.between(0.1, 0.4),
    expiryRate: prng.chance(0.5) ? prng.between(0.05, 0.3) : 0,
    newcomerRate: prng.chance(0.4) ? prng.between(0.2, 0.7) : 0,
    isSingleWriter: prng.chance(0.5),
  };
}

/** From clients that hammer, so that writes meet, to clients that outlast whole outages. */
const THINK_MS_MIN = 5;
const THINK_MS_MAX = 500;
export const PATIENCE_MS = 6_000;
const EXPIRY_MS_MIN = 200;
const EXPIRY_MS_MAX = 15_000;
const LIST_SHARE = 0.3;
const BATCH_MAX = 6;

export class SimWorkload {
  readonly #deps: SimWorkloadDeps;
  #issued = 0;
  #nextId = 1;

  constructor(deps: SimWorkloadDeps) {
    this.#deps = deps;
  }

  /** Resolves when all clients have done their share. */
  async run(): Promise<void> {
    const { plan } = this.#deps;
    await Promise.all(Array.from({ length: plan.clients }, (_, client) => this.#client(client)));
  }

  /** Resolves when the operation has been answered, whatever the answer. Null: the node is dead. */
  async write(node: NodeId, key: Key, value: WriteValue): Promise<WriteOperation | null> {
    const { cluster } = this.#deps;
    const running = cluster.runOf(node);
    if (running === null) return null;
    const { operation, command } = this.beginWrite(running, key, value);
    try {
      const receipt = await cluster.call(running, PATIENCE_MS, (it) => it.write(command));
      this.wrote(operation, receipt);
    } catch (thrown) {
      this.end(operation, outcomeOf(thrown));
    }
    return operation;
  }

  async read(node: NodeId, key: Key, ask: ReadAsk): Promise<ReadOperation | null> {
    const { cluster } = this.#deps;
    const running = cluster.runOf(node);
    if (running === null) return null;
    const operation = this.beginRead(running, key, ask);
    const command = { key, r: ask.r, timeoutMs: null };
    try {
      const { record, answers } = await cluster.call(running, PATIENCE_MS, (it) =>
        it.read(command),
      );
      const version = record?.version ?? newestOf(answers.map((answer) => answer.version));
      this.wasRead(operation, { record, version }, running);
    } catch (thrown) {
      this.end(operation, outcomeOf(thrown));
    }
    return operation;
  }

  beginWrite({ process, clock }: Running, key: Key, value: WriteValue): BegunWrite {
    const { witness, history, trace } = this.#deps;
    const { node } = process;
    const id = this.#nextId++;
    const text = value === "delete" ? null : `${key}=${id}`;
    const expiresAtMs =
      value === "delete" || value.ttlMs === null ? null : clock.wallMs() + value.ttlMs;
    const clocksHeard = witness.clocksHeardBy(node);
    const operation: WriteOperation = {
      ...this.#begun(id, key, node),
      value: text,
      expiresAtMs,
      clocksHeard,
      version: null,
      stored: [],
    };
    history.writes.push(operation);
    trace?.(key, `client: #${id} writes ${text ?? "a deletion"} via ${node}`);
    const command = {
      key,
      value: text === null ? null : Buffer.from(text),
      contentType: "",
      expiresAtMs,
      w: null,
      timeoutMs: null,
    };
    return { operation, command };
  }

  wrote(operation: WriteOperation, { key, version, stored, w }: WriteReceipt): void {
    this.end(operation, "ok");
    operation.version = version;
    operation.stored = stored;
    this.#deps.witness.acknowledged({ key, version, stored, needed: w });
  }

  beginRead({ process }: Running, key: Key, ask: ReadAsk): ReadOperation {
    const { history, readQuorum, trace } = this.#deps;
    const { node } = process;
    const operation: ReadOperation = {
      ...this.#begun(this.#nextId++, key, node),
      r: ask.r ?? readQuorum,
      isFinal: ask.isFinal,
      value: null,
      version: null,
      wallMs: 0,
      ownersWithout: 0,
      someHeldAbsence: false,
    };
    history.reads.push(operation);
    trace?.(key, `client: #${operation.id} reads via ${node} at r=${operation.r}`);
    return operation;
  }

  /** What was read, and what the disks say about it. */
  wasRead(operation: ReadOperation, { record, version }: Seen, { clock }: Running): void {
    const { witness, ring, history, cluster, trace } = this.#deps;
    this.end(operation, "ok");
    const { key, invokedAtMs } = operation;
    operation.value = record === null ? null : Buffer.from(record.value).toString();
    operation.wallMs = clock.wallMs();
    operation.version = version;
    trace?.(key, `client: #${operation.id} reads ${operation.value}, ${operation.version}`);
    if (operation.value !== null) return;
    const owners = walkOf(ring, partitionOf(key)).slice(0, history.replicaCount);
    for (const node of cluster.members) {
      const lacked = witness.diskOf(node).lackedValueSince(key, invokedAtMs, operation.wallMs);
      if (lacked === "absence") operation.someHeldAbsence = true;
      if (lacked !== "never" && owners.includes(node)) operation.ownersWithout++;
    }
  }

  end(operation: WriteOperation | ReadOperation, outcome: OperationOutcome): void {
    operation.respondedAtMs = this.#deps.timeline.nowMs;
    operation.outcome = outcome;
    this.#deps.trace?.(
      operation.key,
      `client: #${operation.id} via ${operation.node} is ${outcome}`,
    );
  }

  /** Walks through all keys, page by page; the pages are asked for via `nodes` in turn. */
  list(nodes: readonly NodeId[], ask: ListAsk): Promise<ListOperation | null> {
    return walkThroughKeys(nodes, ask, { ...this.#deps, nextId: () => this.#nextId++ });
  }

  async #client(client: number): Promise<void> {
    const { plan, prng } = this.#deps;
    while (this.#issued < plan.operations) {
      this.#issued++;
      await this.#one(client);
      await this.#pause(prng.exponential(plan.thinkMs));
    }
  }

  async #one(client: number): Promise<void> {
    const { plan, prng, cluster, keys, history, bulk } = this.#deps;
    if (bulk.prng.chance(bulk.rate)) return this.#many(client);
    const asksNewcomer = prng.chance(plan.newcomerRate);
    const node = asksNewcomer ? cluster.newcomer : prng.pick(cluster.members);
    if (!prng.chance(plan.writeRate)) {
      const r = prng.chance(0.1) ? history.replicaCount : null;
      await this.read(node, prng.pick(keys), { r, isFinal: false });
      return;
    }
    const mine = this.#keysOf(client);
    if (mine.length === 0) return;
    const key = prng.pick(mine);
    if (prng.chance(plan.deleteRate)) {
      await this.write(node, key, "delete");
      return;
    }
    const ttlMs = prng.chance(plan.expiryRate) ? prng.between(EXPIRY_MS_MIN, EXPIRY_MS_MAX) : null;
    await this.write(node, key, { ttlMs: ttlMs === null ? null : Math.floor(ttlMs) });
  }

  /** A batch, or a walk through all keys. */
  async #many(client: number): Promise<void> {
    const { plan, bulk, cluster, keys } = this.#deps;
    const { prng } = bulk;
    if (prng.chance(LIST_SHARE)) {
      const nodes = [prng.pick(cluster.members), prng.pick(cluster.members)];
      const limit = 1 + prng.below(keys.length);
      await this.list(nodes, { limit, values: prng.chance(0.5), r: null, isFinal: false });
      return;
    }
    const mine = this.#keysOf(client);
    const operations = Array.from({ length: 1 + prng.below(BATCH_MAX) }, (): Batched => {
      const isRead = mine.length === 0 || !prng.chance(plan.writeRate);
      if (isRead) return { key: prng.pick(keys), value: null };
      const key = prng.pick(mine);
      if (prng.chance(plan.deleteRate)) return { key, value: "delete" };
      const ttlMs = prng.chance(plan.expiryRate) ? prng.between(EXPIRY_MS_MIN, EXPIRY_MS_MAX) : 0;
      return { key, value: { ttlMs: ttlMs === 0 ? null : Math.floor(ttlMs) } };
    });
    const running = cluster.runOf(prng.pick(cluster.members));
    if (running === null) return;
    await doTogether(operations, running, { ...this.#deps, workload: this });
  }

  #keysOf(client: number): readonly Key[] {
    const { plan, keys } = this.#deps;
    if (!plan.isSingleWriter) return keys;
    return keys.filter((_, index) => index % plan.clients === client);
  }

  #begun(id: number, key: Key, node: NodeId) {
    const invokedAtMs = this.#deps.timeline.nowMs;
    return { id, key, node, invokedAtMs, respondedAtMs: null, outcome: "unknown" as const };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#deps.timeline.at(ms, resolve);
    });
  }
}

/** A deletion, or a value that is kept for `ttlMs`; null: for ever. */
export type WriteValue = "delete" | { readonly ttlMs: number | null };

interface BegunWrite {
  readonly operation: WriteOperation;
  readonly command: WriteCommand;
}

export type Seen = Pick<ReadResult, "record"> & { readonly version: Version | null };

export interface ReadAsk {
  readonly r: number | null;
  readonly isFinal: boolean;
}

export function outcomeOf(thrown: unknown): OperationOutcome {
  if (thrown instanceof KvError) return thrown.outcome === "not-applied" ? "refused" : "unknown";
  if (thrown instanceof Error && thrown.name === "ConnectionLost") return "unknown";
  throw thrown;
}

function newestOf(versions: readonly (Version | null)[]): Version | null {
  return versions.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}
