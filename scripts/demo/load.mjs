/** Writes all records through one node and counts what it answered. */

import { forEachOf, untilAnswered } from "./pool.mjs";

/** @typedef {import("./node-client.mjs").Answer} Answer */
/** @typedef {import("./records.mjs").DemoRecord} DemoRecord */

/**
 * @typedef {object} LoadOptions
 * @property {import("./node-client.mjs").NodeClient} client
 * @property {number} inFlight
 * @property {import("./drill.mjs").Drill} drill
 * @property {() => void} onRecord
 */

export class LoadResult {
  loaded = 0;
  /** Answers that left open whether the record was stored; the record was sent again. */
  unknown = 0;
  /** Answers that said "not now"; the record was sent again. */
  refused = 0;
  writtenWhileAway = 0;
  /** @type {Map<string, number>} records by the node that is their primary */
  primaries = new Map();
  /** @type {string[]} what was answered to records that could not be stored */
  failures = [];
  elapsedMs = 0;
}

/**
 * @param {DemoRecord[]} records
 * @param {LoadOptions} options
 * @returns {Promise<LoadResult>}
 */
export async function load(records, { client, inFlight, drill, onRecord }) {
  const result = new LoadResult();
  const begin = performance.now();
  await forEachOf(records, inFlight, async ({ key, value }, index) => {
    drill.reached(index);
    const put = () => client.put(key, value);
    const answer = await untilAnswered(put, (again) => countRetry(result, again));
    countAnswer(result, key, answer);
    if (drill.isAway) result.writtenWhileAway++;
    onRecord();
  });
  result.elapsedMs = performance.now() - begin;
  await drill.over();
  return result;
}

/** @param {LoadResult} result @param {Answer} answer */
function countRetry(result, answer) {
  const isProblem = answer.status >= 400 && answer.body.length > 0;
  const { outcome } = isProblem ? parsed(answer) : { outcome: "unknown" };
  if (outcome === "not-applied") result.refused++;
  else result.unknown++;
}

/** @param {LoadResult} result @param {string} key @param {Answer} answer */
function countAnswer(result, key, answer) {
  const { status, body } = answer;
  if (status !== 200 && status !== 201) {
    result.failures.push(`${key}: ${status} ${body.toString("utf8")}`);
    return;
  }
  result.loaded++;
  const { primary = "" } = parsed(answer);
  result.primaries.set(primary, (result.primaries.get(primary) ?? 0) + 1);
}

/** @param {Answer} answer @returns {{outcome?: string, primary?: string}} */
function parsed({ body }) {
  try {
    return /** @type {{outcome?: string, primary?: string}} */ (JSON.parse(body.toString("utf8")));
  } catch {
    return {}; // Not from a node; then it says nothing about outcomes.
  }
}
