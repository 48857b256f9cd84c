/**
 * The read path: ask R nodes, best first, replace who fails, answer with the newest copy, and send
 * that copy to the owners that turned out to hold an older one.
 *
 * An owner that is known to be behind is asked only when no other is left, and then whoever holds
 * what it lacks is asked as well. That witness is no vote: a stand-in has few of a partition's
 * keys.
 */

import {
  countReadReply,
  hasValue,
  isOwner,
  type Key,
  type KvRecord,
  type NodeId,
  newestCopy,
  openReadQuorum,
  type PackedRecord,
  type Partition,
  partitionOf,
  QuorumUnreachable,
  type ReadQuorum,
  type Ring,
  readTargets,
  readVerdict,
  type StateOf,
  staleOwners,
  unpackRecord,
  type Walk,
  walkOf,
} from "@ringkv/core";
import type { Answered } from "./explain.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { HeldCopy } from "./ports/record-store.js";
import type { DataPeers } from "./with-self.js";

export interface ReadCommand {
  readonly key: Key;
  /** R: how many distinct nodes must answer; null takes the configured number. */
  readonly r: number | null;
  /** Milliseconds until the caller wants an answer; null takes the configured number. */
  readonly timeoutMs: number | null;
}

export interface ReadResult {
  readonly key: Key;
  /** The newest value among the answers; null when it is absent, deleted or expired. */
  readonly record: (KvRecord & { readonly value: Uint8Array }) | null;
  readonly partition: Partition;
  readonly walk: Walk;
  readonly answers: readonly Answered[];
}

export interface ReadPathDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly peers: Pick<DataPeers, "read" | "transfer">;
  readonly stateOf: StateOf;
  /** Who is known to hold records of the partition that `node` may lack. */
  readonly debtorsTo: (node: NodeId, partition: Partition) => readonly NodeId[];
  readonly onFailure: (node: NodeId, thrown: unknown) => void;
  readonly log: Log;
  readonly options: ReadOptions;
}

export interface ReadOptions {
  readonly replicaCount: number;
  readonly readQuorum: number;
  readonly requestTimeoutMs: number;
  readonly peerTimeoutMs: number;
}

export class ReadPath {
  readonly #deps: ReadPathDeps;

  constructor(deps: ReadPathDeps) {
    this.#deps = deps;
  }

  /** Rejects with `QuorumUnreachable` when fewer than R nodes can say what they hold. */
  async read({ key, r, timeoutMs }: ReadCommand): Promise<ReadResult> {
    const { self, ring, clock, stateOf, debtorsTo, options } = this.#deps;
    const { replicaCount } = options;
    const partition = partitionOf(key);
    const walk = walkOf(ring, partition);
    const startedAtMs = clock.monotonicMs();
    const deadlineMs = startedAtMs + (timeoutMs ?? options.requestTimeoutMs);
    const answers: Answered[] = [];

    const isBehind = (node: NodeId) => debtorsTo(node, partition).length > 0;
    const targets = readTargets(walk, { self, replicaCount, stateOf, isBehind });
    let quorum = openReadQuorum(r ?? options.readQuorum);
    let next = 0;
    const witnesses = new Map<NodeId, Promise<TimedCopy>>();
    while (readVerdict(quorum, targets.length - next) === "pending") {
      // As many as are still missing: a node that failed is replaced by the next one.
      const missing = quorum.needed - quorum.answers.length;
      const asked = targets.slice(next, next + missing);
      next += asked.length;
      if (deadlineMs <= clock.monotonicMs()) break;
      for (const node of asked.flatMap((owner) => debtorsTo(owner, partition))) {
        const isAsked = targets.slice(0, next).includes(node) || witnesses.has(node);
        if (!isAsked) witnesses.set(node, this.#ask(node, key, deadlineMs));
      }
      for (const asking of asked.map((node) => this.#ask(node, key, deadlineMs))) {
        const answer = await asking;
        const { node, copy } = answer;
        answers.push(answerOf(answer, startedAtMs));
        quorum = countReadReply(quorum, {
          node,
          isOwner: isOwner(walk, replicaCount, node),
          // Of what it held before the damage it says nothing, least of all that there was nothing.
          copy: copy === "damaged" ? "failed" : copy,
        });
      }
    }
    if (quorum.answers.length < quorum.needed) throw this.#unreachable(quorum, walk);
    let newest = newestCopy(quorum);
    for (const witness of await Promise.all(witnesses.values())) {
      answers.push(answerOf(witness, startedAtMs));
      newest = newerOf(newest, witness.copy);
    }
    if (newest !== null) this.#repair(quorum, newest);
    return { key, record: liveValue(newest, clock.wallMs()), partition, walk, answers };
  }

  /** One node's copy, and when it came. Never rejects. */
  async #ask(node: NodeId, key: Key, deadlineMs: number): Promise<TimedCopy> {
    const { clock, peers, options, onFailure } = this.#deps;
    const budgetMs = Math.min(options.peerTimeoutMs, deadlineMs - clock.monotonicMs());
    try {
      const [copy = null] = await peers.read(node, [key], budgetMs);
      return { node, copy, atMs: clock.monotonicMs() };
    } catch (thrown) {
      onFailure(node, thrown);
      return { node, copy: "failed", atMs: clock.monotonicMs() };
    }
  }

  /** Sends the newest copy to the owners that hold an older one. Goes on after the answer. */
  #repair(quorum: ReadQuorum, newest: PackedRecord): void {
    const { peers, options, log, onFailure } = this.#deps;
    for (const node of staleOwners(quorum, newest)) {
      peers.transfer(node, [newest], options.peerTimeoutMs).catch((thrown: unknown) => {
        onFailure(node, thrown);
        log.info({ node, err: thrown }, "read repair failed; the next read tries again");
      });
    }
  }

  #unreachable({ needed, answers }: ReadQuorum, walk: Walk): QuorumUnreachable {
    const answered = answers.map(({ node }) => node);
    const failed = walk.filter((node) => !answered.includes(node));
    return new QuorumUnreachable({ needed, answered, failed, outcome: "not-applied" });
  }
}

function newerOf(a: PackedRecord | null, b: TimedCopy["copy"]): PackedRecord | null {
  if (b === null || b === "failed" || b === "damaged") return a;
  return a === null || b.version > a.version ? b : a;
}

interface TimedCopy {
  readonly node: NodeId;
  readonly copy: HeldCopy | "failed";
  readonly atMs: number;
}

function answerOf({ node, copy, atMs }: TimedCopy, startedAtMs: number): Answered {
  const afterMs = atMs - startedAtMs;
  if (copy === "failed" || copy === "damaged")
    return { node, answer: copy, version: null, afterMs };
  if (copy === null) return { node, answer: "absent", version: null, afterMs };
  return { node, answer: "found", version: copy.version, afterMs };
}

function liveValue(newest: PackedRecord | null, nowMs: number): ReadResult["record"] {
  if (newest === null || !hasValue(newest, nowMs)) return null;
  const record = unpackRecord(newest);
  return record.value === null ? null : (record as ReadResult["record"]);
}
