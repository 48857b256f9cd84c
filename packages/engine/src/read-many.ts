/**
 * Many reads at once, in one message per node, to as few nodes as will do: each key is asked for
 * here if this node owns it, else at owners that the read path would ask. What is not plainly
 * answered (a failure, damage, copies that differ, an owner that is known to lack something) is
 * left to the read path, key by key.
 *
 * It decides nothing that the read path decides, and holds no promise, timer or closure per key.
 */

import {
  hasValue,
  isOwner,
  type Key,
  type NodeId,
  partitionOf,
  type Ring,
  readTargets,
  TooLarge,
  unpackRecord,
  type Version,
  type Walk,
  walkOf,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { HeldCopy } from "./ports/record-store.js";
import type { ReadPath, ReadPathDeps, ReadResult } from "./read-path.js";
import type { WalkOrders } from "./walk-orders.js";

export interface ReadManyDeps
  extends Pick<ReadPathDeps, "self" | "peers" | "stateOf" | "debtorsTo" | "onFailure"> {
  readonly ring: Ring;
  readonly orders: WalkOrders;
  readonly clock: Clock;
  readonly reads: Pick<ReadPath, "read">;
  readonly options: { readonly replicaCount: number; readonly peerTimeoutMs: number };
}

export interface ReadManyCommand {
  readonly keys: readonly Key[];
  /** R: how many distinct nodes must answer for each key. */
  readonly r: number;
  /** Monotonic milliseconds after which nobody is asked any more. */
  readonly deadlineMs: number;
  /** Of values, all together: the keys behind that fail with `TooLarge`. */
  readonly bytesMax: number;
}

/** What a key has, as far as R nodes say. */
export interface Reading {
  readonly key: Key;
  /** The newest version seen, of a deletion too; null: nobody holds any. */
  readonly version: Version | null;
  readonly record: ReadResult["record"];
}

/** Why one of many was not done, when the others were. */
export class Failed {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

export type ManyRead = Reading | Failed;

/** So many keys are asked for before anything is known of their sizes, and at most. */
const SLICE_FIRST = 128;
const SLICE_MAX = 256;

export class ReadMany {
  readonly #deps: ReadManyDeps;

  constructor(deps: ReadManyDeps) {
    this.#deps = deps;
  }

  /** One result per key, in order. Never rejects. */
  async read({ keys, r, deadlineMs, bytesMax }: ReadManyCommand): Promise<ManyRead[]> {
    const results: ManyRead[] = [];
    let bytes = 0;
    while (results.length < keys.length) {
      if (bytes >= bytesMax) return tooMuch(results, keys.length, bytesMax);
      const size = sliceSize({ read: results.length, bytes, bytesMax });
      const slice = keys.slice(results.length, results.length + size);
      for (const result of await this.#readSlice(slice, r, deadlineMs)) {
        bytes += result instanceof Failed ? 0 : (result.record?.value.length ?? 0);
        if (bytes > bytesMax && results.length > 0) return tooMuch(results, keys.length, bytesMax);
        results.push(result);
      }
    }
    return results;
  }

  async #readSlice(keys: readonly Key[], r: number, deadlineMs: number): Promise<ManyRead[]> {
    const slice = new Slice(keys, r);
    await Promise.all(this.#plan(keys, r).map((ask) => this.#ask(slice, ask, deadlineMs)));
    const nowMs = this.#deps.clock.wallMs();
    const results: ManyRead[] = [];
    const left: number[] = [];
    for (let index = 0; index < keys.length; index++) {
      const reading = slice.readingOf(index, nowMs);
      if (reading === null) left.push(index);
      else results[index] = reading;
    }
    await Promise.all(
      left.map(async (index) => {
        results[index] = await this.#readAlone(keys[index] as Key, r, deadlineMs);
      }),
    );
    return results;
  }

  /** For each node, which keys to ask it for. A key that is in nobody's list is read alone. */
  #plan(keys: readonly Key[], r: number): readonly Ask[] {
    const { ring, orders, debtorsTo } = this.#deps;
    const plans: (readonly NodeId[] | undefined)[] = [];
    const asks = new Map<NodeId, Ask>();
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as Key;
      const partition = partitionOf(key);
      const order = orders.numberOf(partition);
      plans[order] ??= this.#targets(walkOf(ring, partition), r, asks);
      const targets = plans[order];
      if (targets.some((node) => debtorsTo(node, partition).length > 0)) continue;
      for (const node of targets) {
        let ask = asks.get(node);
        if (ask === undefined) {
          ask = { node, keys: [], indexes: [] };
          asks.set(node, ask);
        }
        ask.keys.push(key);
        ask.indexes.push(index);
      }
    }
    return [...asks.values()];
  }

  /**
   * R owners; none when there are not so many to be asked. Those that are up are as good as one
   * another, so this node comes first and then those that are asked for other keys anyway: a
   * message to one more node costs as much as dozens of keys.
   */
  #targets(walk: Walk, r: number, asks: ReadonlyMap<NodeId, Ask>): readonly NodeId[] {
    const { self, stateOf, options } = this.#deps;
    const view = { self, stateOf, replicaCount: options.replicaCount };
    const order = readTargets(walk, { ...view, isBehind: () => false });
    const owners = order.filter((node) => isOwner(walk, options.replicaCount, node));
    if (owners.length < r) return [];
    const cost = (node: NodeId) =>
      (stateOf(node) === "up" ? 0 : 2) + (node === self || asks.has(node) ? 0 : 1);
    return owners.toSorted((a, b) => cost(a) - cost(b)).slice(0, r);
  }

  async #ask(slice: Slice, { node, keys, indexes }: Ask, deadlineMs: number): Promise<void> {
    const { clock, peers, options, onFailure } = this.#deps;
    const budgetMs = Math.min(options.peerTimeoutMs, deadlineMs - clock.monotonicMs());
    if (budgetMs <= 0) return;
    try {
      const copies = await peers.read(node, keys, budgetMs);
      for (let at = 0; at < indexes.length; at++) {
        slice.count(indexes[at] as number, copies[at] ?? null);
      }
    } catch (thrown) {
      onFailure(node, thrown);
    }
  }

  async #readAlone(key: Key, r: number, deadlineMs: number): Promise<ManyRead> {
    const timeoutMs = Math.max(0, deadlineMs - this.#deps.clock.monotonicMs());
    try {
      const { record, answers } = await this.#deps.reads.read({ key, r, timeoutMs });
      const versions = answers.map(({ version }) => version).filter((it) => it !== null);
      const version = record?.version ?? versions.toSorted().at(-1) ?? null;
      return { key, version, record };
    } catch (thrown) {
      return new Failed(thrown);
    }
  }
}

interface Ask {
  readonly node: NodeId;
  readonly keys: Key[];
  readonly indexes: number[];
}

/** What has come of some keys that were asked for together. */
class Slice {
  readonly #keys: readonly Key[];
  readonly #needed: number;
  readonly #counts: Uint8Array;
  readonly #copies: HeldCopy[] = [];

  constructor(keys: readonly Key[], needed: number) {
    this.#keys = keys;
    this.#needed = needed;
    this.#counts = new Uint8Array(keys.length);
  }

  /** Counts a copy like those that came before it; another one has the key read alone. */
  count(index: number, copy: HeldCopy): void {
    const isFirst = this.#counts[index] === 0;
    if (isFirst) this.#copies[index] = copy;
    const known = this.#copies[index] ?? null;
    if (copy === "damaged" || known === "damaged" || versionIn(copy) !== versionIn(known)) {
      this.#copies[index] = "damaged";
    }
    this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** Null: too few have said the same. */
  readingOf(index: number, nowMs: number): Reading | null {
    const key = this.#keys[index] as Key;
    const copy = this.#copies[index] ?? null;
    if ((this.#counts[index] as number) < this.#needed || copy === "damaged") return null;
    if (copy === null) return { key, version: null, record: null };
    const record = hasValue(copy, nowMs) ? (unpackRecord(copy) as Reading["record"]) : null;
    return { key, version: copy.version, record };
  }
}

function versionIn(copy: HeldCopy): Version | null {
  return copy === null || copy === "damaged" ? null : copy.version;
}

/** As many as are likely to fit into what is left, by the sizes met so far. */
function sliceSize({ read, bytes, bytesMax }: Record<"read" | "bytes" | "bytesMax", number>) {
  if (read === 0) return SLICE_FIRST;
  const fitting = bytes === 0 ? SLICE_MAX : Math.floor(((bytesMax - bytes) * read) / bytes);
  return Math.max(1, Math.min(SLICE_MAX, fitting));
}

function tooMuch(results: readonly ManyRead[], count: number, bytesMax: number): ManyRead[] {
  const refusal = new Failed(new TooLarge(`more than ${bytesMax} bytes of values in one answer`));
  return Array.from({ length: count }, (_, index) => results[index] ?? refusal);
}
