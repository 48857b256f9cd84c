/** The last fifteen minutes as charts. uPlot draws; the columns come from chart-data.ts. */

import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { CHARTS, type ChartPlan, chartLabel, columnsOf, windowOf } from "./chart-data.js";
import type { TimedRates } from "./wire.js";

const HEIGHT = 150;

export function Charts({ rates }: { readonly rates: readonly TimedRates[] }) {
  return (
    <section class="charts" aria-label="The last 15 minutes">
      {CHARTS.map((plan) => (
        <Chart key={plan.title} plan={plan} rates={rates} />
      ))}
    </section>
  );
}

interface ChartProps {
  readonly plan: ChartPlan;
  readonly rates: readonly TimedRates[];
}

function Chart({ plan, rates }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const latest = useRef(rates);
  latest.current = rates;
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const draw = () => {
      chart.current?.destroy();
      chart.current = new UPlot(optionsOf(plan, element), [[]], element);
      show(chart.current, plan, latest.current);
    };
    draw();
    const size = new ResizeObserver(() => {
      chart.current?.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    size.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      size.disconnect();
      dark.removeEventListener("change", draw);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [plan]);
  useEffect(() => {
    if (chart.current !== null) show(chart.current, plan, rates);
  }, [plan, rates]);
  return (
    <figure class="card chart">
      <figcaption>
        <h2>{plan.title}</h2> <span class="unit">{plan.unit}</span>
        <ul class="legend">
          {plan.series.map(({ label, color }) => (
            <li key={label}>
              <span class="swatch" style={{ background: `var(${color})` }} aria-hidden="true" />
              {label}
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={holder}
        class="plot"
        role="img"
        aria-label={chartLabel(plan, rates.at(-1) ?? null)}
      />
    </figure>
  );
}

function show(chart: UPlot, plan: ChartPlan, rates: readonly TimedRates[]): void {
  chart.batch(() => {
    chart.setData(columnsOf(rates, plan) as UPlot.AlignedData, false);
    const [min, max] = windowOf(rates);
    chart.setScale("x", { min, max });
  });
}

function optionsOf({ series }: ChartPlan, element: HTMLElement): UPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth || 300,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    scales: { y: { range: (_chart, _min, max) => [0, Math.max(max ?? 0, 1) * 1.1] } },
    axes: [
      { ...axis, space: 70, size: 26, values: "{HH}:{mm}" },
      { ...axis, size: 44, space: 34 },
    ],
    series: [
      {},
      ...series.map(({ label, color: name }) => ({
        label,
        stroke: color(name),
        width: 1.6,
        spanGaps: false,
        points: { show: false },
      })),
    ],
  };
}
