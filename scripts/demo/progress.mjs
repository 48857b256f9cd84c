/** A bar per phase where a terminal is there, a line per phase where none is. */

import { SingleBar } from "cli-progress";

/**
 * @param {string} label
 * @param {number} total
 * @returns {{step: () => void, end: () => void}}
 */
export function openProgress(label, total) {
  if (!process.stderr.isTTY) {
    process.stderr.write(`${label}: ${total.toLocaleString("en")} records …\n`);
    return { step: () => {}, end: () => {} };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {percentage} % | {value}/{total} | {eta_formatted} left`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(total, 0);
  return { step: () => bar.increment(), end: () => bar.stop() };
}
