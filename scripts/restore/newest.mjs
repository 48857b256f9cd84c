/** Which snapshot is the newest, and what a node's answer to a restore means for people. */

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** As the node names them: the order of the text is the order of time. */
const SNAPSHOT = /^snapshot-\d{8}T\d{6}Z-.+\.ndjson\.gz$/;

/**
 * @param {string} directory
 * @returns {string | null} null: there is none
 */
export function newestIn(directory) {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const newest = names
    .filter((name) => SNAPSHOT.test(name))
    .toSorted()
    .at(-1);
  return newest === undefined ? null : path.join(directory, newest);
}

/**
 * @param {number} status
 * @param {{restored?: number, skippedOlder?: number, total?: number, detail?: string}} answer
 */
export function outcomeOf(status, answer) {
  const isDone = status === 200;
  const { restored = 0, skippedOlder = 0, total = 0 } = answer;
  return {
    isDone,
    text: isDone
      ? `${restored} of ${total} records restored, ${skippedOlder} older than what is there`
      : `refused with ${status}: ${answer.detail ?? JSON.stringify(answer)}`,
  };
}
