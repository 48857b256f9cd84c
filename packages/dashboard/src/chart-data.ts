/** The columns of each chart, from the rates that the page has kept. */

import type { TimedRates } from "./wire.js";

export interface ChartPlan {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly SeriesPlan[];
}

export interface SeriesPlan {
  readonly label: string;
  /** The name of a colour of the style sheet. */
  readonly color: string;
  readonly of: (rates: TimedRates) => number | null;
}

export const CHARTS: readonly ChartPlan[] = [
  {
    title: "Operations",
    unit: "per second",
    series: [
      { label: "reads", color: "--chart-1", of: ({ reads }) => reads },
      { label: "writes", color: "--chart-2", of: ({ writes }) => writes },
      { label: "quorum failures", color: "--bad", of: ({ quorumFailures }) => quorumFailures },
    ],
  },
  {
    title: "Latency",
    unit: "milliseconds",
    series: [
      { label: "read 99 %", color: "--chart-1", of: ({ readMs }) => readMs.p99 },
      { label: "write 50 %", color: "--chart-3", of: ({ writeMs }) => writeMs.p50 },
      { label: "write 99 %", color: "--chart-2", of: ({ writeMs }) => writeMs.p99 },
    ],
  },
  {
    title: "Mending",
    unit: "records per second",
    series: [
      { label: "stand-ins", color: "--warn", of: ({ standIns }) => standIns },
      { label: "handed off", color: "--chart-1", of: ({ handedOff }) => handedOff },
      { label: "repaired", color: "--chart-2", of: ({ repaired }) => repaired },
    ],
  },
];

const WINDOW_SECONDS = 15 * 60;

/** Seconds in the first column, a column for each series after it; gaps are null. */
export function columnsOf(
  rates: readonly TimedRates[],
  { series }: ChartPlan,
): (number | null)[][] {
  return [
    rates.map(({ atMs }) => Math.floor(atMs / 1_000)),
    ...series.map(({ of }) => rates.map((it) => of(it))),
  ];
}

/** Always the last fifteen minutes, however long somebody has watched. */
export function windowOf(rates: readonly TimedRates[]): [number, number] {
  const lastSecond = Math.floor((rates.at(-1)?.atMs ?? 0) / 1_000);
  return [lastSecond - WINDOW_SECONDS, lastSecond];
}

/** What a screen reader says of a chart. */
export function chartLabel({ title, unit, series }: ChartPlan, last: TimedRates | null): string {
  const values = series.map(({ label, of }) => {
    const value = last === null ? null : of(last);
    return `${label} ${value === null ? "none" : value.toFixed(1)}`;
  });
  return `${title} of the last 15 minutes, ${unit}; now ${values.join(", ")}`;
}
