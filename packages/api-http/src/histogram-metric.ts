/**
 * Durations that were counted elsewhere, as a histogram of prom-client's. Its own can only be told
 * one duration at a time, and that is too dear for each request (see DESIGN.md).
 */

import { type Histogram as Counted, DURATION_BOUNDS_MS } from "@ringkv/engine";
import type { Histogram, Registry } from "prom-client";

export interface HistogramOf {
  readonly name: string;
  readonly help: string;
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly histogram: Pick<Counted, "counts" | "sumMs">;
  }[];
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export function addHistogram(registry: Registry, { name, help, series }: HistogramOf): void {
  if (series.length === 0) return;
  const values = series.flatMap(({ labels, histogram }) => samplesOf(name, labels, histogram));
  // All that a registry asks of a metric when it writes its text.
  const metric = {
    name,
    get: async () => ({ name, help, type: "histogram", values, aggregator: "sum" }),
  };
  registry.registerMetric(metric as unknown as Histogram);
}

/** Prometheus counts in each range what is in those below it, too. */
function samplesOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  { counts, sumMs }: Pick<Counted, "counts" | "sumMs">,
): Sample[] {
  const samples: Sample[] = [];
  let count = 0;
  for (const [at, inRange] of counts.entries()) {
    count += inRange;
    const boundMs = DURATION_BOUNDS_MS[at];
    const le = boundMs === undefined ? "+Inf" : boundMs / 1_000;
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count });
  }
  return [
    ...samples,
    { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
