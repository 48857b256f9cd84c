/**
 * The write path. Read `write` top to bottom: choose targets, stamp, send to all of them, answer as
 * soon as the quorum is decided; a node that holds something newer makes us stamp again.
 *
 * The coordinator holds no records of its own. It is the same on every node; any node may
 * coordinate any key.
 */

import {
  isOwner,
  type Key,
  type KvRecord,
  type NodeId,
  type Outcome,
  ownersOf,
  type Partition,
  packRecord,
  partitionOf,
  QuorumUnreachable,
  RESTAMPS_MAX,
  type Ring,
  readingOf,
  type StateOf,
  StoreFull,
  type Version,
  type Walk,
  type WriteQuorum,
  walkOf,
  writeTargets,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import type { Answered } from "./explain.js";
import { HotKeys, type Turn } from "./hot-keys.js";
import type { Clock } from "./ports/clock.js";
import type { Random } from "./ports/random.js";
import { SentTogether } from "./sent-together.js";
import type { VersionClock } from "./version-clock.js";
import type { DataPeers } from "./with-self.js";
import { type Attempt, type Heard, type RoundResult, WriteRound } from "./write-round.js";

export interface WriteCommand {
  readonly key: Key;
  /** Null deletes. */
  readonly value: Uint8Array | null;
  readonly contentType: string;
  readonly expiresAtMs: number | null;
  /** W: how many distinct nodes must have it on disk; null takes the configured number. */
  readonly w: number | null;
  /** Milliseconds until the caller wants an answer; null takes the configured number. */
  readonly timeoutMs: number | null;
}

/** An attempt that somebody else has sent; `targets` are those that are left. */
export type BegunAttempt = Pick<Attempt, "record" | "targets"> & {
  readonly heard: readonly Heard[];
};

export interface WriteReceipt {
  readonly key: Key;
  readonly version: Version;
  readonly partition: Partition;
  readonly primary: NodeId;
  /** The nodes that had it on disk when the write was acknowledged, stand-ins included. */
  readonly stored: readonly NodeId[];
  /** Those of `stored` that do not own the partition and will hand it off. */
  readonly standIns: readonly NodeId[];
  readonly w: number;
  /** Whether a node that stored it had a value for the key before. */
  readonly hadValue: boolean;
  readonly expiresAtMs: number | null;
  readonly walk: Walk;
  readonly answers: readonly Answered[];
}

export interface WritePathDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly random: Random;
  readonly versions: Pick<VersionClock, "next" | "isBeyond">;
  readonly peers: Pick<DataPeers, "apply">;
  readonly stateOf: StateOf;
  readonly counters: Counters;
  /** This node holds records of the partition that these owners missed. */
  readonly owe: (partition: Partition, creditors: readonly NodeId[]) => void;
  readonly onFailure: (node: NodeId, thrown: unknown) => void;
  readonly options: WriteOptions;
}

export interface WriteOptions {
  /** N: how many nodes hold each key. */
  readonly replicaCount: number;
  readonly writeQuorum: number;
  readonly requestTimeoutMs: number;
  /** How long one node may take before a stand-in is asked. */
  readonly peerTimeoutMs: number;
}

export class WritePath {
  readonly #deps: WritePathDeps;
  readonly #hotKeys: HotKeys;
  /** For those who take their turn together. */
  readonly #inTurn: WritePathDeps;

  constructor(deps: WritePathDeps) {
    this.#deps = deps;
    this.#hotKeys = new HotKeys(deps);
    this.#inTurn = { ...deps, peers: new SentTogether(deps) };
  }

  /** Whether writes of the key wait for each other here, and none should be tried beside them. */
  isHot(key: Key): boolean {
    return this.#hotKeys.isHot(key);
  }

  /**
   * Stores a value, or a tombstone for null. `begun` is a first attempt that was made elsewhere,
   * and whose targets have all answered. Rejects with `QuorumUnreachable`, `StoreFull` or
   * `StoreUnavailable`; their `outcome` says whether anything may have been stored.
   */
  async write(command: WriteCommand, begun: BegunAttempt | null = null): Promise<WriteReceipt> {
    const { ring, clock, versions, stateOf, options } = this.#deps;
    const partition = partitionOf(command.key);
    const walk = walkOf(ring, partition);
    const needed = command.w ?? options.writeQuorum;
    const deadlineMs = clock.monotonicMs() + (command.timeoutMs ?? options.requestTimeoutMs);

    let above: Version | null = null;
    let outcome: Outcome = "not-applied";
    for (let attempt = 0; attempt < RESTAMPS_MAX; attempt++) {
      const goesOn = attempt === 0 && begun !== null;
      const isRace: boolean = above !== null || (!goesOn && this.#hotKeys.isHot(command.key));
      const turn: Turn | null = isRace ? await this.#hotKeys.turn(command.key, deadlineMs) : null;
      // W above N is the edge's to refuse; asked for all the same, it takes as many nodes.
      const targets = writeTargets(walk, Math.max(options.replicaCount, needed), stateOf);
      let version: Version;
      let result: RoundResult | null = null;
      try {
        version = goesOn
          ? begun.record.version
          : await versions.next(above).catch((cause: unknown) => {
              throw outcome === "not-applied" ? cause : givenUp(needed, walk, outcome);
            });
        result = await this.#round(partition, turn, {
          ...(goesOn ? begun : { targets, record: packRecord(recordOf(command, version)) }),
          needed,
          deadlineMs,
        }).run();
      } finally {
        turn?.end(result?.verdict !== "stale");
      }
      if (result.verdict === "reached") return this.#receipt(command, version, result);
      if (result.maySomeHaveStored) outcome = "unknown";
      if (result.verdict === "unreachable") throw this.#unreachable(walk, result, outcome);
      above = result.staleBelow;
      // Stamped by a clock gone wrong: above it we would take that clock's place, and drag all
      // others along. What is refused here can be written once time has come so far.
      if (above !== null && versions.isBeyond(readingOf(above).ms)) break;
      this.#deps.counters.add("writesRestamped");
    }
    // Each attempt lost to a newer write, which makes this one unnecessary, but not unwritten.
    throw givenUp(needed, walk, outcome);
  }

  /**
   * The client has been told that this attempt is stored, and all its targets have answered: a
   * stand-in takes the place of each that failed, so that N copies exist and not just W.
   */
  async complete(begun: BegunAttempt, needed: number): Promise<void> {
    const { clock, options } = this.#deps;
    const deadlineMs = clock.monotonicMs() + options.peerTimeoutMs;
    const attempt = { ...begun, needed, deadlineMs };
    await this.#round(partitionOf(begun.record.key), null, attempt).run();
  }

  #round(partition: Partition, turn: Turn | null, attempt: Omit<Attempt, "onOver">): WriteRound {
    const onOver = (quorum: WriteQuorum) => this.#noteMissed(partition, quorum);
    const deps = turn === null ? this.#deps : this.#inTurn;
    return new WriteRound(deps, { ...attempt, onOver });
  }

  /**
   * Too few copies, and nobody was left to stand in: this node, if it has one, will bring it to the
   * owners that missed it. If it has none, anti-entropy finds the difference.
   */
  #noteMissed(partition: Partition, { stored, failed, staleBelow }: WriteQuorum): void {
    const { self, ring, options, owe } = this.#deps;
    const { replicaCount } = options;
    if (staleBelow !== null || stored.length >= replicaCount || !stored.includes(self)) return;
    const owners = ownersOf(walkOf(ring, partition), replicaCount);
    if (owners.includes(self))
      owe(
        partition,
        owners.filter((node) => failed.includes(node)),
      );
  }

  /** Names who failed when asked, and who was not asked for being down. */
  #unreachable(walk: Walk, result: RoundResult, outcome: Outcome): Error {
    const { needed, stored, someStoreFull } = result;
    if (someStoreFull) return new StoreFull(outcome);
    const isDown = (node: NodeId) => this.#deps.stateOf(node) === "down";
    const failed = walk.filter((node) => result.failed.includes(node) || isDown(node));
    return new QuorumUnreachable({ needed, answered: stored, failed, outcome });
  }

  #receipt(
    { key, expiresAtMs }: WriteCommand,
    version: Version,
    { needed, stored, hadValue, answers }: RoundResult,
  ): WriteReceipt {
    const { ring, options } = this.#deps;
    const partition = partitionOf(key);
    const walk = walkOf(ring, partition);
    return {
      key,
      version,
      partition,
      primary: walk[0] as NodeId,
      stored,
      standIns: stored.filter((node) => !isOwner(walk, options.replicaCount, node)),
      w: needed,
      hadValue,
      expiresAtMs,
      walk,
      answers,
    };
  }
}

function recordOf(
  { key, value, contentType, expiresAtMs }: WriteCommand,
  version: Version,
): KvRecord {
  return { key, version, value, contentType, expiresAtMs };
}

/** An attempt lost to a newer version, and there will be no other. */
function givenUp(needed: number, walk: Walk, outcome: Outcome): QuorumUnreachable {
  return new QuorumUnreachable({ needed, answered: [], failed: walk, outcome });
}
