/**
 * What Prometheus is told of this node: the numbers of `/status`, under names that stay, and those
 * of the process.
 *
 * A number that is not known is left out, for a zero would be a claim: while the store is away
 * there is no number of records, while the queue's is away there are none of jobs. Each answer is
 * put together anew, so nothing here can be out of date, and nothing is shared between two APIs.
 */

import type { MemberState } from "@ringkv/core";
import type { CounterValues, Leadership, NodeStatus } from "@ringkv/engine";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

/** What is known at one moment. */
export interface Measured {
  readonly status: NodeStatus;
  readonly leadership: Leadership;
  /** Jobs by queue and state; null where the queue's Redis does not answer. */
  readonly queues: Readonly<Record<string, Readonly<Record<string, number>> | null>>;
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

function registryOf({ status, leadership, queues }: Measured): Registry {
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
  addCounters(registry, status.counters);
  return registry;
}

/** Nothing is owed to who is not named. */
function owedBy({ node: self, members, owed }: NodeStatus): Series[] {
  return members
    .filter(({ node }) => node !== self)
    .map(({ node }) => ({ labels: { member: node }, value: owed[node] ?? 0 }));
}

function jobsIn(queues: Measured["queues"]): Series[] {
  return Object.entries(queues).flatMap(([queue, counts]) =>
    Object.entries(counts ?? {}).map(([state, value]) => {
      return { labels: { queue, state }, value };
    }),
  );
}

function addCounters(registry: Registry, counters: CounterValues): void {
  const add = (name: string, help: string, series: readonly Series[]) => {
    const counter = new Counter({ name, help, labelNames: namesIn(series), registers: [registry] });
    for (const { labels, value } of series) counter.inc(labels, value);
  };
  const { recordsDamaged, digestsRebuilt, recordsPulled, recordsPushed } = counters;
  add("ringkv_records_damaged_total", "Damaged records that were replaced or discarded.", [
    one(recordsDamaged),
  ]);
  add("ringkv_digests_rebuilt_total", "Digests that did not match their records.", [
    one(digestsRebuilt),
  ]);
  add("ringkv_repaired_records_total", "Records that repair brought here or sent to an owner.", [
    { labels: { direction: "pulled" }, value: recordsPulled },
    { labels: { direction: "pushed" }, value: recordsPushed },
  ]);
  add("ringkv_handed_off_records_total", "Copies let go of, after their owners had them.", [
    one(counters.recordsHandedOff),
  ]);
  add("ringkv_records_purged_total", "Tombstones and expired records forgotten by all owners.", [
    one(counters.recordsPurged),
  ]);
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
