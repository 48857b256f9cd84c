/** A `MetaStore` in memory. It keeps what it was told for as long as the object lives. */

import type { MemberState, NodeId } from "@ringkv/core";
import {
  type Claim,
  type Durability,
  ForeignStore,
  type Identity,
  type MetaStore,
} from "@ringkv/engine";

export class MemoryMetaStore implements MetaStore {
  #owner: Identity | null = null;
  #incarnation = 0;
  #reservedUntilMs = 0;
  #members: ReadonlyMap<NodeId, MemberState> = new Map();

  async claim({ clusterId, node }: Identity): Promise<Claim> {
    const owner = this.#owner;
    if (owner !== null && (owner.clusterId !== clusterId || owner.node !== node)) {
      throw new ForeignStore(`the store belongs to ${owner.node} of cluster ${owner.clusterId}`);
    }
    this.#owner = { clusterId, node };
    this.#incarnation++;
    return { incarnation: this.#incarnation, reservedUntilMs: this.#reservedUntilMs };
  }

  async reserveClock(untilMs: number): Promise<void> {
    this.#reservedUntilMs = Math.max(this.#reservedUntilMs, untilMs);
  }

  async recordMembers(states: ReadonlyMap<NodeId, MemberState>): Promise<void> {
    this.#members = new Map([...this.#members, ...states]);
  }

  async probe(): Promise<Durability> {
    return "always";
  }

  /** What was recorded last of each member. */
  members(): ReadonlyMap<NodeId, MemberState> {
    return this.#members;
  }
}
