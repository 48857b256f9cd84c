/**
 * What is not in its place yet, and how long it will take: records held for others, partitions
 * that differ, partitions that a recovering node has not compared.
 */

import type { Overview } from "./wire.js";

export interface Debts {
  readonly atMs: number;
  /** Records that members hold for their owners. */
  readonly foreignRecords: number;
  /** Partitions of which the owners' copies differ. A pair counts once. */
  readonly differing: number;
  /** Partitions that recovering members have still to compare. */
  readonly recovering: number;
}

export function debtsOf({ atMs, members }: Overview): Debts {
  const statuses = members.flatMap(({ status }) => (status === null ? [] : [status]));
  const differing = statuses.map(({ partitions }) => partitions.differing);
  return {
    atMs,
    foreignRecords: sum(statuses.map(({ foreignRecords }) => foreignRecords)),
    differing: Math.max(0, ...differing),
    recovering: sum(
      statuses
        .filter(({ state }) => state === "recovering")
        .map((it) => it.recovery.partitionsLeft),
    ),
  };
}

export function areOpen({ foreignRecords, differing, recovering }: Debts): boolean {
  return foreignRecords + differing + recovering > 0;
}

/**
 * At the pace of the last looks, the oldest first; null when it does not shrink. The slowest of the
 * three decides.
 */
export function secondsLeft(looks: readonly Debts[]): number | null {
  const [first] = looks;
  const last = looks.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
  const seconds = (last.atMs - first.atMs) / 1_000;
  const left = (["foreignRecords", "differing", "recovering"] as const).map((name) => {
    if (last[name] === 0) return 0;
    const pace = (first[name] - last[name]) / seconds;
    return pace > 0 ? last[name] / pace : null;
  });
  return left.includes(null) ? null : Math.max(...left.map((it) => it ?? 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
