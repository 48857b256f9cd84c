/** What the engine has counted since the node's start, as Prometheus's counters. */

import type { CounterValues } from "@ringkv/engine";
import { Counter, type Registry } from "prom-client";

interface CounterOf {
  readonly name: string;
  readonly help: string;
  readonly series: readonly Series[];
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function addCounters(registry: Registry, counters: CounterValues): void {
  for (const it of [...ofRequests(counters), ...ofFiles(counters), ...ofUpkeep(counters)])
    addCounter(registry, it);
}

export function addCounter(registry: Registry, { name, help, series }: CounterOf): void {
  const labelNames = Object.keys(series[0]?.labels ?? {});
  const counter = new Counter({ name, help, labelNames, registers: [registry] });
  for (const { labels, value } of series) counter.inc(labels, value);
}

function ofRequests(counters: CounterValues): CounterOf[] {
  return [
    {
      name: "ringkv_writes_total",
      help: "Writes and deletions coordinated by this node, by what it could say of them.",
      series: [
        { labels: { outcome: "reached" }, value: counters.writesReached },
        { labels: { outcome: "unreachable" }, value: counters.writesUnreachable },
        { labels: { outcome: "unknown" }, value: counters.writesUnknown },
      ],
    },
    {
      name: "ringkv_writes_restamped_total",
      help: "Attempts of writes that lost to a newer version.",
      series: one(counters.writesRestamped),
    },
    {
      name: "ringkv_reads_total",
      help: "Reads coordinated by this node, by whether R nodes answered.",
      series: [
        { labels: { outcome: "reached" }, value: counters.readsReached },
        { labels: { outcome: "unreachable" }, value: counters.readsUnreachable },
      ],
    },
    {
      name: "ringkv_stand_ins_used_total",
      help: "Stand-ins that had a write on disk when it was acknowledged.",
      series: one(counters.standInsUsed),
    },
  ];
}

function ofFiles(counters: CounterValues): CounterOf[] {
  return [
    {
      name: "ringkv_snapshots_total",
      help: "Snapshots asked of this node, scheduled ones included.",
      series: [
        { labels: { outcome: "taken" }, value: counters.snapshotsTaken },
        { labels: { outcome: "failed" }, value: counters.snapshotsFailed },
      ],
    },
    {
      name: "ringkv_snapshot_records_total",
      help: "Records given out in snapshots.",
      series: one(counters.snapshotRecords),
    },
    {
      name: "ringkv_restores_total",
      help: "Restores asked of this node, without dry runs.",
      series: [
        { labels: { outcome: "done" }, value: counters.restoresDone },
        { labels: { outcome: "failed" }, value: counters.restoresFailed },
      ],
    },
    {
      name: "ringkv_restored_records_total",
      help: "Records that restores brought back, or found there already.",
      series: one(counters.recordsRestored),
    },
  ];
}

function ofUpkeep(counters: CounterValues): CounterOf[] {
  return [
    {
      name: "ringkv_heartbeats_sent_total",
      help: "Heartbeats sent to other members.",
      series: one(counters.heartbeatsSent),
    },
    {
      name: "ringkv_heartbeats_missed_total",
      help: "Heartbeats that were not answered in time.",
      series: one(counters.heartbeatsMissed),
    },
    {
      name: "ringkv_leader_changes_total",
      help: "How often this node heard of a new leader, or became one.",
      series: one(counters.leaderChanges),
    },
    {
      name: "ringkv_jobs_total",
      help: "Runs of background jobs, by kind and outcome.",
      series: [
        ...jobSeries("done", counters.jobsDone),
        ...jobSeries("failed", counters.jobsFailed),
      ],
    },
    {
      name: "ringkv_records_damaged_total",
      help: "Damaged records that were replaced or discarded.",
      series: one(counters.recordsDamaged),
    },
    {
      name: "ringkv_digests_rebuilt_total",
      help: "Digests that did not match their records.",
      series: one(counters.digestsRebuilt),
    },
    {
      name: "ringkv_repaired_records_total",
      help: "Records that repair brought here or sent to an owner.",
      series: [
        { labels: { direction: "pulled" }, value: counters.recordsPulled },
        { labels: { direction: "pushed" }, value: counters.recordsPushed },
      ],
    },
    {
      name: "ringkv_handed_off_records_total",
      help: "Copies let go of, after their owners had them.",
      series: one(counters.recordsHandedOff),
    },
    {
      name: "ringkv_records_purged_total",
      help: "Tombstones and expired records forgotten by all owners.",
      series: one(counters.recordsPurged),
    },
  ];
}

function jobSeries(outcome: string, counts: CounterValues["jobsDone"]): Series[] {
  return Object.entries(counts).map(([kind, value]) => ({ labels: { kind, outcome }, value }));
}

function one(value: number): Series[] {
  return [{ labels: {}, value }];
}
