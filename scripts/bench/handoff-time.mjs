/** What was written while a node was away: from its return until nobody holds it for the node. */

import { fillRecords } from "./filling.mjs";
import { isReady, msUntil, statusOf } from "./node-status.mjs";
import { openRingkv } from "./systems.mjs";

const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });
const VICTIM = 2;

/**
 * @param {import("./stories.mjs").StoryOptions} options
 * @returns {Promise<import("./stories.mjs").Story>}
 */
export async function measureHandoff({ records, signal, note }) {
  const ringkv = await openRingkv(GROUND, { signal });
  try {
    const { cluster, ports } = ringkv;
    const name = `node${VICTIM + 1}`;
    const url = cluster.urls[VICTIM] ?? "";
    const others = cluster.urls.filter((_, index) => index !== VICTIM);
    const otherPorts = ports.filter((_, index) => index !== VICTIM);
    await cluster.stop(name);
    const isMissed = async () => {
      const statuses = await Promise.all(others.map(statusOf));
      return statuses.every((it) =>
        it?.members.some(({ node, state }) => node === name && state === "down"),
      );
    };
    await msUntil(`${name} is seen as down`, isMissed, signal);
    note(`writing ${records} records while ${name} is away`);
    await fillRecords(otherPorts, { from: 0, to: records, signal });
    const owed = await foreignRecords(others);
    note(`${name} returns; ${owed} records are held for it`);
    const begin = performance.now();
    await cluster.start(name);
    await msUntil(`${name} is ready`, () => isReady(url), signal);
    const readyMs = performance.now() - begin;
    const isPaid = async () => (await foreignRecords(others)) === 0;
    await msUntil("nobody holds anything for others", isPaid, signal);
    const ms = performance.now() - begin;
    const value = Math.round((1_000 * owed) / ms);
    return {
      figures: [
        { name: "handoff_records_per_s", what: "hand-off", value, unit: "records/s" },
        { name: "handoff_records", what: "records that were owed", value: owed, unit: "records" },
        { name: "handoff_ready_ms", what: "until it is ready", value: readyMs, unit: "ms" },
        { name: "handoff_ms", what: "until all is handed over", value: ms, unit: "ms" },
      ],
      series: [],
    };
  } finally {
    await ringkv.close();
  }
}

/** @param {readonly string[]} urls */
async function foreignRecords(urls) {
  const statuses = await Promise.all(urls.map(statusOf));
  return statuses
    .map((it) => it?.foreignRecords ?? Number.NaN)
    .reduce((sum, count) => sum + count, 0);
}
