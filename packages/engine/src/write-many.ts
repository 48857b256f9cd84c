/**
 * Many writes of different keys at once, in one message per node: each is stamped, goes to the
 * targets that the write path would choose, and is acknowledged when W of them have it on disk.
 *
 * It counts plain answers and nothing else: an attempt that meets a failure, a stale answer or an
 * answer that is not vouched for is handed over to the write path as it stands, which looks for
 * stand-ins or stamps again, and knows what is unknown. There is no promise, timer or closure per
 * record while all goes well.
 */

import {
  chunksOf,
  type NodeId,
  type PackedRecord,
  type Partition,
  packRecord,
  partitionOf,
  type Ring,
  type StateOf,
  type Version,
  type WriteTargets,
  walkOf,
  writeTargets,
} from "@ringkv/core";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { Clock } from "./ports/clock.js";
import type { ApplyAnswer } from "./ports/peers.js";
import { Failed } from "./read-many.js";
import type { VersionClock } from "./version-clock.js";
import type { WalkOrders } from "./walk-orders.js";
import type { DataPeers } from "./with-self.js";
import type { WriteCommand, WritePath, WriteReceipt } from "./write-path.js";
import type { Heard } from "./write-round.js";

export interface WriteManyDeps {
  readonly ring: Ring;
  readonly orders: WalkOrders;
  readonly clock: Clock;
  readonly versions: Pick<VersionClock, "nextMany">;
  readonly peers: Pick<DataPeers, "apply">;
  readonly stateOf: StateOf;
  readonly writes: Pick<WritePath, "write" | "complete" | "isHot">;
  readonly options: { readonly replicaCount: number; readonly peerTimeoutMs: number };
}

export interface WriteManyCommand {
  /** Of different keys. */
  readonly commands: readonly WriteCommand[];
  /** W: how many distinct nodes must have each on disk. */
  readonly w: number;
  /** Monotonic milliseconds after which nobody is asked any more. */
  readonly deadlineMs: number;
}

export type ManyWritten = WriteReceipt | Failed;

export class WriteMany {
  readonly #deps: WriteManyDeps;

  constructor(deps: WriteManyDeps) {
    this.#deps = deps;
  }

  /** One result per command, in order. Never rejects; goes on after the answer, as a write does. */
  async write({ commands, w, deadlineMs }: WriteManyCommand): Promise<ManyWritten[]> {
    let versions: readonly Version[];
    try {
      versions = await this.#deps.versions.nextMany(commands.length);
    } catch (thrown) {
      const failed = new Failed(thrown); // Nothing has been sent.
      return commands.map(() => failed);
    }
    return new Attempts(this.#deps, { commands, versions, w, deadlineMs }).run();
  }
}

/** Where the writes of one order of nodes go. */
interface Plan {
  readonly targets: WriteTargets;
  /** By which of the first targets have it, as bits: the lists that receipts share. */
  readonly storedBy: Map<number, StoredBy>;
}

interface StoredBy {
  readonly stored: readonly NodeId[];
  readonly standIns: readonly NodeId[];
}

/** What goes to one node. `places`: which of its plan's first targets the node is, for each. */
interface Group {
  readonly records: PackedRecord[];
  readonly indexes: number[];
  readonly places: number[];
}

type Assignment = WriteManyCommand & { readonly versions: readonly Version[] };

/** Bits are enough for the first targets, and nobody keeps more copies than that. */
const PLACES_MAX = 30;
const NO_ANSWERS: WriteReceipt["answers"] = [];

class Attempts {
  readonly #deps: WriteManyDeps;
  readonly #asked: Assignment;
  readonly #records: PackedRecord[] = [];
  /** By the number of an order of nodes. */
  readonly #plans: (Plan | undefined)[] = [];
  readonly #partitions: Uint16Array;
  readonly #results: ManyWritten[] = [];
  /** By index: as bits, which of the first targets have it; how many of them have answered. */
  readonly #stored: Uint32Array;
  readonly #answered: Uint8Array;
  readonly #hadValue: Uint8Array;
  /** By index: what else than "stored" was answered. */
  readonly #odd = new Map<number, Heard[]>();
  #undecided: number;
  #settle: (results: ManyWritten[]) => void = () => {};

  constructor(deps: WriteManyDeps, asked: Assignment) {
    const count = asked.commands.length;
    this.#deps = deps;
    this.#asked = asked;
    this.#partitions = Uint16Array.from(asked.commands, ({ key }) => partitionOf(key));
    this.#stored = new Uint32Array(count);
    this.#answered = new Uint8Array(count);
    this.#hadValue = new Uint8Array(count);
    this.#undecided = count;
  }

  run(): Promise<ManyWritten[]> {
    const { commands } = this.#asked;
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (commands.length === 0) resolve([]);
      const groups = new Map<NodeId, Group>();
      for (let index = 0; index < commands.length; index++) this.#assign(index, groups);
      for (const [node, group] of groups) this.#sendAll(node, group);
    });
  }

  #assign(index: number, groups: Map<NodeId, Group>): void {
    const { first } = this.#planOf(index).targets;
    const { w, commands, versions, deadlineMs } = this.#asked;
    const { key, value, contentType, expiresAtMs } = commands[index] as WriteCommand;
    const isLate = deadlineMs <= this.#deps.clock.monotonicMs();
    const isOdd = first.length < w || first.length > PLACES_MAX || this.#deps.writes.isHot(key);
    if (isLate || isOdd) {
      void this.#leaveToPath(index, null);
      return;
    }
    const version = versions[index] as Version;
    const record = packRecord({ key, version, value, contentType, expiresAtMs });
    this.#records[index] = record;
    for (let place = 0; place < first.length; place++) {
      const node = first[place] as NodeId;
      let group = groups.get(node);
      if (group === undefined) {
        group = { records: [], indexes: [], places: [] };
        groups.set(node, group);
      }
      group.records.push(record);
      group.indexes.push(index);
      group.places.push(place);
    }
  }

  #planOf(index: number): Plan {
    const { ring, orders, stateOf, options } = this.#deps;
    const { w } = this.#asked;
    const partition = this.#partitions[index] as Partition;
    const order = orders.numberOf(partition);
    const known = this.#plans[order];
    if (known !== undefined) return known;
    const count = Math.max(options.replicaCount, w);
    const targets = writeTargets(walkOf(ring, partition), count, stateOf);
    const plan: Plan = { targets, storedBy: new Map() };
    this.#plans[order] = plan;
    return plan;
  }

  /** One message, unless it would hold up what is behind it. */
  #sendAll(node: NodeId, { records, indexes, places }: Group): void {
    const { clock, peers, options } = this.#deps;
    let from = 0;
    for (const chunk of chunksOf(records, MESSAGE_LIMITS)) {
      const start = from;
      from += chunk.length;
      const budgetMs = Math.min(
        options.peerTimeoutMs,
        this.#asked.deadlineMs - clock.monotonicMs(),
      );
      peers.apply(node, chunk, budgetMs).then(
        (answers) => {
          for (let at = 0; at < chunk.length; at++) {
            const [index, place] = [indexes[start + at] as number, places[start + at] as number];
            this.#count(index, place, answers[at] as ApplyAnswer);
          }
        },
        (thrown: unknown) => {
          for (let at = 0; at < chunk.length; at++) {
            this.#countOdd(indexes[start + at] as number, { node, thrown });
          }
        },
      );
    }
  }

  #count(index: number, place: number, answer: ApplyAnswer): void {
    if (answer.outcome === "stale" || answer.outcome === "unvouched") {
      const node = this.#planOf(index).targets.first[place] as NodeId;
      this.#countOdd(index, { node, answer });
      return;
    }
    if (answer.outcome === "stored" && answer.hadValue) this.#hadValue[index] = 1;
    this.#stored[index] = (this.#stored[index] as number) | (1 << place);
    this.#answeredBy(index);
  }

  #countOdd(index: number, heard: Heard): void {
    const known = this.#odd.get(index);
    if (known === undefined) this.#odd.set(index, [heard]);
    else known.push(heard);
    this.#answeredBy(index);
  }

  #answeredBy(index: number): void {
    const { first } = this.#planOf(index).targets;
    const answered = (this.#answered[index] as number) + 1;
    this.#answered[index] = answered;
    const odd = this.#odd.get(index);
    if (this.#results[index] === undefined) {
      const isStale = odd?.some(isStaleAnswer) === true;
      if (!isStale && bitsIn(this.#stored[index] as number) >= this.#asked.w) {
        this.#decide(index, this.#receipt(index));
      }
    }
    if (answered === first.length && odd !== undefined) void this.#leaveToPath(index, odd);
  }

  /** What was acknowledged is only completed; the rest goes on where it stands, or begins. */
  async #leaveToPath(index: number, odd: readonly Heard[] | null): Promise<void> {
    const { clock, writes } = this.#deps;
    const { commands, deadlineMs, w } = this.#asked;
    const begun = odd === null ? null : this.#begun(index, odd);
    if (this.#results[index] !== undefined) {
      // Somebody has newer: then nobody needs another copy of this.
      if (begun !== null && !begun.heard.some(isStaleAnswer)) await writes.complete(begun, w);
      return;
    }
    const timeoutMs = Math.max(0, deadlineMs - clock.monotonicMs());
    const command = { ...(commands[index] as WriteCommand), w, timeoutMs };
    const written = writes.write(command, begun);
    this.#decide(index, await written.catch((thrown: unknown) => new Failed(thrown)));
  }

  #begun(index: number, odd: readonly Heard[]) {
    const { targets } = this.#planOf(index);
    const answer: ApplyAnswer = { outcome: "stored", hadValue: this.#hadValue[index] === 1 };
    const stored = this.#storedOn(index).stored.map((node): Heard => ({ node, answer }));
    return {
      record: this.#records[index] as PackedRecord,
      targets: { first: [], spares: targets.spares },
      // A stale answer first: after it no stand-in is asked in vain.
      heard: [...odd.filter(isStaleAnswer), ...odd.filter((it) => !isStaleAnswer(it)), ...stored],
    };
  }

  #decide(index: number, result: ManyWritten): void {
    this.#results[index] = result;
    this.#undecided--;
    if (this.#undecided === 0) this.#settle(this.#results);
  }

  #receipt(index: number): WriteReceipt {
    const { ring } = this.#deps;
    const { key, expiresAtMs } = this.#asked.commands[index] as WriteCommand;
    const partition = this.#partitions[index] as Partition;
    const walk = walkOf(ring, partition);
    const { stored, standIns } = this.#storedOn(index);
    return {
      key,
      version: this.#asked.versions[index] as Version,
      partition,
      primary: walk[0] as NodeId,
      stored,
      standIns,
      w: this.#asked.w,
      hadValue: this.#hadValue[index] === 1,
      expiresAtMs,
      walk,
      answers: NO_ANSWERS,
    };
  }

  #storedOn(index: number): StoredBy {
    const { targets, storedBy } = this.#planOf(index);
    const bits = this.#stored[index] as number;
    const known = storedBy.get(bits);
    if (known !== undefined) return known;
    const { ring, options } = this.#deps;
    const walk = walkOf(ring, this.#partitions[index] as Partition);
    const stored = targets.first.filter((_, place) => (bits & (1 << place)) !== 0);
    const standIns = stored.filter((node) => walk.indexOf(node) >= options.replicaCount);
    const lists = { stored, standIns };
    storedBy.set(bits, lists);
    return lists;
  }
}

function isStaleAnswer(heard: Heard): boolean {
  return "answer" in heard && heard.answer.outcome === "stale";
}

function bitsIn(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
