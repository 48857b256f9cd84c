/** A simulated node as a `Door`: what the HTTP interface would make of the engine's answers. */

import { createHash } from "node:crypto";
import { type Key, KvError, type NodeId, SnapshotReader, SnapshotWriter } from "@ringkv/core";
import {
  type BatchResult as EngineResult,
  Failed,
  type Node,
  type WriteCommand,
  type WriteReceipt,
} from "@ringkv/engine";
import { ConnectionLost, type Running, type SimCluster } from "@ringkv/testing";
import {
  type BatchOperation,
  type BatchResult,
  type Door,
  type Found,
  type Health,
  type Leadership,
  type Listed,
  type ListOptions,
  type Location,
  type ReadOptions,
  type Receipt,
  Refused,
  type Restored,
  type Status,
  type Verification,
  type WriteOptions,
} from "./cluster.js";

const PATIENCE_MS = 7_000;
const READ_BYTES_MAX = 16 * 1_024 * 1_024;
const PROBE_PATIENCE_MS = 1_000;
const VERIFY_PATIENCE_MS = 30_000;
const NOT_READY: Health = { serves: false, ready: false };

export interface SimDoorDeps {
  readonly cluster: SimCluster;
  /** Lets simulated time pass until the call has settled. */
  readonly drive: <T>(call: Promise<T>) => Promise<T>;
}

export class SimDoor implements Door {
  readonly #node: NodeId;
  readonly #deps: SimDoorDeps;

  constructor(node: NodeId, deps: SimDoorDeps) {
    this.#node = node;
    this.#deps = deps;
  }

  put(key: string, value: string, options: WriteOptions = {}): Promise<Receipt> {
    return this.#write(key, Buffer.from(value), options);
  }

  delete(key: string, options: WriteOptions = {}): Promise<Receipt> {
    return this.#write(key, null, options);
  }

  async get(key: string, { r, timeoutMs }: ReadOptions = {}): Promise<Found | null> {
    const command = { key: key as Key, r: r ?? null, timeoutMs: timeoutMs ?? null };
    const { record } = await this.#ask((node) => node.read(command));
    if (record === null) return null;
    return { value: textOf(record), version: record.version };
  }

  /** The cursor is the key itself: sealing it is the HTTP interface's business. */
  async list(prefix: string, options: ListOptions = {}): Promise<Listed> {
    const { limit = 100, cursor, values = false, r, timeoutMs } = options;
    const after = (cursor ?? null) as Key | null;
    const command = { prefix, after, limit, values, r: r ?? null, timeoutMs: timeoutMs ?? null };
    const { items, next } = await this.#ask((node) => node.list(command));
    const shown = items.map(({ key, version, record }) => {
      return { key, version, value: record === null ? null : textOf(record) };
    });
    return { items: shown, cursor: next };
  }

  async batch(operations: readonly BatchOperation[]): Promise<readonly BatchResult[]> {
    const command = {
      operations: operations.map((operation) =>
        operation.op === "get"
          ? { kind: "read" as const, key: operation.key as Key }
          : { kind: "write" as const, command: commandOf(operation) },
      ),
      w: null,
      r: null,
      timeoutMs: null,
      readBytesMax: READ_BYTES_MAX,
    };
    return (await this.#ask((node) => node.batch(command))).map(resultOf);
  }

  locate(key: string): Promise<Location> {
    return this.#ask((node) => node.locate(key as Key));
  }

  async status(): Promise<Status> {
    const status = await this.#ask((node) => node.status());
    const { foreign, differing } = status.partitions;
    return { ...status, foreignPartitions: foreign, differingPartitions: differing };
  }

  verify(): Promise<Verification> {
    return this.#ask((node) => node.verify(), VERIFY_PATIENCE_MS);
  }

  async recover(): Promise<void> {
    await this.#ask(async (node) => node.recover());
  }

  snapshot(scope: "node" | "cluster"): Promise<string> {
    return this.#ask(async (node, { clock }) => {
      const writer = new SnapshotWriter("ndjson", createHash("sha256"));
      const { batches, ...head } = await node.snapshot({ scope, prefix: "" });
      const parts = [writer.begin(head)];
      for await (const batch of batches) parts.push(writer.records(batch));
      parts.push(writer.end(Math.floor(clock.wallMs())));
      return Buffer.concat(parts).toString();
    }, VERIFY_PATIENCE_MS);
  }

  restoreFrom(file: string, mode: "merge" | "overwrite" = "merge"): Promise<Restored> {
    const sha256 = createHash("sha256");
    const reader = new SnapshotReader({ form: "ndjson", sha256, valueBytesMax: 1 << 20 });
    const records = reader.push(Buffer.from(file));
    reader.end();
    async function* source() {
      for (let from = 0; from < records.length; from += 20) yield records.slice(from, from + 20);
    }
    const command = { mode, dryRun: false };
    return this.#ask((node) => node.restore(source(), command), VERIFY_PATIENCE_MS);
  }

  leadership(): Promise<Leadership> {
    return this.#ask(async (node) => node.leadership(), PROBE_PATIENCE_MS);
  }

  async health(): Promise<Health> {
    try {
      const checks = await this.#ask(async (node) => node.readiness(), PROBE_PATIENCE_MS);
      const holds = (name: string) => checks.some(({ check, ok }) => check === name && ok);
      const serves = holds("redis") && holds("state");
      return { serves, ready: serves && holds("majority") };
    } catch {
      return NOT_READY;
    }
  }

  async #write(key: string, value: Buffer | null, options: WriteOptions): Promise<Receipt> {
    const { w, ttlSeconds, timeoutMs } = options;
    const receipt = await this.#ask((node, { clock }) =>
      node.write({
        key: key as Key,
        value,
        contentType: "text/plain",
        expiresAtMs: ttlSeconds === undefined ? null : clock.wallMs() + 1_000 * ttlSeconds,
        w: w ?? null,
        timeoutMs: timeoutMs ?? null,
      }),
    );
    return receiptOf(receipt, value === null);
  }

  async #ask<T>(
    ask: (node: Node, running: Running) => Promise<T>,
    patienceMs: number = PATIENCE_MS,
  ): Promise<T> {
    const { cluster, drive } = this.#deps;
    const running = cluster.runOf(this.#node);
    if (running === null)
      throw new Refused("no_answer", "not-applied", `${this.#node} does not run`);
    try {
      return await drive(cluster.call(running, patienceMs, (node) => ask(node, running)));
    } catch (thrown) {
      if (thrown instanceof ConnectionLost)
        throw new Refused("no_answer", "unknown", `${this.#node} did not answer`);
      if (thrown instanceof KvError) throw new Refused(thrown.code, thrown.outcome, thrown.message);
      throw thrown;
    }
  }
}

function receiptOf({ hadValue, ...receipt }: WriteReceipt, isDeletion: boolean): Receipt {
  return { ...receipt, created: !isDeletion && !hadValue, existed: isDeletion && hadValue };
}

function textOf({ value }: { readonly value: Uint8Array }): string {
  return Buffer.from(value).toString();
}

function commandOf(operation: BatchOperation): WriteCommand {
  const value = operation.op === "put" ? Buffer.from(operation.value) : null;
  const key = operation.key as Key;
  return { key, value, contentType: "", expiresAtMs: null, w: null, timeoutMs: null };
}

function resultOf(result: EngineResult): BatchResult {
  if (result instanceof Failed) return { status: 503, version: null, value: null };
  if ("stored" in result) {
    return { status: result.hadValue ? 200 : 201, version: result.version, value: null };
  }
  const { record, version } = result;
  return { status: record === null ? 404 : 200, version, value: record && textOf(record) };
}
