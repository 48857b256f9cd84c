/** A `MetaStore` in memory. It keeps what it was told for as long as the object lives. */

import { type Ballot, laterBallot, type MemberState, NO_BALLOT, type NodeId } from "@ringkv/core";
import {
  type Claim,
  ForeignStore,
  type Identity,
  type MetaStore,
  type StoreHealth,
} from "@ringkv/engine";

export class MemoryMetaStore implements MetaStore {
  #owner: Identity | null = null;
  #incarnation = 0;
  #reservedUntilMs = 0;
  #ballot = NO_BALLOT;
  #members: ReadonlyMap<NodeId, MemberState> = new Map();

  async claim({ clusterId, node }: Identity): Promise<Claim> {
    const owner = this.#owner;
    if (owner !== null && (owner.clusterId !== clusterId || owner.node !== node)) {
      throw new ForeignStore(`the store belongs to ${owner.node} of cluster ${owner.clusterId}`);
    }
    this.#owner = { clusterId, node };
    this.#incarnation++;
    const ballot = this.#ballot;
    return { incarnation: this.#incarnation, reservedUntilMs: this.#reservedUntilMs, ballot };
  }

  async reserveClock(untilMs: number): Promise<void> {
    this.#reservedUntilMs = Math.max(this.#reservedUntilMs, untilMs);
  }

  async recordVote(ballot: Ballot): Promise<Ballot> {
    this.#ballot = laterBallot(this.#ballot, ballot);
    return this.#ballot;
  }

  async recordMembers(states: ReadonlyMap<NodeId, MemberState>): Promise<void> {
    this.#members = new Map([...this.#members, ...states]);
  }

  async probe(): Promise<StoreHealth> {
    return { durability: "always", incarnation: this.#incarnation };
  }

  /** What was recorded last of each member. */
  members(): ReadonlyMap<NodeId, MemberState> {
    return this.#members;
  }
}
