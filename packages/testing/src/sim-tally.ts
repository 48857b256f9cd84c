/**
 * Sums up what many universes saw, and says it in a few lines. Plain data, so that it can be sent
 * from one process to another.
 */

import type { UniverseReport } from "./universe-report.js";

export interface Tally {
  readonly schedules: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  readonly reads: number;
  /** Walks through all keys that came to the end. */
  readonly listings: number;
  readonly crashes: number;
  readonly freezes: number;
  readonly partitions: number;
  readonly outages: number;
  readonly wipes: number;
  /** Foreign copies let go of, after all their owners had confirmed them. */
  readonly handedOff: number;
  /** Copies of tombstones and of expired records forgotten for good; of the latter alone. */
  readonly purged: number;
  readonly expiredPurged: number;
  /** Schedules in which something was purged. */
  readonly purging: number;
  /** Records damaged once all owners were equal. */
  readonly damages: number;
  /** Terms that somebody led. */
  readonly terms: number;
  readonly leadersPerTermMax: number;
  readonly lost: number;
  readonly zombies: number;
  readonly otherViolations: number;
  readonly staleAtR1: number;
  readonly staleAtR2: number;
  readonly staleAtR3: number;
  /** Writes ordered by clocks alone, wrongly, before a heartbeat had carried the clock. */
  readonly clockRaces: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly settledAfterMsMax: number;
  readonly ledAfterMsMax: number;
}

export const NOTHING: Tally = {
  schedules: 0,
  acknowledged: 0,
  refused: 0,
  unknown: 0,
  reads: 0,
  listings: 0,
  crashes: 0,
  freezes: 0,
  partitions: 0,
  outages: 0,
  wipes: 0,
  handedOff: 0,
  purged: 0,
  expiredPurged: 0,
  purging: 0,
  damages: 0,
  terms: 0,
  leadersPerTermMax: 0,
  lost: 0,
  zombies: 0,
  otherViolations: 0,
  staleAtR1: 0,
  staleAtR2: 0,
  staleAtR3: 0,
  clockRaces: 0,
  events: 0,
  simulatedMs: 0,
  settledAfterMsMax: 0,
  ledAfterMsMax: 0,
};

export function tallyOf(report: UniverseReport): Tally {
  const { violations, staleReads } = report;
  const lost = violations.filter(({ invariant }) => invariant === "A1").length;
  const zombies = violations.filter(({ invariant }) => invariant === "A2").length;
  const { acknowledged, refused, unknown, reads, clockRaces, events, simulatedMs } = report;
  const { listings } = report;
  const { crashes, freezes, partitions, outages, wipes, damages, terms } = report;
  const { leadersPerTermMax } = report;
  return {
    acknowledged,
    refused,
    unknown,
    reads,
    listings,
    clockRaces,
    events,
    simulatedMs,
    crashes,
    freezes,
    partitions,
    outages,
    wipes,
    damages,
    terms,
    leadersPerTermMax,
    lost,
    zombies,
    schedules: 1,
    handedOff: report.releases,
    purged: report.purges,
    expiredPurged: report.expiredPurges,
    purging: report.purges > 0 ? 1 : 0,
    otherViolations: violations.length - lost - zombies,
    staleAtR1: staleReads.get(1) ?? 0,
    staleAtR2: staleReads.get(2) ?? 0,
    staleAtR3: staleReads.get(3) ?? 0,
    settledAfterMsMax: report.settledAfterMs,
    ledAfterMsMax: report.ledAfterMs,
  };
}

const MAXIMA = ["settledAfterMsMax", "ledAfterMsMax", "leadersPerTermMax"] as const;

export function addTallies(a: Tally, b: Tally): Tally {
  const sum: { -readonly [name in keyof Tally]: number } = { ...a };
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += b[name];
  for (const name of MAXIMA) sum[name] = Math.max(a[name], b[name]);
  return sum;
}

export function tallyText(tally: Tally): string {
  const count = (number: number) => number.toLocaleString("en");
  const hours = (tally.simulatedMs / 3_600_000).toFixed(1);
  return [
    `schedules ${count(tally.schedules)} (${hours} simulated hours, ${count(tally.events)} events)`,
    `writes: acknowledged ${count(tally.acknowledged)}, refused ${count(tally.refused)}, ` +
      `unknown ${count(tally.unknown)}; reads answered ${count(tally.reads)}, ` +
      `whole listings ${count(tally.listings)}`,
    `crashes ${count(tally.crashes)}, freezes ${count(tally.freezes)}, ` +
      `partitions ${count(tally.partitions)}, store outages ${count(tally.outages)}, ` +
      `disks lost ${count(tally.wipes)}, copies handed off ${count(tally.handedOff)}, ` +
      `records damaged ${count(tally.damages)}`,
    `copies purged ${count(tally.purged)}, of them expired ${count(tally.expiredPurged)}, ` +
      `in ${count(tally.purging)} schedules`,
    `terms led ${count(tally.terms)}, leaders per term at most ${tally.leadersPerTermMax}`,
    `lost ${tally.lost}, zombies ${tally.zombies}, other violations ${tally.otherViolations}`,
    `allowed: stale reads at R=1 ${count(tally.staleAtR1)}, at R=2 ${count(tally.staleAtR2)}, ` +
      `at R=3 ${count(tally.staleAtR3)}; clock races ${count(tally.clockRaces)}`,
    `settled at most ${(tally.settledAfterMsMax / 1_000).toFixed(1)} s after healing, ` +
      `one leader for all at most ${(tally.ledAfterMsMax / 1_000).toFixed(1)} s after it`,
  ].join("\n");
}
