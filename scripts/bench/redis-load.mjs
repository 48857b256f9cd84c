/**
 * Load on a bare Redis by redis-benchmark, which speaks Redis's own protocol and has no notion of
 * time: how many requests a number of seconds takes is found out by a short run.
 */

import { BenchFailure } from "./failure.mjs";
import { keyCountOf } from "./requests.mjs";
import { outputOf } from "./wrk.mjs";

const PROBE_REQUESTS = 10_000;
/** Keys are drawn at random: so many for each leave one in 150 absent. */
const WRITES_PER_KEY = 5;

/**
 * @param {number} port
 * @param {import("./cells.mjs").Cell} cell
 * @param {{seconds: number, signal: AbortSignal}} options
 * @returns {Promise<import("./load.mjs").LoadResult>}
 */
export async function loadRedis(port, cell, { seconds, signal }) {
  const run = async (/** @type {number} */ requests) =>
    csvResultIn(await outputOf("redis-benchmark", argsOf(port, cell, requests), { signal }));
  const probe = await run(PROBE_REQUESTS);
  const requests = Math.max(1_000, Math.ceil(probe.perSecond * seconds));
  const { perSecond, p50Ms, p99Ms } = await run(requests);
  return { requests, seconds: requests / perSecond, p50Ms, p99Ms, errors: "" };
}

/** @param {number} port @param {import("./cells.mjs").Cell} cell @param {AbortSignal} signal */
export async function fillRedis(port, cell, signal) {
  const writes = WRITES_PER_KEY * keyCountOf(cell.valueBytes);
  await outputOf("redis-benchmark", argsOf(port, { ...cell, operation: "put" }, writes), {
    signal,
  });
}

/**
 * @param {number} port
 * @param {import("./cells.mjs").Cell} cell
 * @param {number} requests
 */
function argsOf(port, { operation, valueBytes, connections }, requests) {
  const options = {
    p: port,
    c: connections,
    n: requests,
    d: valueBytes,
    r: keyCountOf(valueBytes),
    t: operation === "put" ? "set" : "get",
  };
  const flags = Object.entries(options).flatMap(([flag, value]) => [`-${flag}`, String(value)]);
  return [...flags, "--csv"];
}

/** Its one line after the heading. @param {string} output */
export function csvResultIn(output) {
  const [heading, row] = output.split("\n").filter((line) => line.startsWith('"'));
  const cells = (row ?? "").replaceAll('"', "").split(",");
  const names = (heading ?? "").replaceAll('"', "").split(",");
  const numberOf = (/** @type {string} */ name) => Number(cells[names.indexOf(name)]);
  const result = {
    perSecond: numberOf("rps"),
    p50Ms: numberOf("p50_latency_ms"),
    p99Ms: numberOf("p99_latency_ms"),
  };
  if (Object.values(result).some((it) => !(it >= 0)))
    throw new BenchFailure(`redis-benchmark said nothing of use: ${output}`);
  return result;
}
