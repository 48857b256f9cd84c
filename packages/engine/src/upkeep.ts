/**
 * Upkeep: what a node does in the background so that owners hold what they should, and nobody holds
 * what it need not: hand-off, anti-entropy with repair, purge, scrub, and the debts that they pay.
 *
 * It says when each of them is due. What they do is theirs; how often a job is tried is the
 * queue's.
 */

import type { MemberState, NodeId, Partition } from "@ringkv/core";
import { AntiEntropy } from "./anti-entropy.js";
import type { Background } from "./background.js";
import type { Counters } from "./counters.js";
import { creditorsOf, missedRepairs } from "./creditors.js";
import { Debts } from "./debts.js";
import { Handoff } from "./handoff.js";
import type { Membership } from "./membership.js";
import type { NodeDeps } from "./node.js";
import type { Job } from "./ports/jobs.js";
import { Purge } from "./purge.js";
import { startPurgeRound } from "./purge-round.js";
import { Repair } from "./repair.js";
import type { Replica } from "./replica.js";
import { Scrub } from "./scrub.js";
import type { StoreWatch } from "./store-watch.js";
import type { DataPeers } from "./with-self.js";

export interface UpkeepDeps extends NodeDeps {
  readonly replica: Replica;
  /** This node included. */
  readonly everyone: DataPeers;
  readonly membership: Membership;
  readonly storeWatch: StoreWatch;
  readonly background: Background;
  readonly leads: () => boolean;
  readonly counters: Counters;
}

/** How many records of each side a repair compares at once: some tens of megabytes. */
const LISTED_MAX = 20_000;

export class Upkeep {
  readonly debts: Debts;
  readonly repair: Repair;
  readonly antiEntropy: AntiEntropy;
  readonly purge: Purge;
  readonly scrub: Scrub;
  readonly #deps: UpkeepDeps;
  readonly #handoff: Handoff;

  constructor(deps: UpkeepDeps) {
    const { replica, membership, storeWatch, everyone } = deps;
    const { counters } = deps;
    const { stateOf } = membership;
    const transferTimeoutMs = deps.options.requestTimeoutMs;
    const options = { ...deps.options, transferTimeoutMs };
    this.#deps = deps;
    this.debts = new Debts(deps.self);
    this.scrub = new Scrub({ ...deps, counters, stateOf, options });
    this.#handoff = new Handoff({
      ...deps,
      peers: everyone,
      debts: this.debts,
      stateOf,
      release: (records) => replica.release(records),
      noteDamage: this.scrub.note,
      options,
    });
    this.repair = new Repair({
      ...deps,
      read: (keys) => replica.copies(keys),
      transfer: (records) => replica.transfer(records),
      options: { ...options, listedMax: LISTED_MAX },
    });
    this.antiEntropy = new AntiEntropy({ ...deps, counters, stateOf, ...comparing(deps) });
    this.purge = new Purge({
      ...deps,
      counters,
      forget: (records) => replica.purge(records),
      stateOf,
      steadySinceMs: () => membership.steadySinceMs(),
      storeAnsweredForMs: () => storeWatch.answeredForMs,
      options,
    });
  }

  readonly isForeign = (partition: Partition): boolean => this.#handoff.isForeign(partition);

  /** This node has taken a client's record of a partition that it does not own. */
  readonly standsIn = (partition: Partition): void => {
    const { ring, membership, options } = this.#deps;
    const view = { ring, replicaCount: options.replicaCount, stateOf: membership.stateOf };
    this.debts.owe(partition, creditorsOf(partition, view));
  };

  /** What a queue calls: a hand-off, a round of anti-entropy, a purge, a scrub or a repair. */
  runJob(job: Job): Promise<void> {
    return this.#deps.counters.job(job.kind, () => this.#run(job));
  }

  async #run(job: Job): Promise<void> {
    if (job.kind === "handoff") {
      const { released } = await this.#handoff.handOff(job.partition);
      this.#deps.counters.add("recordsHandedOff", released);
    } else if (job.kind === "scrub") await this.scrub.scrub(job.partition);
    else if (job.kind === "anti-entropy") await this.antiEntropy.round();
    else if (job.kind === "purge") await this.purge.run();
    else await this.#repairWith(job.partition, job.peer);
  }

  /**
   * For a node that leaves: one hand-off for each foreign partition, tried once. Resolves with how
   * many partitions are still held for others.
   */
  async handOffAll(signal: AbortSignal): Promise<number> {
    const foreign = async () => {
      const held = await this.#deps.store.partitions();
      return [...held.keys()].filter(this.isForeign);
    };
    const { quietly } = this.#deps.background;
    for (const partition of await foreign()) {
      if (signal.aborted) break;
      await quietly("a hand-off failed", this.runJob({ kind: "handoff", partition }));
    }
    return (await foreign()).length;
  }

  /** A member that is up may be given what is owed to it. Who recovers pulls for itself. */
  memberChanged(node: NodeId, state: MemberState): void {
    if (node === this.#deps.self || state !== "up") return;
    const { quietly } = this.#deps.background;
    void quietly("hand-off round failed", this.#handOffTwice());
    void quietly("comparison failed", this.antiEntropy.lookAt(node));
  }

  begin(): void {
    const { background, options, jobs } = this.#deps;
    background.every(options.handoffIntervalMs, () => this.#handoff.round());
    background.every(options.heartbeatIntervalMs, () => this.#queueMissed());
    background.every(options.antiEntropyIntervalMs, () => jobs.enqueue([{ kind: "anti-entropy" }]));
    background.every(options.purgeIntervalMs, () => startPurgeRound(this.#deps));
    const { stepMs } = this.scrub;
    if (stepMs !== null) background.every(stepMs, () => this.scrub.round());
  }

  /**
   * At once, and again when the others have heard of the member too: until then they let us stand
   * in for it, and those records would wait for the periodic round.
   */
  async #handOffTwice(): Promise<void> {
    const { clock, background, options } = this.#deps;
    await this.#handoff.round();
    await clock.sleep(2 * options.heartbeatIntervalMs, background.signal);
    await this.#handoff.round();
  }

  async #repairWith(partition: Partition, peer: NodeId): Promise<void> {
    const { mark } = this.debts;
    const { pulled, pushed } = await this.repair.repair(partition, peer);
    this.debts.paid(partition, [peer], mark);
    this.#deps.counters.add("recordsPulled", pulled);
    this.#deps.counters.add("recordsPushed", pushed);
    if (pulled + pushed > 0) this.antiEntropy.noteRepaired(partition, peer);
  }

  /** What was missed and has come by another way, a recovery above all, is paid without a job. */
  async #queueMissed(): Promise<void> {
    const { membership, jobs } = this.#deps;
    const { mark } = this.debts;
    const view = { stateOf: membership.stateOf, isForeign: this.isForeign };
    const due = missedRepairs(this.debts.own(), view);
    const peers = [...new Set(due.map(({ peer }) => peer))];
    const differing = new Map(
      await Promise.all(
        peers.map(async (peer) => [peer, await this.antiEntropy.differingFrom(peer)] as const),
      ),
    );
    const left = due.filter(({ partition, peer }) => differing.get(peer)?.has(partition) ?? true);
    for (const job of due) {
      if (!left.includes(job)) this.debts.paid(job.partition, [job.peer], mark);
    }
    if (left.length > 0) await jobs.enqueue(left);
  }
}

/** What those who compare this node's records with others' are given. */
export function comparing({ options, background }: Pick<UpkeepDeps, "options" | "background">) {
  const { replicaCount, requestTimeoutMs, peerTimeoutMs } = options;
  const times = { transferTimeoutMs: requestTimeoutMs, secondLookMs: peerTimeoutMs };
  return { signal: background.signal, options: { replicaCount, ...times } };
}
