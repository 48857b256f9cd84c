/**
 * What a node may do at the moment: whether its store is its own, whether it has recovered, whether
 * it is leaving; and so who is let in. It begins recoveries, and decides what none of them copies.
 */

import {
  type MemberState,
  NO_BALLOT,
  type NodeId,
  Recovering,
  ShuttingDown,
  StoreUnavailable,
} from "@ringkv/core";
import type { Background } from "./background.js";
import type { Election } from "./election.js";
import type { Membership } from "./membership.js";
import type { Log } from "./ports/log.js";
import type { Claim, MetaStore } from "./ports/meta-store.js";
import type { Recovery, RecoveryProgress } from "./recovery.js";
import type { Replica } from "./replica.js";
import type { StoreWatch } from "./store-watch.js";
import type { VersionClock } from "./version-clock.js";

export interface StandingDeps {
  readonly self: NodeId;
  readonly clusterId: string;
  /** An absence of the store for as long means that writes were missed. */
  readonly missedAfterMs: number;
  readonly meta: Pick<MetaStore, "claim">;
  readonly log: Log;
  readonly versions: VersionClock;
  readonly replica: Replica;
  readonly election: Election;
  readonly membership: Membership;
  readonly recovery: Recovery;
  readonly storeWatch: StoreWatch;
  readonly background: Background;
}

export interface ReadinessCheck {
  readonly check: string;
  readonly ok: boolean;
}

const UNCLAIMED: Claim = { incarnation: 0, reservedUntilMs: 0, ballot: NO_BALLOT };

export class Standing {
  readonly #deps: StandingDeps;
  #state: MemberState = "recovering";
  #claim = UNCLAIMED;
  #isRecovering = false;
  #isReclaiming = false;

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  get state(): MemberState {
    return this.#state;
  }

  /** How often this node has started on its store; 0 until it has been claimed. */
  get incarnation(): number {
    return this.#claim.incarnation;
  }

  /** Rejects with `ForeignStore` or `StoreUnavailable`. */
  async claim(): Promise<void> {
    const { self, clusterId, meta, versions, replica, election } = this.#deps;
    this.#claim = await meta.claim({ clusterId, node: self });
    versions.startAt(this.#claim.reservedUntilMs);
    replica.startAt(this.#claim.reservedUntilMs);
    election.startAt(this.#claim.ballot);
  }

  /** See `Node.recover`. */
  recover(): RecoveryProgress {
    const { recovery, background, membership } = this.#deps;
    if (!this.#isRecovering && this.#state !== "down") {
      const wasUp = this.#state === "up";
      this.#isRecovering = true;
      this.#state = "recovering";
      recovery.begin();
      if (wasUp) void membership.announce(); // Nobody need come to read in vain.
      background.run((signal) => this.#untilRecovered(signal));
    }
    return recovery.progress();
  }

  /** See `Node.leave`. */
  async leave(): Promise<void> {
    this.#state = "down";
    await this.#deps.membership.announce();
  }

  /** Throws what a client is told, unless it may be served. */
  admitClient(): void {
    const { storeWatch } = this.#deps;
    if (this.#state === "down") throw new ShuttingDown("this node is leaving");
    if (this.#claim === UNCLAIMED) throw new Recovering("this node has not started yet");
    if (!storeWatch.answers) throw new StoreUnavailable("this node's Redis is away");
  }

  /** Before the claim the store may be anybody's; after an outage it may be another one. */
  admitPeer(): void {
    if (this.#claim === UNCLAIMED) {
      throw new StoreUnavailable("this node has not claimed its store yet");
    }
    if (!this.#deps.storeWatch.answers) throw new StoreUnavailable("this node's Redis is away");
  }

  /** What must hold before clients are sent here. All true: ready. */
  readiness(): ReadinessCheck[] {
    const { storeWatch, membership } = this.#deps;
    return [
      { check: "redis", ok: storeWatch.answers },
      { check: "state", ok: this.#state === "up" },
      { check: "majority", ok: membership.seesMajority() },
    ];
  }

  /**
   * The store says how often it has been claimed. Fewer times than we know of: it is empty, or an
   * old copy, and holds nothing of what this node has answered for.
   */
  compareIncarnation(incarnation: number): void {
    const { log, versions, recovery, background } = this.#deps;
    if (incarnation === this.#claim.incarnation || this.#isReclaiming) return;
    if (incarnation > this.#claim.incarnation) {
      log.error({ incarnation }, "another process has claimed this node's store");
      return;
    }
    log.error({ incarnation }, "the store has lost what it held: claiming it anew");
    this.#isReclaiming = true;
    versions.startAt(0); // The mark is gone.
    if (this.#isRecovering) recovery.begin();
    else this.recover();
    void background.quietly("the store could not be claimed anew", this.#reclaim());
  }

  /** Others stood in for this node meanwhile; after a moment's hiccup their debts say enough. */
  storeIsBack(awayMs: number): void {
    if (awayMs >= this.#deps.missedAfterMs) this.recover();
  }

  async #untilRecovered(signal: AbortSignal): Promise<void> {
    const { recovery, replica, versions, membership } = this.#deps;
    await recovery.run(signal);
    if (signal.aborted) return;
    this.#isRecovering = false;
    // What this node stood in for before, and has handed off or lost, is older than now.
    replica.letGoUpTo(Math.floor(versions.nowMs()));
    if (this.#state === "recovering") this.#state = "up";
    await membership.announce();
  }

  async #reclaim(): Promise<void> {
    const { self, clusterId, meta, election } = this.#deps;
    try {
      this.#claim = await meta.claim({ clusterId, node: self });
      await election.recordAnew();
    } finally {
      this.#isReclaiming = false;
    }
  }
}
