/**
 * Watches elections from outside, over all nodes and all their restarts. A term has one leader at
 * most, and that is one run of one node: who starts anew must be elected anew. No vote is given, to
 * another or to oneself, that is not on disk. What leaves a node on the wire counts as said.
 */

import type { Ballot, NodeId, VoteRequest } from "@ringkv/core";
import type { Heartbeat } from "@ringkv/engine";

export class LeaderWatch {
  /** By term: the runs that claimed to lead it. */
  readonly #claims = new Map<number, Set<string>>();
  /** Every ballot that a disk has held. */
  readonly #held = new Set<string>();
  /** By node: the term on its disk. */
  readonly #terms = new Map<NodeId, number>();
  /** By node: the highest term anywhere when its disk was lost. */
  readonly #lost = new Map<NodeId, number>();
  readonly #report: (message: string) => void;

  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  /** How many terms somebody led. */
  get terms(): number {
    return this.#claims.size;
  }

  /** How many led the term that most did; the promise is that it never exceeds one. */
  get leadersPerTermMax(): number {
    return Math.max(0, ...[...this.#claims.values()].map(({ size }) => size));
  }

  /** A node's disk holds this ballot now. */
  recorded(node: NodeId, { term, votedFor }: Ballot): void {
    this.#held.add(`${node} ${term} ${votedFor}`);
    this.#terms.set(node, term);
  }

  /** A node's disk, and the ballot on it, is lost. */
  wiped(node: NodeId): void {
    this.#lost.set(node, Math.max(0, ...this.#terms.values(), ...this.#lost.values()));
    this.#terms.delete(node);
  }

  /** Whether each disk that was lost has heard again of the terms that there were then. */
  areTermsKnown(): boolean {
    return [...this.#lost].every(([node, term]) => (this.#terms.get(node) ?? 0) >= term);
  }

  /** A vote was given: by answering, or by standing for election. */
  voted(node: NodeId, { term, candidate, isPreVote }: VoteRequest): void {
    if (isPreVote || this.#held.has(`${node} ${term} ${candidate}`)) return;
    this.#report(`${node} voted for ${candidate} in term ${term}, which is not on its disk`);
  }

  /** Returns whether the claim is new. */
  said({ node, incarnation, term, leader }: Claim): boolean {
    if (leader === null) return false;
    const claims = this.#claims.get(term) ?? new Set<string>();
    this.#claims.set(term, claims);
    const run = `${leader} (start ${incarnation})`;
    if (claims.has(run)) return false;
    claims.add(run);
    if (leader !== node) this.#report(`${node} claims for ${leader} to lead term ${term}`);
    if (claims.size > 1) this.#report(`term ${term} has ${[...claims].join(" and ")} as leaders`);
    return true;
  }
}

type Claim = Pick<Heartbeat, "node" | "incarnation" | "term" | "leader">;
