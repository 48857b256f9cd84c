/**
 * How late a message is, told from the monotonic clocks of two machines. Pure.
 *
 * Two such clocks differ by an unknown constant. `received - sent` is that constant plus the time
 * on the way; the smallest one seen on a connection is taken as the way without delay, and what a
 * message exceeds it by is its lateness. Wall clocks are not asked: they jump, and disagree.
 *
 * The constant is not quite constant. Two crystals drift apart by some seconds a day, and after
 * that a healthy connection's messages would all look late. So the base may rise, as fast as two
 * disciplined clocks can drift apart and no faster: a process that was stopped for a minute
 * forgives 60 ms of it.
 */

/** NTP slews a clock by at most 500 ppm; two of them, in opposite directions, by twice that. */
const DRIFT_MAX = 0.001;

export interface Transit {
  /** The smallest `received - sent`, corrected for drift since. */
  readonly baseMs: number;
  /** The receiver's clock when it was. */
  readonly atMs: number;
}

/** A message's times: the sender's clock when it left, the receiver's when it was read. */
export interface Journey {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

export function firstTransit({ sentAtMs, receivedAtMs }: Journey): Transit {
  return { baseMs: receivedAtMs - sentAtMs, atMs: receivedAtMs };
}

/** What is known of the way after one more message. */
export function nextTransit(transit: Transit, { sentAtMs, receivedAtMs }: Journey): Transit {
  const drift = Math.max(0, receivedAtMs - transit.atMs) * DRIFT_MAX;
  const baseMs = Math.min(transit.baseMs + drift, receivedAtMs - sentAtMs);
  return { baseMs, atMs: Math.max(transit.atMs, receivedAtMs) };
}

/** Milliseconds that a message took longer than the quickest one. `transit` knows of it already. */
export function latenessMs(transit: Transit, { sentAtMs, receivedAtMs }: Journey): number {
  return receivedAtMs - sentAtMs - transit.baseMs;
}
