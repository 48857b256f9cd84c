/**
 * Time, as the engine sees it. Nothing in core or engine reads a clock or sets a timer directly;
 * that is what lets the simulator run an hour of cluster time in milliseconds.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump either way; never subtract two of these. */
  wallMs(): number;

  /** Milliseconds since an arbitrary start. Never goes back; use it for durations. */
  monotonicMs(): number;

  /** Resolves after `ms`. Rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
