/**
 * Notices that this process runs late: that what is ready waits for the event loop. Whoever comes
 * then waits as well, so the load takes fewer at once until it is over (see engine's `Load`).
 *
 * It measures and tells, and refuses nobody itself.
 */

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock, Load } from "@ringkv/engine";

/** Short enough to narrow before a queue has grown for a second. */
const LOOK_EVERY_MS = 250;
/** How often the platform looks: each time wakes an idle process. */
const RESOLUTION_MS = 50;
const NANOSECONDS_IN_MS = 1_000_000;

export interface EventLoopLagDeps {
  readonly load: Pick<Load, "adapt">;
  readonly clock: Pick<Clock, "sleep">;
  /** Lateness that the half of all turns stays below in a node that keeps up. */
  readonly lagMsMax: number;
}

/** Until the signal aborts. Never rejects. */
export async function watchEventLoopLag(
  { load, clock, lagMsMax }: EventLoopLagDeps,
  signal: AbortSignal,
): Promise<void> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    const halfMs = delays.percentile(50) / NANOSECONDS_IN_MS - RESOLUTION_MS;
    delays.reset();
    load.adapt(halfMs > lagMsMax);
  }
  delays.disable();
}
