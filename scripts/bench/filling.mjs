/** Fills our cluster with records of 100 bytes, by batches through all nodes, like an import. */

import { batchOf } from "./requests.mjs";
import { sendAll } from "./speed.mjs";
import { valueTextOf } from "./statistics.mjs";

const BATCH_RECORDS = 500;
/** Enough to keep three nodes busy, and not so many that heartbeats come late. */
const IN_FLIGHT = 8;
/** Requests are written out before they are sent: so many at a time. */
const STRETCH_RECORDS = 25_000;
const VALUE_BYTES = 100;

/**
 * @param {readonly number[]} ports
 * @param {{from: number, to: number, signal: AbortSignal}} range of numbers of records
 */
export async function fillRecords(ports, { from, to, signal }) {
  const value = valueTextOf(VALUE_BYTES, 1);
  for (let start = from; start < to; start += STRETCH_RECORDS) {
    const end = Math.min(to, start + STRETCH_RECORDS);
    const requests = [];
    for (let first = start; first < end; first += BATCH_RECORDS) {
      const count = Math.min(BATCH_RECORDS, end - first);
      const keys = Array.from({ length: count }, (_, index) => recordKeyOf(first + index));
      requests.push(batchOf("put", keys, value));
    }
    await sendAll(ports, requests, { signal, inFlight: IN_FLIGHT });
  }
}

/** @param {number} number */
function recordKeyOf(number) {
  return `record-${String(number).padStart(9, "0")}`;
}
