/** Speeds as a run brings them, for tests to change in one place. */

import { cellOf } from "../../scripts/bench/cells.mjs";
import type { Speed } from "../../scripts/bench/speed.mjs";

export function speedOf({ cell, ...more }: Partial<Speed> = {}): Speed {
  return {
    cell: cellOf(cell),
    system: "ringkv",
    outcome: "measured",
    why: "",
    perSecond: 40_000,
    p50Ms: 1.5,
    p99Ms: 4.25,
    processorUs: { node: 30.04, redis: 5 },
    residentBytes: { node: 300_000_000, redis: 45_000_000 },
    ...more,
  };
}
