/** The Clock port on this machine's clocks. */

import { setTimeout as sleepFor } from "node:timers/promises";
import type { Clock } from "@ringkv/engine";

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
};
