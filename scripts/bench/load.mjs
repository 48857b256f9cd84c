/** One run of load on one system, by whichever generator this machine has. */

import { findProgram } from "../launcher/redis-choice.mjs";
import { loadByAutocannon } from "./autocannon-load.mjs";
import { loadByWrk } from "./wrk.mjs";

/**
 * @typedef {object} Load
 * @property {readonly number[]} ports all on 127.0.0.1; connections are spread over them
 * @property {readonly import("./requests.mjs").HttpRequest[]} sequence
 * @property {number} connections
 * @property {number} seconds
 * @property {AbortSignal} signal
 */

/**
 * @typedef {object} LoadResult
 * @property {number} requests
 * @property {number} seconds
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {string} errors empty: none. Otherwise this is no speed
 */

/** @typedef {"wrk" | "autocannon"} Generator */

/** @returns {Generator} */
export function chooseGenerator() {
  return findProgram("wrk", process.env) === "" ? "autocannon" : "wrk";
}

/**
 * @param {Load} load
 * @param {{generator: Generator, directory: string}} means
 * @returns {Promise<LoadResult>}
 */
export function runLoad(load, { generator, directory }) {
  return generator === "wrk" ? loadByWrk(load, directory) : loadByAutocannon(load);
}
