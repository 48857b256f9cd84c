/**
 * Keeps a connection to one peer: makes it, and makes it again whenever it is gone.
 *
 * Attempts begin at intervals that grow from 50 ms to a second and are counted from attempt to
 * attempt, so that a peer behind a healed partition is found within a second, whatever the attempts
 * before have waited for.
 */

import { randomInt } from "node:crypto";
import type { Clock, Durations, Log, Tallies } from "@ringkv/engine";
import { type DialDeps, dial, HandshakeRefused } from "./dial.js";
import { Link } from "./link.js";
import type { OccasionalLog } from "./occasional-log.js";
import type { PeerFaults } from "./peer-faults.js";

/** A connection that ends sooner was no success: without this, two nodes could chase each other. */
const GOOD_AFTER_MS = 1_000;

export interface KeptLinkDeps extends DialDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly occasionalLog: OccasionalLog;
  readonly durations?: Durations | undefined;
  readonly failures?: Tallies | undefined;
  readonly faults?: PeerFaults | undefined;
}

export class KeptLink {
  readonly #deps: KeptLinkDeps;
  #link: Link | null = null;

  constructor(deps: KeptLinkDeps) {
    this.#deps = deps;
  }

  /** The connection, if there is one now. */
  get link(): Link | null {
    return this.#link;
  }

  /** Until the signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { clock, signal } = this.#deps;
    let failures = 0;
    while (!signal.aborted) {
      const beganAtMs = clock.monotonicMs();
      const wasGood = await this.#connectOnce();
      failures = wasGood ? 0 : failures + 1;
      const spentMs = wasGood ? 0 : clock.monotonicMs() - beganAtMs;
      const pauseMs = this.#intervalMs(failures) - spentMs;
      if (pauseMs > 0 && !signal.aborted) await clock.sleep(pauseMs, signal).catch(() => {});
    }
  }

  /** One connection, from the first SYN to its end. Resolves with whether it was of use. */
  async #connectOnce(): Promise<boolean> {
    const { node, address, clock, limits, log, signal, faults, durations, failures } = this.#deps;
    try {
      const redis = await dial(this.#deps);
      const connectedAtMs = clock.monotonicMs();
      const link = new Link({ node, redis, clock, limits, faults, durations, failures });
      const close = () => link.giveUp("this node is leaving");
      signal.addEventListener("abort", close, { once: true });
      this.#link = link;
      log.info({ peer: node, address }, "connected to peer");
      const why = await link.ended;
      this.#link = null;
      signal.removeEventListener("abort", close);
      log.info({ peer: node, address, why }, "connection to peer ended");
      return clock.monotonicMs() - connectedAtMs >= GOOD_AFTER_MS;
    } catch (thrown) {
      this.#logFailure(thrown);
      return false;
    }
  }

  #logFailure(thrown: unknown): void {
    const { node, address, occasionalLog, signal } = this.#deps;
    if (signal.aborted) return;
    if (thrown instanceof HandshakeRefused) {
      const fields = { peer: node, address, refusal: thrown.code, ...thrown.fields };
      occasionalLog.warn(`${node} ${thrown.code}`, fields, "no handshake with peer");
    } else {
      const fields = { peer: node, address, err: thrown };
      occasionalLog.warn(`${node} connect`, fields, "peer cannot be reached");
    }
  }

  #intervalMs(failures: number): number {
    const { retryMinMs, retryMaxMs } = this.#deps.limits;
    const intervalMs = Math.min(retryMinMs * 2 ** failures, retryMaxMs);
    // All nodes lose a peer in the same moment; they should not all come back in the same one.
    return randomInt(Math.ceil(intervalMs / 2), intervalMs + 1);
  }
}
