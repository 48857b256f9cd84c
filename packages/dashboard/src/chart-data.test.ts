import { ratesAt } from "../test-support/samples.js";
import { CHARTS, type ChartPlan, chartLabel, columnsOf, windowOf } from "./chart-data.js";
import { counted, duration, listed, milliseconds, perSecond } from "./words.js";

const [operations, latency] = CHARTS as [ChartPlan, ChartPlan];
const rates = [ratesAt(1_000_500, { reads: 3 }), ratesAt(1_001_500, { writes: 2 })];

it("gives a column of seconds, and one for each series", () => {
  expect(columnsOf(rates, operations)).toEqual([
    [1_000, 1_001],
    [3, 0],
    [0, 2],
    [0, 0],
  ]);
});

it("leaves a gap where nothing was measured", () => {
  expect(columnsOf(rates, latency)[1]).toEqual([null, null]);
});

it("always shows fifteen minutes", () => {
  expect(windowOf(rates)).toEqual([101, 1_001]);
});

it("says in words what a chart shows", () => {
  const label = "Operations of the last 15 minutes, per second; now reads 3.0, writes 0.0";
  expect(chartLabel(operations, rates[0] ?? null)).toContain(label);
  expect(chartLabel(latency, null)).toContain("write 50 % none");
});

it("says numbers as people do", () => {
  expect(counted(1, "record")).toBe("1 record");
  expect(counted(1_204, "record")).toBe("1,204 records");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
  expect([milliseconds(null), milliseconds(0.42), milliseconds(12.4), milliseconds(1_500)]).toEqual(
    ["–", "0.4 ms", "12 ms", "1.5 s"],
  );
  expect([duration(0.2), duration(40), duration(200)]).toEqual([
    "about 1 s",
    "about 40 s",
    "about 3 min",
  ]);
  expect([perSecond(0), perSecond(4.24), perSecond(1_204)]).toEqual(["0", "4.2", "1,204"]);
});
