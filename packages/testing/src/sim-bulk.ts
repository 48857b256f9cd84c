/** What simulated clients do with many keys at once: batches, and walks through all keys. */

import type { Key, NodeId } from "@ringkv/core";
import { type BatchOperation, Failed, type ListCommand, type Listed } from "@ringkv/engine";
import type { History, ListOperation, ReadOperation, WriteOperation } from "./history.js";
import type { Running, SimCluster } from "./sim-cluster.js";
import type { Timeline } from "./sim-timeline.js";
import { outcomeOf, PATIENCE_MS, type SimWorkload, type WriteValue } from "./sim-workload.js";

/** Null reads. */
export interface Batched {
  readonly key: Key;
  readonly value: WriteValue | null;
}

/** More than all values of a simulated cluster. */
const READ_BYTES_MAX = 1_048_576;
const PAGES_MAX = 100;

export interface BatchWorld {
  readonly cluster: SimCluster;
  readonly workload: SimWorkload;
}

/** Each operation stands in the history as if it had been asked for alone. */
export async function doTogether(
  batched: readonly Batched[],
  running: Running,
  { cluster, workload }: BatchWorld,
): Promise<void> {
  const begun = batched.map(({ key, value }): Begun => {
    if (value === null) {
      const read = workload.beginRead(running, key, { r: null, isFinal: false });
      return { operation: { kind: "read", key }, read, write: null };
    }
    const { operation: write, command } = workload.beginWrite(running, key, value);
    return { operation: { kind: "write", command }, read: null, write };
  });
  const operations = begun.map(({ operation }) => operation);
  const command = { operations, w: null, r: null, timeoutMs: null, readBytesMax: READ_BYTES_MAX };
  try {
    const results = await cluster.call(running, PATIENCE_MS, (it) => it.batch(command));
    for (const [index, { read, write }] of begun.entries()) {
      const result = results[index];
      if (result === undefined) throw new Error(`operation ${index} of a batch has no result`);
      if (result instanceof Failed) {
        workload.end((read ?? write) as ReadOperation, outcomeOf(result.thrown));
      } else if ("stored" in result) workload.wrote(write as WriteOperation, result);
      else workload.wasRead(read as ReadOperation, result, running);
    }
  } catch (thrown) {
    for (const { read, write } of begun) {
      workload.end((read ?? write) as ReadOperation, outcomeOf(thrown));
    }
  }
}

interface Begun {
  readonly operation: BatchOperation;
  readonly read: ReadOperation | null;
  readonly write: WriteOperation | null;
}

export interface ListAsk {
  readonly limit: number;
  readonly values: boolean;
  readonly r: number | null;
  readonly isFinal: boolean;
}

export interface ListWorld {
  readonly cluster: SimCluster;
  readonly timeline: Timeline;
  readonly history: History;
  readonly readQuorum: number;
  readonly nextId: () => number;
}

/** Ends with the first page that is not answered. Null: the first node is dead. */
export async function walkThroughKeys(
  nodes: readonly NodeId[],
  { limit, values, r, isFinal }: ListAsk,
  { cluster, timeline, history, readQuorum, nextId }: ListWorld,
): Promise<ListOperation | null> {
  const [first] = nodes;
  if (first === undefined || cluster.runOf(first) === null) return null;
  const list: ListOperation = {
    id: nextId(),
    node: first,
    invokedAtMs: timeline.nowMs,
    respondedAtMs: null,
    outcome: "unknown",
    r: r ?? readQuorum,
    isFinal,
    items: [],
    isWhole: false,
  };
  history.lists.push(list);
  let after: Key | null = null;
  for (let page = 0; page < PAGES_MAX && !list.isWhole; page++) {
    const running = cluster.runOf(nodes[page % nodes.length] as NodeId);
    if (running === null) break;
    const command: ListCommand = { prefix: "key-", after, limit, values, r, timeoutMs: null };
    try {
      const listed: Listed = await cluster.call(running, PATIENCE_MS, (it) => it.list(command));
      for (const { key, version, record } of listed.items) {
        const value = record === null ? null : Buffer.from(record.value).toString();
        list.items.push({ key, version, value });
      }
      after = listed.next;
      list.isWhole = after === null;
    } catch (thrown) {
      list.outcome = outcomeOf(thrown);
      break;
    }
  }
  list.respondedAtMs = timeline.nowMs;
  if (list.isWhole) list.outcome = "ok";
  return list;
}
