/**
 * How rough a simulated world is. Drawn per seed, each kind of fault on its own and often absent:
 * a world with everything at once hides what one kind alone would show (swarm testing, Groce et
 * al. 2012).
 */

import type { Prng } from "./prng.js";

/** What goes wrong by itself, message by message and operation by operation. */
export interface Weather {
  /** Share of requests, and of replies, that vanish. */
  lossRate: number;
  /** Share of requests that arrive twice. */
  duplicateRate: number;
  /** Typical one-way delay. */
  delayMs: number;
  /** Share of messages, and of store operations, that take up to `tailMs`. */
  tailRate: number;
  tailMs: number;
  /** Share of the nodes' own random draws that come out lowest: elections then collide. */
  unluckyRate: number;
}

/** What is done to it, as mean times between two of a kind; Infinity: never. */
export interface FaultPlan {
  readonly crashEveryMs: number;
  readonly freezeEveryMs: number;
  readonly partitionEveryMs: number;
  readonly outageEveryMs: number;
  /** One disk at a time, and the next only when all that was lost has been copied again. */
  readonly wipeEveryMs: number;
  /** How long a fault lasts, on average. */
  readonly faultMs: number;
  /** Wall clocks are off by up to this, either way, anew with each start. */
  readonly skewMs: number;
  /** Whether a crash may take every node at once. */
  readonly mayCrashAll: boolean;
}

export function calmWeather(): Weather {
  return { lossRate: 0, duplicateRate: 0, delayMs: 1, tailRate: 0, tailMs: 0, unluckyRate: 0 };
}

export function drawWeather(prng: Prng): Weather {
  return {
    lossRate: sometimes(prng, 0.5, () => prng.between(0.005, 0.15)),
    duplicateRate: sometimes(prng, 0.5, () => prng.between(0.01, 0.2)),
    delayMs: prng.between(0.2, 20),
    tailRate: sometimes(prng, 0.5, () => prng.between(0.005, 0.1)),
    tailMs: prng.between(50, 1_500),
    unluckyRate: sometimes(prng, 0.5, () => prng.between(0.5, 1)),
  };
}

/**
 * `broad`: everything, in every proportion. `restarts`: three nodes that restart all the time, on
 * clocks that disagree, with single links cut for moments, under clients that hammer whoever has
 * just come back: where most of what was ever found was found. `disks`: the same with three copies
 * of each key, and disks that are lost one after the other. `lulls`: one misfortune at a
 * time, and quiet in between for as long as it takes to purge what was deleted, while slow clients
 * go on.
 */
export type Mix = (typeof MIXES)[number];

export const MIXES = ["broad", "restarts", "disks", "lulls"] as const;

export function drawFaultPlan(prng: Prng, mix: Mix): FaultPlan {
  if (mix === "lulls") {
    return { ...LULLS, faultMs: prng.between(300, 6_000), skewMs: prng.between(0, 2_000) };
  }
  if (mix !== "broad") return { ...HARSH[mix], faultMs: prng.between(100, 1_000) };
  const every = (share: number, least: number, most: number) =>
    prng.chance(share) ? prng.between(least, most) : Number.POSITIVE_INFINITY;
  return {
    crashEveryMs: every(0.7, 1_500, 8_000),
    freezeEveryMs: every(0.4, 2_000, 10_000),
    partitionEveryMs: every(0.6, 1_000, 8_000),
    outageEveryMs: every(0.4, 2_000, 10_000),
    faultMs: prng.between(300, 5_000),
    skewMs: sometimes(prng, 0.7, () => prng.between(10, 2_000)),
    mayCrashAll: prng.chance(0.3),
    wipeEveryMs: every(0.3, 2_000, 10_000),
  };
}

const RESTARTS = {
  crashEveryMs: 2_000,
  freezeEveryMs: Number.POSITIVE_INFINITY,
  partitionEveryMs: 700,
  outageEveryMs: Number.POSITIVE_INFINITY,
  wipeEveryMs: Number.POSITIVE_INFINITY,
  skewMs: 2_000,
  mayCrashAll: false,
};

const HARSH = {
  restarts: RESTARTS,
  disks: { ...RESTARTS, crashEveryMs: 3_000, wipeEveryMs: 1_000 },
} as const satisfies Record<Exclude<Mix, "broad" | "lulls">, Omit<FaultPlan, "faultMs">>;

const LULLS = {
  crashEveryMs: 30_000,
  freezeEveryMs: 40_000,
  partitionEveryMs: 30_000,
  outageEveryMs: 40_000,
  wipeEveryMs: 60_000,
  mayCrashAll: false,
};

/** The network's one-way delay, or the time one store operation takes. */
export function drawDelayMs(prng: Prng, { delayMs, tailRate, tailMs }: Weather): number {
  if (prng.chance(tailRate)) return prng.between(delayMs, tailMs);
  return delayMs * prng.between(0.5, 1.5);
}

function sometimes(prng: Prng, share: number, draw: () => number): number {
  const drawn = draw();
  return prng.chance(share) ? drawn : 0;
}
