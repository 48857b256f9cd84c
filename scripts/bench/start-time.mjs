/** From nothing to ready: three nodes and three Redis, empty, and again with records on disk. */

import { fillRecords } from "./filling.mjs";
import { isReady, msUntil, msUntilSettled } from "./node-status.mjs";
import { openRingkv } from "./systems.mjs";

const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });

/**
 * @param {import("./stories.mjs").StoryOptions} options
 * @returns {Promise<import("./stories.mjs").Story>}
 */
export async function measureStart({ records, signal, note }) {
  const begin = performance.now();
  const ringkv = await openRingkv(GROUND, { signal });
  const emptyMs = performance.now() - begin;
  try {
    const { cluster, ports } = ringkv;
    note(`filling with ${records} records`);
    await fillRecords(ports, { from: 0, to: records, signal });
    await msUntilSettled(cluster.urls, signal);
    const [nodes, redis] = [/^node/, /^redis/].map((kind) =>
      cluster.names.filter((name) => kind.test(name)),
    );
    for (const group of [nodes ?? [], redis ?? []])
      await Promise.all(group.map((name) => cluster.stop(name)));
    note("starting all again");
    const again = performance.now();
    for (const group of [redis ?? [], nodes ?? []])
      await Promise.all(group.map((name) => cluster.start(name)));
    const areReady = async () => (await Promise.all(cluster.urls.map(isReady))).every(Boolean);
    await msUntil("all nodes are ready", areReady, signal);
    const filledMs = performance.now() - again;
    return {
      figures: [
        { name: "start_empty_ms", what: "empty cluster", value: emptyMs, unit: "ms" },
        { name: "start_filled_ms", what: `${records} records`, value: filledMs, unit: "ms" },
      ],
      series: [],
    };
  } finally {
    await ringkv.close();
  }
}
