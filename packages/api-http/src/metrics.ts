/**
 * What Prometheus is told of this node: the numbers of `/status`, under names that stay, how long
 * things took, and the numbers of the process. docs/metrics.md explains each of them.
 *
 * A number that is not known is left out, for a zero would be a claim: while the store is away
 * there is no number of records, while the queue's is away there are none of jobs. Each answer is
 * put together anew, so nothing here can be out of date, and nothing is shared between two APIs.
 */

import type { MemberState } from "@ringkv/core";
import type {
  DurationSeries,
  Leadership,
  NodeStatus,
  ScheduledSnapshotsView,
  TallySeries,
} from "@ringkv/engine";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { addCounter, addCounters } from "./counter-metrics.js";
import { addHistogram } from "./histogram-metric.js";
import type { HttpSeries } from "./http-meter.js";

/** What is known at one moment. */
export interface Measured {
  readonly status: NodeStatus;
  readonly leadership: Leadership;
  /** Jobs by queue and state; null where the queue's Redis does not answer. */
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>> | null>>;
  readonly requests: readonly HttpSeries[];
  readonly requestsInFlight: number;
  readonly durations: MeasuredDurations;
  /** By peer and reason. */
  readonly peerFailures: { readonly series: readonly TallySeries[] };
  /** Null: none are scheduled. */
  readonly snapshots: ScheduledSnapshotsView | null;
}

/** What the adapters have measured. */
export interface MeasuredDurations {
  /** By command or script. */
  readonly store: { readonly series: readonly DurationSeries[] };
  /** By peer and message. */
  readonly peers: { readonly series: readonly DurationSeries[] };
  /** By method and code. */
  readonly grpc: { readonly series: readonly DurationSeries[] };
}

const STATES: readonly MemberState[] = ["up", "suspect", "down", "recovering"];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Metrics {
  /** Opened with the first answer: a node that nobody scrapes does not watch itself. */
  #process: Registry | null = null;

  get contentType(): string {
    return Registry.PROMETHEUS_CONTENT_TYPE;
  }

  /** In the text format of Prometheus. */
  async text(measured: Measured): Promise<string> {
    if (this.#process === null) {
      this.#process = new Registry();
      collectDefaultMetrics({ register: this.#process });
    }
    const registry = registryOf(measured);
    return `${await registry.metrics()}\n${await this.#process.metrics()}`;
  }
}

function registryOf(measured: Measured): Registry {
  const { status, leadership, queues } = measured;
  const registry = new Registry();
  const add = (name: string, help: string, series: readonly Series[] | number) => {
    addGauge(registry, { name, help, series: typeof series === "number" ? [one(series)] : series });
  };
  const members = STATES.map((state) => ({
    labels: { state },
    value: status.members.filter((member) => member.state === state).length,
  }));
  add("ringkv_store_up", "Whether this node's Redis answers.", status.storeAnswers ? 1 : 0);
  add("ringkv_members", "Members by state, as this node sees them.", members);
  add("ringkv_is_leader", "Whether this node leads the cluster's chores.", +leadership.isLeader);
  add("ringkv_term", "The election term that this node has reached.", leadership.term);
  add(
    "ringkv_partitions_differing",
    "Partitions that differed from another owner's when they were last compared.",
    status.partitions.differing,
  );
  add("ringkv_recovering", "Whether this node is recovering.", +(status.state === "recovering"));
  add(
    "ringkv_recovery_partitions_left",
    "Partitions that recovery has not compared with every member.",
    status.recovery.partitionsLeft,
  );
  add(
    "ringkv_recovery_records_left",
    "Records that are known to be missing here, at least.",
    status.recovery.recordsLeft,
  );
  add("ringkv_owed_partitions", "Partitions of which a member may lack records.", owedBy(status));
  if (status.storeAnswers) {
    const { records, foreignRecords, partitions } = status;
    add("ringkv_records", "Records held, tombstones and copies for others included.", records);
    add("ringkv_foreign_records", "Records held for their owners.", foreignRecords);
    add("ringkv_foreign_partitions", "Partitions held for their owners.", partitions.foreign);
  }
  add("ringkv_queue_jobs", "Background jobs by queue and state.", jobsIn(queues));
  add("ringkv_member_heard_ago_seconds", "Since a member answered last.", heardAgo(status));
  add(
    "ringkv_http_requests_in_flight",
    "Requests being worked on, of those that are limited.",
    measured.requestsInFlight,
  );
  addCounters(registry, status.counters);
  addPeerFailures(registry, measured.peerFailures.series);
  if (measured.snapshots !== null) addSnapshots(registry, measured.snapshots);
  addHistograms(registry, measured);
  return registry;
}

/** Nothing is owed to who is not named. */
function owedBy({ node: self, members, owed }: NodeStatus): Series[] {
  return members
    .filter(({ node }) => node !== self)
    .map(({ node }) => ({ labels: { member: node }, value: owed[node] ?? 0 }));
}

/** Who has never answered is left out. */
function heardAgo({ node: self, members }: NodeStatus): Series[] {
  return members.flatMap(({ node, heardAgoMs }) => {
    if (node === self || heardAgoMs === null) return [];
    return [{ labels: { member: node }, value: heardAgoMs / 1_000 }];
  });
}

/** A snapshot is told of by the node that took it: the leader of that time. */
function addSnapshots(registry: Registry, { taken, failed, last }: ScheduledSnapshotsView): void {
  addCounter(registry, {
    name: "ringkv_scheduled_snapshots_total",
    help: "Scheduled snapshots that this node took, or could not.",
    series: [
      { labels: { outcome: "taken" }, value: taken },
      { labels: { outcome: "failed" }, value: failed },
    ],
  });
  if (last === null) return;
  const add = (name: string, help: string, value: number) =>
    addGauge(registry, { name, help, series: [one(value)] });
  add(
    "ringkv_scheduled_snapshot_last_timestamp_seconds",
    "When the last scheduled snapshot of this node was begun, since the epoch.",
    last.takenAtMs / 1_000,
  );
  add(
    "ringkv_scheduled_snapshot_last_duration_seconds",
    "How long the last scheduled snapshot of this node took.",
    last.tookMs / 1_000,
  );
  add(
    "ringkv_scheduled_snapshot_last_records",
    "Records in the last scheduled snapshot of this node.",
    last.records,
  );
  add(
    "ringkv_scheduled_snapshot_last_bytes",
    "Size of the last scheduled snapshot of this node in the archive.",
    last.bytes,
  );
}

/** A reason that has not occurred is left out. */
function addPeerFailures(registry: Registry, failures: readonly TallySeries[]): void {
  if (failures.length === 0) return;
  addCounter(registry, {
    name: "ringkv_peer_calls_failed_total",
    help: "Calls of other members that failed, by reason; one message may carry several.",
    series: failures.map(({ labels: [member = "", reason = ""], count }) => {
      return { labels: { member, reason }, value: count };
    }),
  });
}

function addHistograms(registry: Registry, { requests, durations }: Measured): void {
  addHistogram(registry, {
    name: "ringkv_http_request_duration_seconds",
    help: "From a request's headers to the end of its answer.",
    series: requests.map(({ route, method, status, histogram }) => {
      return { labels: { route, method, status: `${status}` }, histogram };
    }),
  });
  addHistogram(registry, {
    name: "ringkv_grpc_call_duration_seconds",
    help: "From a call's headers to its status; endless ones, to the beginning of their answer.",
    series: durations.grpc.series.map(({ labels: [method = "", code = ""], histogram }) => {
      return { labels: { method, code }, histogram };
    }),
  });
  addHistogram(registry, {
    name: "ringkv_store_call_duration_seconds",
    help: "Calls of this node's Redis that it answered; one call may carry many records.",
    series: durations.store.series.map(({ labels: [call = ""], histogram }) => {
      return { labels: { call }, histogram };
    }),
  });
  addHistogram(registry, {
    name: "ringkv_peer_message_duration_seconds",
    help: "Messages to other members that they answered; one message may carry many records.",
    series: durations.peers.series.map(({ labels: [member = "", message = ""], histogram }) => {
      return { labels: { member, message }, histogram };
    }),
  });
}

function jobsIn(queues: Measured["queues"]): Series[] {
  return Object.entries(queues).flatMap(([queue, counts]) =>
    Object.entries(counts ?? {}).map(([state, value]) => {
      return { labels: { queue, state }, value };
    }),
  );
}

interface GaugeOf {
  readonly name: string;
  readonly help: string;
  readonly series: readonly Series[];
}

function addGauge(registry: Registry, { name, help, series }: GaugeOf): void {
  if (series.length === 0) return;
  const gauge = new Gauge({ name, help, labelNames: namesIn(series), registers: [registry] });
  for (const { labels, value } of series) gauge.set(labels, value);
}

function one(value: number): Series {
  return { labels: {}, value };
}

function namesIn(series: readonly Series[]): string[] {
  return Object.keys(series[0]?.labels ?? {});
}
