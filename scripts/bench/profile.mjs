/**
 * Where the time of our nodes goes: CPU profiles of all three while one cell after the other is
 * loaded, and the top of them as a table. The profiles stay in a folder, for Chrome's DevTools.
 */

import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { titleOf } from "./cells.mjs";
import { msUntil } from "./node-status.mjs";
import { markdownTable } from "./report.mjs";
import { loadingOf } from "./requests.mjs";
import { measureOnce, sendAll } from "./speed.mjs";
import { openRingkv } from "./systems.mjs";
import { packageCosts, topCosts } from "./top-costs.mjs";

/** @typedef {import("./top-costs.mjs").CpuProfile} CpuProfile */

const PROFILED_NODE = fileURLToPath(new URL("./profiled-node.mjs", import.meta.url));
const TOP = 25;
const WARM_UP_S = 6;

/**
 * @param {readonly import("./cells.mjs").Cell[]} cells
 * @param {import("./speed.mjs").SpeedOptions} options
 * @returns {Promise<string>} tables
 */
export async function profileCells(cells, options) {
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-profiles-"));
  const tables = [];
  for (const cell of cells.filter(({ systems }) => systems.includes("ringkv"))) {
    options.note(`profiling ${titleOf(cell)}`);
    const folder = path.join(directory, titleOf(cell).replaceAll(/[^\w]+/g, "-"));
    mkdirSync(folder);
    const profiles = await profileCell(cell, { ...options, directory: folder });
    const title = titleOf(cell);
    tables.push(tableOf([title, "function", "where"], topCosts(profiles, TOP)));
    tables.push(tableOf([title, "package", "by whom"], packageCosts(profiles).slice(0, TOP)));
  }
  options.note(`the profiles are in ${directory}`);
  return tables.join("\n\n");
}

/** @param {readonly string[]} heading @param {readonly import("./top-costs.mjs").Cost[]} costs */
function tableOf(heading, costs) {
  const rows = costs.map(({ name, place, share }) => [
    `${(100 * share).toFixed(1)} %`,
    name,
    place,
  ]);
  return markdownTable(heading, rows);
}

/**
 * @param {import("./cells.mjs").Cell} cell
 * @param {import("./speed.mjs").RunOptions} options
 * @returns {Promise<CpuProfile[]>} one of each node
 */
async function profileCell(cell, options) {
  const { directory, signal } = options;
  const settings = { RINGKV_NODE_MAIN: PROFILED_NODE, RINGKV_BENCH_PROFILES: directory };
  const ringkv = await openRingkv(cell, { signal, settings });
  try {
    const { cluster, ports } = ringkv;
    await sendAll(ports, loadingOf("ringkv", cell.valueBytes), { signal });
    await measureOnce(ringkv, cell, { ...options, seconds: WARM_UP_S });
    const files = cluster.nodes.map(({ name }) => path.join(directory, `${name}.cpuprofile`));
    const toggle = () => {
      for (const { name } of cluster.nodes) process.kill(cluster.pid(name) ?? 0, "SIGUSR2");
    };
    toggle();
    await measureOnce(ringkv, cell, options);
    toggle();
    await msUntil("the profiles are written", async () => files.every(existsSync), signal);
    return files.map((file) => /** @type {CpuProfile} */ (JSON.parse(readFileSync(file, "utf8"))));
  } finally {
    await ringkv.close();
  }
}
