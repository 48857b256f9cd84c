/**
 * Alerts: what an operator should hear of, once for the cluster and not once for each node.
 *
 * What a node sees happen it tells the leader (`raise`); how the members are, the leader sees by
 * itself. The exception is a lost majority, for then nobody leads: the first of the nodes that
 * still see each other tells of it. What comes and goes is told as flapping (core/flapping), and
 * the same happening at the same node not again for a while.
 */

import {
  type FlapRules,
  type Flaps,
  type MemberState,
  type NodeId,
  neverChanged,
  observe,
  type StateOf,
} from "@ringkv/core";
import type { Leadership } from "./election.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import { ALERT_DETAIL_MAX, type Alert, type AlertKind } from "./ports/notifier.js";
import type { Peers } from "./ports/peers.js";

export interface AlertsDeps {
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  readonly stateOf: StateOf;
  readonly seesMajority: () => boolean;
  readonly leadership: () => Leadership;
  readonly peers: Pick<Peers, "raise">;
  readonly clock: Clock;
  readonly log: Log;
  /** After a silence this long a member is down; a majority is not missed sooner. */
  readonly downAfterMs: number;
  readonly budgetMs: number;
  /** Hands an alert to the channels. */
  readonly tell: (alert: Alert) => void;
}

/** A failure is three changes: down, back, recovered. */
const FLAPPING: FlapRules = { windowMs: 600_000, changesMax: 9, steadyMs: 300_000 };
/** What has been so for longer when a node comes to lead, its predecessor has told. */
const PRESUMED_TOLD_MS = 15_000;
const AGAIN_AFTER_MS = 600_000;
/** Happenings that wait for a leader. */
const RAISED_MAX = 100;
/** More pairs of kind and node than a cluster can have. */
const TOLD_MAX = 1_024;

type Condition = "up" | "recovering" | "down";

interface Change {
  readonly state: Condition;
  readonly atMs: number;
}

/** More would have to happen within `PRESUMED_TOLD_MS` to be missed. */
const CHANGES_KEPT = 8;

export class Alerts {
  readonly #deps: AlertsDeps;
  readonly #raised: Alert[] = [];
  /** By member, the latest last. Nothing is known of what was before: it counts as up. */
  readonly #seen = new Map<NodeId, readonly Change[]>();
  readonly #flaps = new Map<NodeId, Flaps<Condition>>();
  readonly #toldAtMs = new Map<string, number>();
  #majority: Flaps<boolean> = neverChanged(true);
  #majoritySeenAtMs: number | null = null;
  #wasLeader = false;

  constructor(deps: AlertsDeps) {
    this.#deps = deps;
  }

  /** Something has happened at this node. */
  raise(kind: AlertKind, detail: string, node: NodeId = this.#deps.self): void {
    if (this.#raised.length >= RAISED_MAX) this.#raised.shift();
    this.#raised.push(this.#alert(kind, node, detail));
  }

  /** Something has happened at the node that says so; this one leads, or did a moment ago. */
  heard(alert: Alert): void {
    const name = `${alert.kind} ${alert.node}`;
    const nowMs = this.#deps.clock.monotonicMs();
    const toldMs = this.#toldAtMs.get(name);
    if (toldMs !== undefined && nowMs - toldMs < AGAIN_AFTER_MS) return;
    if (this.#toldAtMs.size >= TOLD_MAX) this.#toldAtMs.clear();
    this.#toldAtMs.set(name, nowMs);
    this.#deps.tell(alert);
  }

  /** To be called again and again. Rejects when the leader does not answer; nothing is lost. */
  async round(): Promise<void> {
    this.#look();
    const { isLeader, leader } = this.#deps.leadership();
    if (isLeader && !this.#wasLeader) this.#inherit();
    this.#wasLeader = isLeader;
    if (isLeader) this.#watch();
    this.#watchMajority();
    if (leader !== null) await this.#pass(leader);
  }

  /** Suspicion is no condition: it ends in one. */
  #look(): void {
    const { members, stateOf, clock } = this.#deps;
    for (const node of members) {
      const state: MemberState = stateOf(node);
      const changes = this.#seen.get(node) ?? [];
      if (state === "suspect" || changes.at(-1)?.state === state) continue;
      const change = { state, atMs: clock.monotonicMs() };
      this.#seen.set(node, [...changes, change].slice(-CHANGES_KEPT));
    }
  }

  /** What its predecessor cannot have told yet is this node's to tell. */
  #inherit(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const [node, changes] of this.#seen) {
      const told = changes.findLast(({ atMs }) => nowMs - atMs > PRESUMED_TOLD_MS);
      this.#flaps.set(node, neverChanged(told?.state === "down" ? "down" : "up"));
    }
  }

  #watch(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const [node, changes] of this.#seen) {
      const flaps = this.#flaps.get(node) ?? neverChanged<Condition>("up");
      const seen = changes.at(-1)?.state ?? "up";
      // A restart so quick that nobody was missed is no news, nor is the start of a cluster.
      const state = seen === "recovering" && flaps.told === "up" ? "up" : seen;
      const [after, telling] = observe(flaps, { state, nowMs }, FLAPPING);
      this.#flaps.set(node, after);
      if (telling.tell === "nothing") continue;
      const isFlapping = telling.tell === "flapping";
      const [kind, detail] = isFlapping ? FLAPS : wordsFor(flaps.told, state);
      this.#deps.tell(this.#alert(kind, node, detail));
    }
  }

  #watchMajority(): void {
    const { self, members, stateOf, seesMajority, clock, downAfterMs } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (seesMajority()) this.#majoritySeenAtMs = nowMs;
    const lastMs = this.#majoritySeenAtMs;
    if (lastMs === null) return; // It has only just started.
    const state = nowMs - lastMs < downAfterMs;
    const [after, telling] = observe(this.#majority, { state, nowMs }, FLAPPING);
    this.#majority = after;
    if (telling.tell === "nothing" || telling.state) return;
    const first = members.find((node) => node === self || stateOf(node) === "up");
    const lost = `sees no majority of the ${members.length} members`;
    if (first === self) this.#deps.tell(this.#alert("quorum-lost", self, lost));
  }

  async #pass(leader: NodeId): Promise<void> {
    const { self, peers, budgetMs } = this.#deps;
    for (let alert = this.#raised[0]; alert !== undefined; alert = this.#raised[0]) {
      if (leader === self) this.heard(alert);
      else await peers.raise(leader, alert, budgetMs);
      if (this.#raised[0] === alert) this.#raised.shift();
    }
  }

  #alert(kind: AlertKind, node: NodeId, detail: string): Alert {
    const { clock, log } = this.#deps;
    const atMs = clock.wallMs();
    log.warn({ alert: kind, about: node, detail }, "alert");
    return {
      id: `${kind}-${node}-${atMs}`,
      kind,
      node,
      detail: detail.slice(0, ALERT_DETAIL_MAX),
      atMs,
    };
  }
}

const FLAPS = ["flapping", "comes and goes; told again when it has held still"] as const;

function wordsFor(before: Condition, now: Condition): readonly [AlertKind, string] {
  if (now === "down") return ["node-down", "does not answer; the others stand in for it"];
  if (now === "recovering") return ["node-up", "is back, and recovers what it missed"];
  if (before === "recovering") return ["recovery-done", "has recovered, and serves reads again"];
  return ["node-up", "answers again"];
}
