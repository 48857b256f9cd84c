import type { Ballot, MemberState, NodeId } from "@ringkv/core";

/**
 * What a node remembers of itself beside its records, in the same store and with the same
 * durability. Rejects with `StoreUnavailable` when the store does not answer in time.
 */
export interface MetaStore {
  /**
   * Makes this store the node's own, or confirms that it is, and counts a start. Rejects with
   * `ForeignStore` when it belongs to another cluster or another node; nothing is changed then.
   */
  claim(identity: Identity): Promise<Claim>;

  /** Records that versions up to `untilMs` may have been issued. Never lowers the mark. */
  reserveClock(untilMs: number): Promise<void>;

  /**
   * Keeps the later of the ballot held and this one (core's `laterBallot`), and resolves with it: a
   * vote may be given only when it is the one that is held. The term is never lowered, and a
   * term's vote never changed, also by a call that comes late.
   */
  recordVote(ballot: Ballot): Promise<Ballot>;

  /** Rewrites `node_status:{id}` for every member, as this node sees it. */
  recordMembers(states: ReadonlyMap<NodeId, MemberState>): Promise<void>;

  /** Resolves when the store answers, with what it says of itself. */
  probe(): Promise<StoreHealth>;
}

export interface Identity {
  readonly clusterId: string;
  readonly node: NodeId;
}

export interface Claim {
  /** How often this node has started on this store, this time included. */
  readonly incarnation: number;
  /** Milliseconds since the epoch: no version at or above it has been issued by earlier starts. */
  readonly reservedUntilMs: number;
  /** The last term that was recorded, and the vote in it; term 0: none yet. */
  readonly ballot: Ballot;
}

export interface StoreHealth {
  readonly durability: Durability;
  /**
   * As the last claim of this store counted it; 0: it has never been claimed. Another number than
   * this node's own means that another store has taken the place of the one that it claimed.
   */
  readonly incarnation: number;
}

/** When a write that the store acknowledged is on its disk. */
export type Durability = "always" | "everysec" | "none";

/** The store holds another node's or another cluster's data. A start must not go on. */
export class ForeignStore extends Error {
  override readonly name = "ForeignStore";
}
