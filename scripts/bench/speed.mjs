/**
 * Loads the systems in turn, alternating, several rounds, so that a slow minute of the machine
 * strikes all of them. What had an error is a failure, and no speed.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { forEachOf } from "../demo/pool.mjs";
import { groupsOf, titleOf } from "./cells.mjs";
import { BenchFailure } from "./failure.mjs";
import { runLoad } from "./load.mjs";
import { processorMs, residentBytes } from "./processor-time.mjs";
import { fillRedis, loadRedis } from "./redis-load.mjs";
import { loadingOf, sequenceOf } from "./requests.mjs";
import { median } from "./statistics.mjs";
import { isInstalled, openSystem } from "./systems.mjs";

/** @typedef {import("./cells.mjs").Cell} Cell */
/** @typedef {import("./systems.mjs").System} System */

/**
 * @typedef {object} Speed
 * @property {Cell} cell
 * @property {import("./cells.mjs").SystemName} system
 * @property {"measured" | "failed" | "not installed"} outcome
 * @property {string} why it failed
 * @property {number} perSecond requests; medians of the rounds from here on
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {Readonly<Record<string, number>>} processorUs per request, by what the process is
 * @property {Readonly<Record<string, number>>} residentBytes afterwards
 */

/** @typedef {Omit<Speed, "cell" | "system" | "outcome" | "why"> & {errors: string}} Sample */

/**
 * @typedef {object} SpeedOptions
 * @property {number} seconds
 * @property {number} rounds
 * @property {import("./load.mjs").Generator} generator
 * @property {AbortSignal} signal
 * @property {(text: string) => void} note
 */

/** @typedef {SpeedOptions & {directory: string}} RunOptions */

const FILLERS = 32;
/** What is compiled while it runs needs tens of thousands of requests to be as fast as it gets. */
const WARM_UP_S = { ringkv: 5, bare: 2, webdis: 1, etcd: 1 };

/** @param {readonly Cell[]} cells @param {SpeedOptions} options @returns {Promise<Speed[]>} */
export async function measureSpeeds(cells, options) {
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-bench-load-"));
  try {
    const speeds = [];
    for (const group of groupsOf(cells))
      speeds.push(...(await measureGroup(group, { ...options, directory })));
    return speeds;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {readonly Cell[]} cells @param {RunOptions} options @returns {Promise<Speed[]>} */
async function measureGroup(cells, options) {
  const { rounds, signal, note } = options;
  const wanted = [...new Set(cells.flatMap(({ systems }) => systems))];
  const names = wanted.filter(isInstalled);
  const [ground] = cells;
  if (ground === undefined) return [];
  /** @type {Map<string, System>} */
  const open = new Map();
  /** @type {Map<string, Sample[]>} */
  const samples = new Map();
  try {
    for (const name of names) open.set(name, await openSystem(name, ground, signal));
    for (const system of open.values()) await fill(system, cells, options);
    for (let round = 0; round < rounds; round++) {
      for (const cell of cells) {
        note(`round ${round + 1} of ${rounds}: ${titleOf(cell)}`);
        for (const name of cell.systems.filter((it) => open.has(it))) {
          const system = /** @type {System} */ (open.get(name));
          const sample = await measureOnce(system, cell, options);
          const key = `${name} ${titleOf(cell)}`;
          samples.set(key, [...(samples.get(key) ?? []), sample]);
        }
      }
    }
  } finally {
    for (const system of open.values()) await system.close();
  }
  return cells.flatMap((cell) =>
    cell.systems.map((system) => ({
      cell,
      system,
      ...summaryOf(samples.get(`${system} ${titleOf(cell)}`) ?? []),
    })),
  );
}

/**
 * @param {System} system
 * @param {Cell} cell
 * @param {RunOptions} options
 * @returns {Promise<Sample>}
 */
export async function measureOnce(system, cell, options) {
  const { seconds, signal } = options;
  const before = processorMs(system.processes());
  const result =
    system.name === "redis"
      ? await loadRedis(system.ports[0] ?? 0, cell, { seconds, signal })
      : await runLoad(loadOn(system, cell, options), options);
  const spent = processorMs(system.processes());
  const { requests, errors, p50Ms, p99Ms } = result;
  /** @type {Record<string, number>} */
  const processorUs = {};
  for (const [kind, ms] of Object.entries(spent))
    processorUs[kind] = (1_000 * (ms - (before[kind] ?? 0))) / requests;
  return {
    perSecond: requests / result.seconds,
    p50Ms,
    p99Ms,
    processorUs,
    residentBytes: residentBytes(system.processes()),
    errors: requests === 0 ? `no request was answered; ${errors}` : errors,
  };
}

/** @param {System} system @param {Cell} cell @param {RunOptions} options */
function loadOn({ name, ports }, cell, { seconds, signal }) {
  if (name === "redis") throw new RangeError("Redis speaks no HTTP");
  const { connections } = cell;
  return { ports, sequence: sequenceOf(name, cell), connections, seconds, signal };
}

/**
 * Every key once, and a moment of what will be measured, for the compilers.
 *
 * @param {System} system
 * @param {readonly Cell[]} cells
 * @param {RunOptions} options
 */
async function fill(system, cells, options) {
  const { signal, note } = options;
  const own = cells.filter(({ systems }) => systems.includes(system.name));
  note(`filling ${system.name}`);
  for (const valueBytes of new Set(own.map((cell) => cell.valueBytes))) {
    const cell = /** @type {Cell} */ (own.find((it) => it.valueBytes === valueBytes));
    if (system.name === "redis") await fillRedis(system.ports[0] ?? 0, cell, signal);
    else await sendAll(system.ports, loadingOf(system.name, valueBytes), { signal });
  }
  if (system.name === "redis") return;
  const longest = Math.min(WARM_UP_S[system.name], options.seconds);
  for (const operation of new Set(own.map((cell) => cell.operation))) {
    const cell = /** @type {Cell} */ (own.find((it) => it.operation === operation));
    // A batch is a hundred operations: what it needs is warm much sooner.
    const warmUpS = operation.startsWith("batch-") ? Math.min(longest, 2) : longest;
    await measureOnce(system, cell, { ...options, seconds: warmUpS });
  }
}

/**
 * Each once, spread over the ports; rejects when one is not answered with 2xx.
 *
 * @param {readonly number[]} ports
 * @param {readonly import("./requests.mjs").HttpRequest[]} requests
 * @param {{signal: AbortSignal, inFlight?: number}} options
 */
export async function sendAll(ports, requests, { signal, inFlight = FILLERS }) {
  const agent = new Agent({ keepAlive: true });
  try {
    await forEachOf(requests, inFlight, async (wanted, index) => {
      signal.throwIfAborted();
      const port = /** @type {number} */ (ports[index % ports.length]);
      const { status, text } = await send(port, wanted, agent);
      if (status < 200 || status > 299)
        throw new BenchFailure(`${wanted.method} ${wanted.path} was answered ${status}: ${text}`);
    });
  } finally {
    agent.destroy();
  }
}

/**
 * @param {number} port
 * @param {import("./requests.mjs").HttpRequest} wanted
 * @param {Agent} agent
 * @returns {Promise<{status: number, text: string}>}
 */
function send(port, { method, path: target, body, type }, agent) {
  const headers = {
    ...(type === undefined ? {} : { "content-type": type }),
    ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
  };
  const options = { host: "127.0.0.1", port, method, path: target, headers, agent };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (/** @type {string} */ part) => {
        text += text.length < 1_000 ? part : "";
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.once("error", reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** @param {readonly Sample[]} samples @returns {Omit<Speed, "cell" | "system">} */
export function summaryOf(samples) {
  const over = (/** @type {(sample: Sample) => number} */ of) => median(samples.map(of));
  const byKind = (/** @type {"processorUs" | "residentBytes"} */ field) => {
    const kinds = Object.keys(samples[0]?.[field] ?? {});
    return Object.fromEntries(
      kinds.map((kind) => [kind, over((it) => it[field][kind] ?? Number.NaN)]),
    );
  };
  const why = samples
    .map(({ errors }) => errors)
    .filter(Boolean)
    .join("; ");
  const measured = why === "" ? "measured" : "failed";
  return {
    outcome: samples.length === 0 ? "not installed" : measured,
    why,
    perSecond: over((it) => it.perSecond),
    p50Ms: over((it) => it.p50Ms),
    p99Ms: over((it) => it.p99Ms),
    processorUs: byKind("processorUs"),
    residentBytes: byKind("residentBytes"),
  };
}
