/**
 * What the cluster does in a second, from two looks at numbers that only grow. A member that did
 * not answer both times adds nothing; one that has restarted begins at zero.
 */

import { addLatencies, emptyLatencies, latenciesSince, percentileMs } from "@ringkv/core";
import type { MemberReport, NodeStatus } from "@ringkv/engine";

/** One look. */
export interface Look {
  /** By the monotonic clock. */
  readonly atMs: number;
  readonly reports: readonly MemberReport[];
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** All but the latencies are per second. */
export interface Rates {
  readonly reads: number;
  readonly writes: number;
  readonly quorumFailures: number;
  readonly otherFailures: number;
  readonly standIns: number;
  readonly handedOff: number;
  readonly repaired: number;
  /** Milliseconds. */
  readonly readMs: Percentiles;
  readonly writeMs: Percentiles;
}

interface Pair {
  readonly before: NodeStatus;
  readonly now: NodeStatus;
}

export function ratesBetween(earlier: Look, later: Look): Rates {
  const seconds = (later.atMs - earlier.atMs) / 1_000;
  const pairs = pairsOf(earlier.reports, later.reports);
  const per = (numberIn: (status: NodeStatus) => number) =>
    seconds <= 0 ? 0 : sumOf(pairs, numberIn) / seconds;
  return {
    reads: per(({ traffic }) => traffic.reads),
    writes: per(({ traffic }) => traffic.writes),
    quorumFailures: per(({ traffic }) => traffic.quorumFailures),
    otherFailures: per(({ traffic }) => traffic.otherFailures),
    standIns: per(({ traffic }) => traffic.standIns),
    handedOff: per(({ counters }) => counters.recordsHandedOff),
    repaired: per(({ counters }) => counters.recordsPulled + counters.recordsPushed),
    readMs: percentilesOf(pairs, "readLatencies"),
    writeMs: percentilesOf(pairs, "writeLatencies"),
  };
}

/** How much a counter has grown; one that has shrunk began anew. */
export function grownBy(before: number, now: number): number {
  return now < before ? now : now - before;
}

function sumOf(pairs: readonly Pair[], numberIn: (status: NodeStatus) => number): number {
  let sum = 0;
  for (const { before, now } of pairs) sum += grownBy(numberIn(before), numberIn(now));
  return sum;
}

function pairsOf(earlier: readonly MemberReport[], later: readonly MemberReport[]): Pair[] {
  return later.flatMap(({ node, status: now }) => {
    const before = earlier.find((report) => report.node === node)?.status ?? null;
    return before === null || now === null ? [] : [{ before, now }];
  });
}

function percentilesOf(
  pairs: readonly Pair[],
  which: "readLatencies" | "writeLatencies",
): Percentiles {
  const counts = pairs
    .map(({ before, now }) => latenciesSince(now.traffic[which], before.traffic[which]))
    .reduce(addLatencies, emptyLatencies());
  const at = (share: number) => percentileMs(counts, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
