/**
 * Whether the last record costs what the first ones did: processor time and memory per new record,
 * while a cluster is filled by batches. Reads of single keys are measured before and after.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cellOf } from "./cells.mjs";
import { fillRecords } from "./filling.mjs";
import { chooseGenerator } from "./load.mjs";
import { processorMs, residentBytes } from "./processor-time.mjs";
import { loadingOf } from "./requests.mjs";
import { measureOnce, sendAll } from "./speed.mjs";
import { median } from "./statistics.mjs";
import { openRingkv } from "./systems.mjs";

/** @typedef {import("./stories.mjs").StoryOptions} StoryOptions */
/** @typedef {{records: number, processorUs: number}} Step */

const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });
const STEPS = 20;
/** What is compared is the median of so many steps at either end. */
const COMPARED_STEPS = 3;
/** Before the first step, so that compilers are done with. */
const WARM_UP_RECORDS = 50_000;
const GET_WARM_UP_S = 8;

/** @param {StoryOptions} options @returns {Promise<import("./stories.mjs").Story>} */
export async function measureRecordCost(options) {
  const { records, signal, note } = options;
  const ringkv = await openRingkv(GROUND, { signal });
  try {
    const { ports } = ringkv;
    await sendAll(ports, loadingOf("ringkv", cellOf().valueBytes), { signal });
    note("warming up");
    await fillRecords(ports, { from: 0, to: WARM_UP_RECORDS, signal });
    const getBefore = await costsOfGet(ringkv, options);
    const memoryBefore = residentBytes(ringkv.processes());
    const steps = [];
    const size = Math.ceil(records / STEPS);
    for (let step = 0; step < STEPS; step++) {
      const from = WARM_UP_RECORDS + step * size;
      const before = sumOf(processorMs(ringkv.processes()));
      await fillRecords(ports, { from, to: from + size, signal });
      const spent = sumOf(processorMs(ringkv.processes())) - before;
      steps.push({ records: (step + 1) * size, processorUs: (1_000 * spent) / size });
      note(`${(step + 1) * size} records: ${((1_000 * spent) / size).toFixed(1)} µs each`);
    }
    const memoryAfter = residentBytes(ringkv.processes());
    const getAfter = await costsOfGet(ringkv, options);
    const redisBytes = (memoryAfter["redis"] ?? 0) - (memoryBefore["redis"] ?? 0);
    // Each record is in the Redis of two nodes.
    const bytes = redisBytes / (STEPS * size) / 2;
    return storyOf(steps, { bytes, getBefore, getAfter });
  } finally {
    await ringkv.close();
  }
}

/**
 * @param {readonly Step[]} steps
 * @param {{bytes: number, getBefore: number, getAfter: number}} rest
 * @returns {import("./stories.mjs").Story}
 */
export function storyOf(steps, { bytes, getBefore, getAfter }) {
  const middleOf = (/** @type {readonly Step[]} */ some) =>
    median(some.map(({ processorUs }) => processorUs));
  const first = middleOf(steps.slice(0, COMPARED_STEPS));
  const last = middleOf(steps.slice(-COMPARED_STEPS));
  const count = steps.at(-1)?.records ?? 0;
  return {
    figures: [
      { name: "record_first_us", what: "a new record, at first", value: first, unit: "µs CPU" },
      { name: "record_last_us", what: `a new record after ${count}`, value: last, unit: "µs CPU" },
      { name: "record_last_vs_first", what: "last : first", value: last / first, unit: "" },
      { name: "get_first_us", what: "a GET, at first", value: getBefore, unit: "µs CPU" },
      { name: "get_last_us", what: `a GET after ${count}`, value: getAfter, unit: "µs CPU" },
      { name: "get_last_vs_first", what: "last : first", value: getAfter / getBefore, unit: "" },
      { name: "record_memory_bytes", what: "a record in one Redis", value: bytes, unit: "bytes" },
    ],
    series: [
      {
        name: "record-cost",
        title: "Processor time per new record, all six processes, two copies each",
        across: "records in the cluster",
        up: "µs",
        lines: [{ name: "per record", points: steps.map((it) => [it.records, it.processorUs]) }],
        marks: [],
      },
    ],
  };
}

/** @param {import("./systems.mjs").Ringkv} ringkv @param {StoryOptions} options */
async function costsOfGet(ringkv, { seconds, signal, note }) {
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-bench-load-"));
  const means = { directory, generator: chooseGenerator(), rounds: 1, seconds, signal, note };
  try {
    await measureOnce(ringkv, cellOf(), { ...means, seconds: GET_WARM_UP_S });
    return sumOf((await measureOnce(ringkv, cellOf(), means)).processorUs);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {Readonly<Record<string, number>>} counts */
function sumOf(counts) {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}
