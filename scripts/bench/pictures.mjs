/** Which charts a run has material for, as files in a folder. */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cellOf, titleOf } from "./cells.mjs";
import { barChart, lineChart } from "./charts.mjs";

const SYSTEMS = ["ringkv", "webdis", "etcd", "redis", "bare"];

/**
 * @param {string} folder
 * @param {Pick<import("./report.mjs").Results, "speeds" | "stories">} results
 * @returns {string[]} the files
 */
export function drawPictures(folder, { speeds, stories }) {
  mkdirSync(folder, { recursive: true });
  const measured = speeds.filter(({ outcome }) => outcome === "measured");
  const beside = measured.filter(({ cell }) => cell.nodes === 3 && cell.systems.length > 1);
  const grown = measured.filter(({ cell, system }) => system === "ringkv" && isPlain(cell));
  /** @type {[string, string][]} */
  const pictures = [];
  if (beside.length > 0) pictures.push(["speed", speedChartOf(beside)]);
  if (grown.some(({ cell }) => cell.nodes !== 3)) pictures.push(["growth", growthChartOf(grown)]);
  for (const { series } of Object.values(stories))
    for (const one of series) pictures.push([one.name, lineChart(one)]);
  return pictures.map(([name, svg]) => {
    const file = path.join(folder, `${name}.svg`);
    writeFileSync(file, svg);
    return file;
  });
}

/** @param {readonly import("./speed.mjs").Speed[]} speeds */
function speedChartOf(speeds) {
  const bars = speeds.map(({ cell, system, perSecond }) => ({
    label: `${titleOf(cell)}: ${system}`,
    value: perSecond,
    group: SYSTEMS.indexOf(system),
  }));
  return barChart("Requests per second (medians of alternating runs)", bars);
}

/** @param {readonly import("./speed.mjs").Speed[]} speeds */
function growthChartOf(speeds) {
  const bars = speeds.map(({ cell, processorUs }) => ({
    label: `${cell.operation.toUpperCase()}, ${cell.nodes} nodes`,
    value: Object.values(processorUs).reduce((a, b) => a + b, 0),
    group: cell.operation === "get" ? 0 : 1,
  }));
  return barChart("Processor time per request, all nodes and Redis, µs", bars);
}

/** As the clusters of several sizes are loaded. @param {import("./cells.mjs").Cell} cell */
function isPlain({ operation, ...cell }) {
  if (operation !== "get" && operation !== "put") return false;
  return titleOf({ ...cell, operation: "get", nodes: 3 }) === titleOf(cellOf());
}
