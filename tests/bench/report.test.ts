/** Ratios, tables, charts and the JSON, from what a run brought. */

import { cellOf } from "../../scripts/bench/cells.mjs";
import { barChart, lineChart, niceAbove } from "../../scripts/bench/charts.mjs";
import { ratiosOf } from "../../scripts/bench/ratios.mjs";
import { storyOf } from "../../scripts/bench/record-cost.mjs";
import { jsonOf, type Results, reportOf } from "../../scripts/bench/report.mjs";
import { summaryOf } from "../../scripts/bench/speed.mjs";
import { speedOf } from "./result.js";

const put = cellOf({ operation: "put" });
const batch = cellOf({ operation: "batch-get", connections: 16, systems: ["ringkv"] });
const SPEEDS = [
  speedOf(),
  speedOf({ system: "webdis", perSecond: 50_000, p99Ms: 2 }),
  speedOf({ system: "etcd", perSecond: 8_000 }),
  speedOf({ cell: put, perSecond: 20_000, p99Ms: 6 }),
  speedOf({ cell: put, system: "webdis", outcome: "failed", why: "3 status" }),
  speedOf({ cell: put, system: "etcd", outcome: "not installed" }),
  speedOf({ cell: batch, perSecond: 5_000 }),
];

function resultsOf(more: Partial<Results> = {}): Results {
  return {
    machine: { node: "20" },
    run: { seconds: 4, rounds: 3, generator: "wrk" },
    speeds: SPEEDS,
    ratios: ratiosOf(SPEEDS),
    stories: {},
    ...more,
  };
}

it("has a ratio where both sides were measured, and null elsewhere", () => {
  expect(ratiosOf(SPEEDS)).toMatchObject({
    get_vs_webdis: 0.8,
    get_vs_etcd: 5,
    get_p99_vs_webdis: 2.125,
    put_vs_webdis: null,
    put_vs_etcd: null,
    put_p99_vs_webdis: null,
  });
});

it.each([
  { valueBytes: 1_024 },
  { connections: 512 },
  { keys: "zipf" },
  { durability: "everysec" },
  { nodes: 9 },
] as const)("takes no ratio of a cell with %j", (odd) => {
  const cell = cellOf(odd);
  const ratios = ratiosOf([speedOf({ cell }), speedOf({ cell, system: "webdis" })]);
  expect(Object.values(ratios).filter((it) => it !== null)).toEqual([]);
});

it("shows what failed as a failure, and no speed of it", () => {
  const report = reportOf(resultsOf());
  expect(report).toContain("| PUT 100 B, 64 connections | webdis, one Redis | FAILED: 3 status |");
  expect(report).toContain("| PUT 100 B, 64 connections | etcd, three nodes | not installed |");
  expect(report).toContain("| 50,000 | 1.50 | 2.00 | node 30.0, redis 5.0 |");
  expect(report).toContain("x 0.80");
});

it("says which targets were reached, of those that were measured", () => {
  const report = reportOf(resultsOf());
  expect(report).toContain("| GET beside webdis | at least 0.80 | 0.80 | reached |");
  expect(report).toContain("| keys/s in batches of 100 | at least 400,000 | 500,000 | reached |");
  expect(report).not.toContain("PUT (two copies) beside webdis");
  const slow = [speedOf({ perSecond: 1_000 }), speedOf({ system: "etcd" })];
  const missed = reportOf(resultsOf({ speeds: slow, ratios: ratiosOf(slow) }));
  expect(missed).toContain("| GET beside etcd | at least 5.00 | 0.03 | missed |");
});

it("tells machines the same", () => {
  const json = JSON.parse(jsonOf(resultsOf()));
  expect(json.ratios.get_vs_webdis).toBe(0.8);
  expect(json.figures.batch_get_keys_per_s).toBe(500_000);
  expect(json.failures).toEqual(["webdis, one Redis, PUT 100 B, 64 connections: 3 status"]);
});

it("takes the median of rounds, and one error spoils them all", () => {
  const sample = (perSecond: number, errors = "") => ({
    perSecond,
    p50Ms: perSecond,
    p99Ms: perSecond,
    processorUs: { node: perSecond },
    residentBytes: { node: 1 },
    errors,
  });
  const good = summaryOf([sample(1), sample(9), sample(2)]);
  expect(good).toMatchObject({ outcome: "measured", perSecond: 2, processorUs: { node: 2 } });
  const bad = summaryOf([sample(1), sample(9, "1 status"), sample(2)]);
  expect(bad).toMatchObject({ outcome: "failed", why: "1 status" });
  expect(summaryOf([])).toMatchObject({ outcome: "not installed" });
});

it("compares the last records with the first ones", () => {
  const steps = [10, 10, 90, 20, 12, 11, 11].map((processorUs, index) => ({
    records: 1_000 * (index + 1),
    processorUs,
  }));
  const { figures } = storyOf(steps, { bytes: 188, getBefore: 10, getAfter: 11 });
  const figure = (name: string) => figures.find((it) => it.name === name)?.value;
  expect(figure("record_last_vs_first")).toBe(1.1);
  expect(figure("get_last_vs_first")).toBe(1.1);
});

describe("charts", () => {
  it("draws bars in proportion, and escapes words", () => {
    const svg = barChart("a < b & c", [
      { label: "one", value: 100, group: 0 },
      { label: "two", value: 50, group: 1 },
    ]);
    expect(svg).toContain("a &lt; b &amp; c");
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, it]) => Number(it));
    expect(widths[0]).toBeCloseTo(2 * Number(widths[1]), 0);
  });

  it("draws lines with marks inside its frame", () => {
    const svg = lineChart({
      title: "t",
      across: "s",
      up: "ms",
      lines: [
        {
          name: "GET",
          points: [
            [0, 1],
            [10, 730],
          ],
        },
      ],
      marks: [{ at: 5, what: "kill -9" }],
    });
    expect(svg).toContain("kill -9");
    expect(svg).toMatch(/<path d="M60\.0 [\d.]+L740\.0 [\d.]+" fill="none"/);
  });

  it.each([
    [0, 1],
    [0.7, 1],
    [1, 1],
    [12, 20],
    [230, 250],
    [730, 1_000],
  ])("has room for %p up to %p", (value, most) => {
    expect(niceAbove(value)).toBe(most);
  });
});
