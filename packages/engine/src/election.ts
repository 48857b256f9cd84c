/**
 * Keeps the cluster led: listens for the leader, stands for election when it is silent, votes, and
 * steps down. The rules are core/election; this file brings them time, chance, disk and peers.
 *
 * No vote leaves this node, its own included, before its store holds it. A term that was merely
 * heard of is recorded in the background: it takes part in no vote. Nothing on the path of a read
 * or a write waits for anything here.
 */

import {
  type Ballot,
  candidacy,
  type ElectionState,
  type ElectionTimes,
  elected,
  electionFrom,
  follow,
  isElected,
  isElectionDue,
  judgeVote,
  NO_BALLOT,
  type NodeId,
  patienceMs,
  recall,
  retryAfterMs,
  StoreUnavailable,
  seeTerm,
  type VoteAnswer,
  type VoteRequest,
  withoutLeader,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { MetaStore } from "./ports/meta-store.js";
import type { Heartbeat, Peers } from "./ports/peers.js";
import type { Random } from "./ports/random.js";

export interface ElectionOptions {
  readonly heartbeatIntervalMs: number;
  /** Silence that makes a member suspect makes a leader lost, or nearly: see `patienceMs`. */
  readonly suspectAfterMs: number;
}

export interface ElectionDeps {
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  readonly clock: Clock;
  readonly random: Random;
  readonly meta: Pick<MetaStore, "recordVote">;
  readonly peers: Pick<Peers, "requestVote">;
  readonly log: Log;
  readonly counters: Counters;
  readonly options: ElectionOptions;
  /** Whether this node may vote and lead: it is not leaving, and its store answers. */
  readonly isFit: () => boolean;
  /** Beats outside the rhythm. */
  readonly announce: () => Promise<void>;
}

/** How often a leader's silence a blank node waits for its peers: a new cluster may miss one. */
const ABSTENTION_PATIENCES = 5;
/** More than can be opened while a member is not heard of: each takes a retry at least. */
const SKIPPED_TERMS = 1_000;

export interface Leadership {
  readonly isLeader: boolean;
  /** Null: nobody that this node knows of. */
  readonly leader: NodeId | null;
  readonly term: number;
}

export class Election {
  readonly #deps: ElectionDeps;
  readonly #peers: readonly NodeId[];
  readonly #times: ElectionTimes;
  /** When each peer was heard last, by its own call or by its answer. */
  readonly #heardAtMs = new Map<NodeId, number>();
  #state: ElectionState = electionFrom(NO_BALLOT);
  /** Before the store is claimed nobody knows how this node has voted. */
  #isOpen = false;
  /** Peers that must answer before a node with a blank store votes: see `startAt`. */
  readonly #awaited = new Set<NodeId>();
  #awaitedUntilMs = 0;
  #leaderHeardAtMs = 0;
  #dueAtMs = 0;

  constructor(deps: ElectionDeps) {
    const { heartbeatIntervalMs, suspectAfterMs } = deps.options;
    this.#deps = deps;
    this.#peers = deps.members.filter((node) => node !== deps.self);
    this.#times = { leaderSilenceMs: suspectAfterMs, retryMs: heartbeatIntervalMs };
  }

  /**
   * With what the store remembers of earlier runs. A store that remembers nothing is new, or was
   * lost together with a vote: then this node abstains until every peer has told its term.
   */
  startAt(ballot: Ballot): void {
    this.#state = electionFrom(ballot);
    this.#isOpen = true;
    if (ballot.term === 0) for (const peer of this.#peers) this.#awaited.add(peer);
    this.#awaitedUntilMs = this.#nowMs() + ABSTENTION_PATIENCES * this.#times.leaderSilenceMs;
    this.#beginPatience();
  }

  /** An empty store has taken the place of the one that held our vote: it is not forgotten here. */
  async recordAnew(): Promise<void> {
    const { term, votedFor } = this.#state;
    if (term > 0)
      this.#become(recall(this.#state, await this.#deps.meta.recordVote({ term, votedFor })));
  }

  leadership(): Leadership {
    this.#checkOwnLead();
    const { role, leader, term } = this.#state;
    return { isLeader: role === "leader", leader, term };
  }

  /** Heartbeats whose answers are heard here too. */
  listeningTo(peers: Pick<Peers, "heartbeat">): Pick<Peers, "heartbeat"> {
    return {
      heartbeat: async (node, beat, budgetMs) => {
        const answer = await peers.heartbeat(node, beat, budgetMs);
        this.answered(answer);
        return answer;
      },
    };
  }

  /** A peer beat, or answered a beat. */
  heard({ node, term, leader }: Pick<Heartbeat, "node" | "term" | "leader">): void {
    if (!this.#isOpen) return;
    this.#heardAtMs.set(node, this.#nowMs());
    this.#learn(term);
    if (term < this.#state.term) return;
    if (leader === node) {
      this.#leaderHeardAtMs = this.#nowMs();
      this.#beginPatience();
      this.#become(follow(this.#state, term, node));
    } else if (this.#state.leader === node) {
      // It has stepped down, or started anew. Nobody else need find out by silence.
      this.#become(withoutLeader(this.#state));
      this.#retrySoon();
    }
  }

  /** A peer answered a beat of this run; what it says is not older than this run. */
  answered(beat: Pick<Heartbeat, "node" | "term" | "leader">): void {
    this.heard(beat);
    if (this.#awaited.delete(beat.node) && this.#awaited.size === 0) this.#endAbstention(0);
  }

  /** Rejects with `StoreUnavailable` when the vote could not be recorded: then it was not given. */
  async vote(request: VoteRequest): Promise<VoteAnswer> {
    if (!this.#isOpen) throw new StoreUnavailable("this node has not claimed its store yet");
    const { meta } = this.#deps;
    const { state, granted } = judgeVote(this.#state, request, this.#hearsLeader());
    const { term, candidate, isPreVote } = request;
    const mayVote = granted && this.#mayVote();
    if (!mayVote || isPreVote) return { term: this.#state.term, granted: mayVote };
    // At once, so that nobody else gets it while it is being recorded.
    this.#become(state);
    this.#beginPatience();
    const held = await meta.recordVote({ term, votedFor: candidate });
    this.#become(recall(this.#state, held));
    return { term: this.#state.term, granted: isBallot(held, term, candidate) };
  }

  /** Elects when it is time to, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, options } = this.#deps;
    while (!signal.aborted) {
      this.#checkOwnLead();
      const isOverdue = this.#awaited.size > 0 && this.#nowMs() >= this.#awaitedUntilMs;
      if (isOverdue) this.#endAbstention(SKIPPED_TERMS);
      if (isElectionDue(this.#state, this.#nowMs(), this.#dueAtMs)) await this.#stand(signal);
      // Time-outs may come nearer meanwhile, when a leader resigns.
      const stepMs = options.heartbeatIntervalMs / 2;
      const leftMs = this.#state.role === "leader" ? stepMs : this.#dueAtMs - this.#nowMs();
      await clock.sleep(Math.max(1, Math.min(stepMs, leftMs)), signal).catch(() => {});
    }
  }

  async #stand(signal: AbortSignal): Promise<void> {
    this.#become(withoutLeader(this.#state));
    try {
      if (this.#mayVote()) await this.#campaign();
    } catch (cause) {
      const { log } = this.#deps;
      if (!signal.aborted) log.warn({ err: cause }, "own vote not recorded: not a candidate");
    }
    if (this.#state.leader === null) this.#retrySoon();
  }

  async #campaign(): Promise<void> {
    const { self, meta, isFit, announce } = this.#deps;
    const term = this.#state.term + 1;
    if (!(await this.#poll({ term, candidate: self, isPreVote: true }))) return;
    // Meanwhile somebody else may have been elected, or have opened a higher term.
    if (this.#state.term !== term - 1 || this.#state.leader !== null || !isFit()) return;
    this.#become(candidacy(this.#state, self));
    const held = await meta.recordVote({ term, votedFor: self });
    this.#become(recall(this.#state, held));
    if (!isBallot(held, term, self)) return;
    if (!(await this.#poll({ term, candidate: self, isPreVote: false })) || !isFit()) return;
    this.#become(elected(this.#state, self, term));
    if (this.#state.role === "leader") void announce();
  }

  /** Whether a majority grants it. Resolves as soon as that is certain, either way. */
  #poll(request: VoteRequest): Promise<boolean> {
    const { self, members, peers, options } = this.#deps;
    const voters = [self];
    let pending = this.#peers.length;
    return new Promise((resolve) => {
      const decide = () => {
        if (isElected(voters, members)) resolve(true);
        else if (pending === 0) resolve(false);
      };
      const count = (voter: NodeId, { term, granted }: VoteAnswer) => {
        this.#heardAtMs.set(voter, this.#nowMs());
        if (granted) voters.push(voter);
        else this.#learn(term);
      };
      for (const node of this.#peers) {
        // Who does not answer does not vote.
        void peers
          .requestVote(node, request, options.heartbeatIntervalMs)
          .then((answer) => count(node, answer))
          .catch(() => {})
          .then(() => {
            pending--;
            decide();
          });
      }
      decide();
    });
  }

  #mayVote(): boolean {
    return this.#awaited.size === 0 && this.#deps.isFit();
  }

  /**
   * From now on this node votes, in the terms to come: the vote of the last one that it knows of
   * counts as given. Who was not heard may know of a few more, hence the skipped ones.
   */
  #endAbstention(skipped: number): void {
    const { self, meta } = this.#deps;
    this.#awaited.clear();
    const term = this.#state.term + skipped;
    if (term === 0) return; // Nobody has ever voted.
    this.#become({ ...seeTerm(this.#state, term), votedFor: self });
    void meta.recordVote({ term, votedFor: self }).catch(() => {});
  }

  /** A higher term was heard of: whatever this node was, it is over. */
  #learn(term: number): void {
    if (term <= this.#state.term) return;
    if (this.#state.role === "leader") this.#retrySoon();
    this.#become(seeTerm(this.#state, term));
    // A blank store must stay blank meanwhile, or the next start would not abstain.
    if (this.#awaited.size > 0) return;
    void this.#deps.meta.recordVote({ term, votedFor: null }).catch(() => {});
  }

  /** A leader that is cut off, that leaves or that lost its store leads no more. */
  #checkOwnLead(): void {
    const { self, members, isFit } = this.#deps;
    if (this.#state.role !== "leader") return;
    const nowMs = this.#nowMs();
    const heard = [...this.#heardAtMs].filter(
      ([, atMs]) => nowMs - atMs < this.#times.leaderSilenceMs,
    );
    if (isFit() && isElected([self, ...heard.map(([node]) => node)], members)) return;
    this.#become(withoutLeader(this.#state));
    this.#beginPatience();
  }

  #hearsLeader(): boolean {
    this.#checkOwnLead();
    const { role, leader } = this.#state;
    if (role === "leader") return true;
    return leader !== null && this.#nowMs() - this.#leaderHeardAtMs < this.#times.leaderSilenceMs;
  }

  #become(state: ElectionState): void {
    const before = this.#state;
    this.#state = state;
    const { leader, term } = state;
    if (leader === before.leader && (leader === null || term === before.term)) return;
    if (leader !== null) this.#deps.counters.add("leaderChanges");
    this.#deps.log.info({ leader, term }, leader === null ? "no leader" : "leader changed");
  }

  #beginPatience(): void {
    this.#dueAtMs = this.#nowMs() + patienceMs(this.#times, this.#deps.random.unit());
  }

  #retrySoon(): void {
    this.#dueAtMs = this.#nowMs() + retryAfterMs(this.#times, this.#deps.random.unit());
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs();
  }
}

function isBallot(held: Ballot, term: number, votedFor: NodeId): boolean {
  return held.term === term && held.votedFor === votedFor;
}
