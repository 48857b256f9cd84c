/**
 * Who leads: Raft's elections without its log. Functions on values; the caller keeps the state,
 * persists ballots and measures time.
 *
 * Time is cut into terms. A node gives one vote per term, and a candidate leads a term with the
 * votes of more than half of the members, so no term has two leaders. Before it opens a new term, a
 * candidate asks whether it would be elected (pre-vote): a node that comes back from behind a cut
 * then disturbs nobody. Nothing here says that a leader is alone at an instant: one that has not
 * noticed yet that it was replaced leads a lower term.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), section 5.2;
 * pre-vote: Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 9.6.
 */

import type { NodeId } from "./types.js";

/** What a node must not forget: the term that it has reached, and its vote in it. */
export interface Ballot {
  readonly term: number;
  readonly votedFor: NodeId | null;
}

export interface ElectionState extends Ballot {
  readonly role: "follower" | "candidate" | "leader";
  /** Who leads `term`, as far as is known. */
  readonly leader: NodeId | null;
}

export interface VoteRequest {
  /** The term that the candidate wants to lead. */
  readonly term: number;
  readonly candidate: NodeId;
  /** Only asks; a promise of it binds nobody. */
  readonly isPreVote: boolean;
}

export interface VoteAnswer {
  /** The voter's own term: a candidate that is behind learns it from a refusal. */
  readonly term: number;
  readonly granted: boolean;
}

export interface ElectionTimes {
  /** Silence of the leader after which its followers may elect another; at most twice that. */
  readonly leaderSilenceMs: number;
  /** From an election that nobody won to the next attempt: half of it to one and a half. */
  readonly retryMs: number;
}

/** A term fits into 48 bits: one per millisecond would take nine thousand years. */
export const TERM_MAX = 2 ** 48 - 1;

export const NO_BALLOT: Ballot = { term: 0, votedFor: null };

/** Where every run of a node begins: it may have led before, and does not any more. */
export function electionFrom({ term, votedFor }: Ballot): ElectionState {
  return { term, votedFor, role: "follower", leader: null };
}

/** A term was heard of. A higher one ends whatever this node was in its own. */
export function seeTerm(state: ElectionState, term: number): ElectionState {
  return term > state.term ? electionFrom({ term, votedFor: null }) : state;
}

/** `leader` says that it leads `term`. One of a term that is over is not believed. */
export function follow(state: ElectionState, term: number, leader: NodeId): ElectionState {
  if (term < state.term) return state;
  return { ...seeTerm(state, term), role: "follower", leader };
}

/** The leader is lost, or says that it leads no more; or this node itself cannot lead on. */
export function withoutLeader(state: ElectionState): ElectionState {
  return { ...state, role: "follower", leader: null };
}

/**
 * Judges a request. The answer may be given only when the new state's ballot is on disk; a pre-vote
 * changes nothing.
 *
 * @param hearsLeader whether this node leads, or has heard the leader of late: then the candidate
 * alone has a problem, and electing anew would not solve it.
 */
export function judgeVote(
  state: ElectionState,
  request: VoteRequest,
  hearsLeader: boolean,
): { readonly state: ElectionState; readonly granted: boolean } {
  const { term, candidate, isPreVote } = request;
  if (isPreVote) return { state, granted: !hearsLeader && isFree(state, term, candidate) };
  const seen = seeTerm(state, term);
  if (!isFree(seen, term, candidate)) return { state: seen, granted: false };
  return { state: { ...seen, votedFor: candidate }, granted: true };
}

/** Whether the vote of `term` could still go to `candidate`. */
function isFree(state: ElectionState, term: number, candidate: NodeId): boolean {
  if (term !== state.term) return term > state.term;
  return state.votedFor === null || state.votedFor === candidate;
}

/** Which of two ballots for one store stays: the higher term's, and in a term the first vote. */
export function laterBallot(held: Ballot, next: Ballot): Ballot {
  if (next.term !== held.term) return next.term > held.term ? next : held;
  return held.votedFor === null ? next : held;
}

/** What the disk answered that it holds: it may remember a later term, or another vote. */
export function recall(state: ElectionState, held: Ballot): ElectionState {
  if (held.term < state.term) return state;
  const isSame = held.votedFor === null || held.votedFor === state.votedFor;
  return held.term === state.term && isSame ? state : electionFrom(held);
}

/** Opens a term of its own and votes for itself. */
export function candidacy(state: ElectionState, self: NodeId): ElectionState {
  return { term: state.term + 1, votedFor: self, role: "candidate", leader: null };
}

/** Counts distinct members among the voters. */
export function isElected(voters: readonly NodeId[], members: readonly NodeId[]): boolean {
  const votes = members.filter((member) => voters.includes(member)).length;
  return votes * 2 > members.length;
}

/** Takes office in the term of its candidacy; a candidacy that is over leads nowhere. */
export function elected(state: ElectionState, self: NodeId, term: number): ElectionState {
  const isStill = state.role === "candidate" && state.term === term;
  return isStill ? { ...state, role: "leader", leader: self } : state;
}

/**
 * How long a follower waits from now for a sign of its leader. Drawn anew each time, so that two
 * followers seldom rise together and split the votes.
 *
 * @param chance from 0 up to 1.
 */
export function patienceMs({ leaderSilenceMs }: ElectionTimes, chance: number): number {
  return leaderSilenceMs * (1 + chance);
}

/** How long a node waits that knows of no leader: after a lost election, or a resignation. */
export function retryAfterMs({ retryMs }: ElectionTimes, chance: number): number {
  return retryMs * (0.5 + chance);
}

export function isElectionDue(state: ElectionState, nowMs: number, dueAtMs: number): boolean {
  return state.role !== "leader" && nowMs >= dueAtMs;
}
