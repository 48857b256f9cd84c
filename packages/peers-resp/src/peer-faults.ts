/**
 * Failures of the network on purpose, for drills: messages to and from a member, or all of them,
 * are lost or come late. Each ends by itself.
 *
 * Both ends of a connection ask here before a message leaves or is served, so a link that this node
 * cuts is cut in both directions, without the other node's help. TCP connections stay: what is lost
 * is messages, as behind a firewall that drops packets. Who asks and no fault is set pays for one
 * look into an empty map.
 */

import { setTimeout as sleepFor } from "node:timers/promises";
import type { NodeId } from "@ringkv/core";
import type { Clock, Fault } from "@ringkv/engine";

/** Stands for every member. */
const EVERYBODY = "*";

interface Rule {
  /** Null: messages are lost. */
  readonly delayMs: number | null;
  readonly endsAtMs: number;
}

export interface ActiveFault {
  readonly kind: "isolate" | "cut" | "delay";
  readonly peer: string | null;
  readonly delayMs: number | null;
  readonly secondsLeft: number;
}

export class PeerFaults {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** One rule a member, the newest. */
  readonly #rules = new Map<string, Rule>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  set({ kind, peer, delayMs, seconds }: Fault): void {
    const endsAtMs = this.#clock.monotonicMs() + seconds * 1_000;
    if (kind === "heal") this.#rules.clear();
    else if (kind === "isolate") this.#rules.set(EVERYBODY, { delayMs: null, endsAtMs });
    else if (kind === "cut") this.#rules.set(peer ?? EVERYBODY, { delayMs: null, endsAtMs });
    else if (kind === "delay") this.#rules.set(peer ?? EVERYBODY, { delayMs, endsAtMs });
  }

  active(): ActiveFault[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#rules].flatMap(([name, { delayMs, endsAtMs }]) => {
      const secondsLeft = Math.ceil((endsAtMs - nowMs) / 1_000);
      if (secondsLeft <= 0) return [];
      const peer = name === EVERYBODY ? null : name;
      const kind = delayMs !== null ? "delay" : peer === null ? "isolate" : "cut";
      return [{ kind, peer, delayMs, secondsLeft }];
    });
  }

  /** Null: go on. Else what to wait for before the message goes on, which may be for ever. */
  hold(peer: NodeId): Promise<void> | null {
    if (this.#rules.size === 0) return null;
    const rule = this.#ruleFor(peer) ?? this.#ruleFor(EVERYBODY);
    if (rule === null) return null;
    return rule.delayMs === null ? new Promise(() => {}) : sleepFor(rule.delayMs);
  }

  #ruleFor(name: string): Rule | null {
    const rule = this.#rules.get(name);
    if (rule === undefined) return null;
    if (this.#clock.monotonicMs() < rule.endsAtMs) return rule;
    this.#rules.delete(name);
    return null;
  }
}
