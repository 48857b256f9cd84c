/**
 * Durations counted in buckets, so that percentiles cost nothing while requests are served and the
 * counts of several nodes can be added. A bucket is a fifth wider than the one before it: that is
 * the error of what `percentileMs` says.
 */

const FIRST_BOUND_MS = 0.1;
const GROWTH = 1.2;
const BUCKETS = 72;

/** The upper end of each bucket; the last one takes whatever is longer (beyond 40 s). */
const BOUNDS_MS: readonly number[] = Array.from(
  { length: BUCKETS },
  (_, index) => FIRST_BOUND_MS * GROWTH ** index,
);

/** How many durations fell into each bucket. */
export type LatencyCounts = readonly number[];

export function emptyLatencies(): number[] {
  return Array.from({ length: BUCKETS }, () => 0);
}

/** The bucket of a duration, for whoever counts. */
export function latencyBucketOf(ms: number): number {
  if (ms <= FIRST_BOUND_MS) return 0;
  const index = Math.ceil(Math.log(ms / FIRST_BOUND_MS) / Math.log(GROWTH));
  return Math.min(Math.max(index, 0), BUCKETS - 1);
}

/** What was counted after `earlier`. A count that has shrunk began anew: the node has restarted. */
export function latenciesSince(later: LatencyCounts, earlier: LatencyCounts): LatencyCounts {
  const hasRestarted = later.some((count, index) => count < (earlier[index] ?? 0));
  return hasRestarted ? later : later.map((count, index) => count - (earlier[index] ?? 0));
}

export function addLatencies(one: LatencyCounts, other: LatencyCounts): LatencyCounts {
  return one.map((count, index) => count + (other[index] ?? 0));
}

/** So many milliseconds or less took `share` of them (0 to 1); null: there were none. */
export function percentileMs(counts: LatencyCounts, share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (const [index, count] of counts.entries()) {
    seen += count;
    if (seen >= wanted) return BOUNDS_MS[index] ?? null;
  }
  return null;
}
