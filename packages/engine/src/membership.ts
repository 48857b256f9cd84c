/**
 * Who is up, as this node sees it: heartbeats out, evidence in, a judgement on request.
 *
 * The judgement itself is core/suspicion. This file keeps the evidence, beats once per interval,
 * and says when a member's state has changed. It never decides what follows from a change.
 */

import {
  type Evidence,
  excusePause,
  failed,
  heard,
  judge,
  type MemberState,
  type NodeId,
  noEvidence,
  type SuspicionLimits,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import { type Heartbeat, type Owes, PeerFailure, type Peers } from "./ports/peers.js";

export interface MembershipOptions extends SuspicionLimits {
  readonly heartbeatIntervalMs: number;
}

export interface MembershipDeps {
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  readonly clock: Clock;
  readonly peers: Pick<Peers, "heartbeat">;
  readonly log: Log;
  readonly counters: Counters;
  readonly options: MembershipOptions;
  /** What this node says of itself. */
  readonly ownBeat: () => Heartbeat;
  /** Hears a peer's clock; false when it is broken, and then the peer does not count as heard. */
  readonly observeClock: (clockMs: number, stampedMs: number) => boolean;
  /** Hears what a peer said of its debts, when it beat or answered. */
  readonly hearOwes: (debtor: NodeId, owes: Owes) => void;
}

export interface MemberView {
  readonly node: NodeId;
  readonly state: MemberState;
  /** Milliseconds since it last answered; 0 for this node; null: never. */
  readonly heardAgoMs: number | null;
  readonly incarnation: number | null;
}

export type StateChange = (node: NodeId, from: MemberState, to: MemberState) => void;

export class Membership {
  readonly #deps: MembershipDeps;
  readonly #peers: readonly NodeId[];
  readonly #evidence = new Map<NodeId, Evidence>();
  readonly #incarnations = new Map<NodeId, number>();
  /** As announced last; `stateOf` answers from it, so that a request costs no arithmetic. */
  readonly #states = new Map<NodeId, MemberState>();
  readonly #listeners = new Set<StateChange>();
  #beatAtMs: number;
  #steadySinceMs: number;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
    this.#peers = deps.members.filter((node) => node !== deps.self);
    this.#beatAtMs = deps.clock.monotonicMs();
    this.#steadySinceMs = this.#beatAtMs;
    for (const node of this.#peers) {
      this.#evidence.set(node, noEvidence(this.#beatAtMs));
      this.#states.set(node, "suspect");
    }
    this.#states.set(deps.self, "recovering"); // As every node begins.
  }

  /** `listener` hears of every change, until the function that is given back is called. */
  onChange(listener: StateChange): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  readonly stateOf = (node: NodeId): MemberState => this.#states.get(node) ?? "down";

  /** Every member, this node included, in the order of the member list. */
  view(): MemberView[] {
    const nowMs = this.#deps.clock.monotonicMs();
    return this.#deps.members.map((node) => {
      const heardAtMs = this.#evidence.get(node)?.heardAtMs ?? null;
      const isSelf = node === this.#deps.self;
      return {
        node,
        state: this.stateOf(node),
        heardAgoMs: isSelf ? 0 : heardAtMs === null ? null : Math.round(nowMs - heardAtMs),
        incarnation: isSelf
          ? this.#deps.ownBeat().incarnation
          : (this.#incarnations.get(node) ?? null),
      };
    });
  }

  /** Whether more than half of the members, this node included, are neither suspect nor down. */
  seesMajority(): boolean {
    const live = this.#deps.members.filter((node) => {
      const state = this.stateOf(node);
      return state === "up" || state === "recovering";
    });
    return live.length * 2 > this.#deps.members.length;
  }

  /**
   * Since when, by the monotonic clock, no member has changed its state or started anew, and this
   * process has not stood still: what the others did meanwhile nobody here would know.
   */
  steadySinceMs(): number {
    this.#excuseOwnPause();
    return this.#steadySinceMs;
  }

  /** Beats until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#deps;
    while (!signal.aborted) {
      // Not awaited: one member that is silent must not slow down the beat to the others.
      for (const node of this.#peers) void this.#beat(node);
      this.#judgeAll();
      await clock.sleep(options.heartbeatIntervalMs, signal).catch(() => {});
    }
  }

  /** One round outside the rhythm: a node that leaves tells the others. Never rejects. */
  async announce(): Promise<void> {
    this.#judge(this.#deps.self);
    await Promise.all(this.#peers.map((node) => this.#beat(node)));
  }

  /** A peer called us. It counts as a sign of life only of its incarnation, not of the link. */
  received(beat: Heartbeat): void {
    this.#noteIncarnation(beat);
    this.#deps.observeClock(beat.clockMs, beat.stampedMs);
    this.#deps.hearOwes(beat.node, beat.owes);
    const evidence = this.#evidence.get(beat.node);
    if (evidence === undefined) return;
    this.#evidence.set(beat.node, { ...evidence, declared: beat.state });
    // A peer that says that it leaves, or is back, need not be waited for.
    this.#judge(beat.node);
  }

  /** A call on the data path failed. */
  noteFailure(node: NodeId, thrown: unknown): void {
    const evidence = this.#evidence.get(node);
    if (evidence === undefined || !(thrown instanceof PeerFailure)) return;
    if (thrown.reason !== "refused" && thrown.reason !== "timed-out") return;
    this.#evidence.set(node, failed(evidence, thrown.reason));
    this.#judge(node);
  }

  async #beat(node: NodeId): Promise<void> {
    const { peers, ownBeat, options, observeClock, log, counters } = this.#deps;
    counters.add("heartbeatsSent");
    try {
      const answer = await peers.heartbeat(node, ownBeat(), options.heartbeatIntervalMs);
      if (!observeClock(answer.clockMs, answer.stampedMs)) {
        counters.add("heartbeatsMissed");
        log.warn({ node, clockMs: answer.clockMs }, "member's clock is too far ahead: ignored");
        return;
      }
      this.#hear(node, answer);
    } catch (thrown) {
      counters.add("heartbeatsMissed");
      this.noteFailure(node, thrown);
    }
  }

  #hear(node: NodeId, answer: Heartbeat): void {
    this.#deps.hearOwes(node, answer.owes);
    const evidence = this.#evidence.get(node);
    if (evidence === undefined) return;
    this.#noteIncarnation(answer);
    this.#evidence.set(node, heard(evidence, this.#deps.clock.monotonicMs(), answer.state));
    this.#judge(node);
  }

  #noteIncarnation({ node, incarnation }: Heartbeat): void {
    if (this.#incarnations.get(node) === incarnation) return;
    this.#incarnations.set(node, incarnation);
    this.#steadySinceMs = this.#deps.clock.monotonicMs();
  }

  /** After a stop of this whole process, everybody has been silent, and nobody is to blame. */
  #excuseOwnPause(): void {
    const { clock, options } = this.#deps;
    const nowMs = clock.monotonicMs();
    const pauseMs = nowMs - this.#beatAtMs - options.heartbeatIntervalMs;
    this.#beatAtMs = nowMs;
    if (pauseMs < options.heartbeatIntervalMs) return; // A late timer is no pause.
    this.#steadySinceMs = nowMs;
    for (const [node, evidence] of this.#evidence) {
      this.#evidence.set(node, excusePause(evidence, pauseMs, nowMs));
    }
  }

  #judgeAll(): void {
    for (const node of this.#deps.members) this.#judge(node);
  }

  #judge(node: NodeId): void {
    const { clock, options, ownBeat } = this.#deps;
    // Here too: after a pause, calls that ran out of time are reported before the next beat.
    this.#excuseOwnPause();
    const evidence = this.#evidence.get(node);
    const from = this.stateOf(node);
    const to =
      evidence === undefined ? ownBeat().state : judge(evidence, clock.monotonicMs(), options);
    if (to === from) return;
    this.#states.set(node, to);
    this.#steadySinceMs = clock.monotonicMs();
    for (const listener of this.#listeners) listener(node, from, to);
  }
}
