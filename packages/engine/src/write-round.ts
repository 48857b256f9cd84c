/**
 * One attempt to store one record: send, count, replace who fails, until core says what it means.
 *
 * It resolves as soon as the verdict is final and goes on in the background: the nodes that were
 * asked still get the record, and a stand-in still replaces an owner that fails after the client
 * has been answered, so that N copies exist and not just W.
 */

import {
  countWriteReply,
  type NodeId,
  openWriteQuorum,
  type PackedRecord,
  type Version,
  type WriteQuorum,
  type WriteReply,
  type WriteTargets,
  writeVerdict,
} from "@ringkv/core";
import type { Answered } from "./explain.js";
import type { Clock } from "./ports/clock.js";
import { type ApplyAnswer, PeerFailure } from "./ports/peers.js";
import type { DataPeers } from "./with-self.js";

export interface WriteRoundDeps {
  readonly clock: Clock;
  readonly peers: Pick<DataPeers, "apply">;
  readonly onFailure: (node: NodeId, thrown: unknown) => void;
  readonly options: { readonly peerTimeoutMs: number };
}

/** What is to be stored, where, and until when. */
export interface Attempt {
  readonly record: PackedRecord;
  readonly targets: WriteTargets;
  readonly needed: number;
  /** Monotonic milliseconds after which nobody is asked any more. */
  readonly deadlineMs: number;
  /** What nodes have answered before; none of them is among the targets any more. */
  readonly heard?: readonly Heard[];
  /** Hears, after the last answer, who has it: that may be long after the client was told. */
  readonly onOver: (quorum: WriteQuorum) => void;
}

/** What a node said to an attempt, or why it did not. */
export type Heard =
  | { readonly node: NodeId; readonly answer: ApplyAnswer }
  | { readonly node: NodeId; readonly thrown: unknown };

export interface RoundResult {
  readonly verdict: "reached" | "stale" | "unreachable";
  readonly needed: number;
  readonly stored: readonly NodeId[];
  /** The nodes that were asked and did not store it; who has not answered yet is in neither. */
  readonly failed: readonly NodeId[];
  readonly staleBelow: Version | null;
  readonly hadValue: boolean;
  /** False proves that no node stored this attempt's record, nor will. */
  readonly maySomeHaveStored: boolean;
  readonly someStoreFull: boolean;
  readonly answers: readonly Answered[];
}

export class WriteRound {
  readonly #deps: WriteRoundDeps;
  readonly #attempt: Attempt;
  readonly #startedAtMs: number;
  readonly #spares: NodeId[];
  readonly #answers: Answered[] = [];
  #quorum: WriteQuorum;
  #pending = 0;
  #isHearing = false;
  #hadValue = false;
  #maySomeHaveStored = false;
  #someStoreFull = false;
  #settle: (result: RoundResult) => void = () => {};

  constructor(deps: WriteRoundDeps, attempt: Attempt) {
    this.#deps = deps;
    this.#attempt = attempt;
    this.#startedAtMs = deps.clock.monotonicMs();
    this.#spares = [...attempt.targets.spares];
    this.#quorum = openWriteQuorum(attempt.needed);
  }

  /** Resolves when the verdict is final; never rejects. */
  run(): Promise<RoundResult> {
    const { deadlineMs, targets, heard = [] } = this.#attempt;
    const isLate = this.#startedAtMs >= deadlineMs;
    if (isLate) this.#spares.length = 0;
    const first = isLate ? [] : targets.first;
    return new Promise((resolve) => {
      this.#settle = resolve;
      // Refused before anything is sent, when it cannot succeed: then nothing has been stored.
      if (this.#decide(heard.length + first.length)) return;
      this.#pending += heard.length;
      for (const node of first) this.#send(node);
      this.#hear(heard);
    });
  }

  /** Together: none of them is still under way when it is asked what may have been stored. */
  #hear(heard: readonly Heard[]): void {
    this.#isHearing = true;
    for (const reply of heard) {
      if ("thrown" in reply) this.#failed(reply.node, reply.thrown);
      else this.#answered(reply.node, reply.answer);
    }
    this.#isHearing = false;
    this.#decide(this.#pending);
  }

  #send(node: NodeId): void {
    const { peers, clock, options } = this.#deps;
    const { record, deadlineMs } = this.#attempt;
    const budgetMs = Math.min(options.peerTimeoutMs, deadlineMs - clock.monotonicMs());
    this.#pending++;
    peers.apply(node, [record], budgetMs).then(
      ([outcome]) => this.#answered(node, outcome as ApplyAnswer),
      (thrown: unknown) => this.#failed(node, thrown),
    );
  }

  #answered(node: NodeId, outcome: ApplyAnswer): void {
    this.#pending--;
    const { version } = this.#attempt.record;
    if (outcome.outcome === "stale") {
      this.#spares.length = 0; // The attempt is over: a stand-in would store what nobody wants.
      this.#count({ node, outcome: "stale", held: outcome.held }, "stale", outcome.held);
      return;
    }
    this.#maySomeHaveStored = true;
    if (outcome.outcome === "unvouched") {
      // It has the record, and is no vote: somebody who knows what he holds must have it as well.
      this.#replaceFailed();
      this.#count({ node, outcome: "failed" }, outcome.outcome, version);
      return;
    }
    if (outcome.outcome === "stored" && outcome.hadValue) this.#hadValue = true;
    this.#count({ node, outcome: "stored" }, outcome.outcome, version);
  }

  #failed(node: NodeId, thrown: unknown): void {
    this.#pending--;
    const failure = thrown instanceof PeerFailure ? thrown : null;
    if (failure?.sent !== false) this.#maySomeHaveStored = true;
    if (failure?.reason === "full") this.#someStoreFull = true;
    this.#deps.onFailure(node, thrown);
    this.#replaceFailed();
    this.#count({ node, outcome: "failed" }, failure?.reason ?? "failed", null);
  }

  /** The next stand-in takes the place of a node that failed, while there is time. */
  #replaceFailed(): void {
    if (this.#deps.clock.monotonicMs() >= this.#attempt.deadlineMs) this.#spares.length = 0;
    const standIn = this.#spares.shift();
    if (standIn !== undefined) this.#send(standIn);
  }

  #count(reply: WriteReply, answer: string, version: Version | null): void {
    const afterMs = this.#deps.clock.monotonicMs() - this.#startedAtMs;
    this.#answers.push({ node: reply.node, answer, version, afterMs });
    this.#quorum = countWriteReply(this.#quorum, reply);
    this.#decide(this.#pending);
    if (this.#pending === 0) this.#attempt.onOver(this.#quorum);
  }

  /** Answers the caller if the verdict is final; later verdicts change nothing. */
  #decide(asked: number): boolean {
    const verdict = writeVerdict(this.#quorum, asked + this.#spares.length);
    if (verdict === "pending" || this.#isHearing) return false;
    this.#settle({
      verdict,
      needed: this.#attempt.needed,
      stored: this.#quorum.stored,
      failed: this.#quorum.failed,
      staleBelow: this.#quorum.staleBelow,
      hadValue: this.#hadValue,
      maySomeHaveStored: this.#maySomeHaveStored || this.#pending > 0,
      someStoreFull: this.#someStoreFull,
      answers: [...this.#answers],
    });
    return true;
  }
}
