/** A node that has lost its disk: from its start until it is ready and holds everything again. */

import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fillRecords } from "./filling.mjs";
import { isReady, msUntil, msUntilSettled, statusOf } from "./node-status.mjs";
import { residentBytes } from "./processor-time.mjs";
import { openRingkv } from "./systems.mjs";

const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });
const VICTIM = 2;

/**
 * @param {import("./stories.mjs").StoryOptions} options
 * @returns {Promise<import("./stories.mjs").Story>}
 */
export async function measureRecovery({ records, signal, note }) {
  const ringkv = await openRingkv(GROUND, { signal });
  try {
    const { cluster, ports, directory } = ringkv;
    note(`filling with ${records} records`);
    await fillRecords(ports, { from: 0, to: records, signal });
    await msUntilSettled(cluster.urls, signal);
    const url = cluster.urls[VICTIM] ?? "";
    const before = (await statusOf(url))?.records ?? Number.NaN;
    const name = `node${VICTIM + 1}`;
    const redis = `redis${VICTIM + 1}`;
    await cluster.stop(name);
    await cluster.stop(redis);
    const folder = path.join(directory, redis);
    for (const entry of readdirSync(folder)) rmSync(path.join(folder, entry), { recursive: true });
    await cluster.start(redis);
    note(`${name} starts on an empty disk`);
    const begin = performance.now();
    await cluster.start(name);
    let most = 0;
    const isWhole = async () => {
      most = Math.max(most, residentBytes({ it: [cluster.pid(name) ?? 0] })["it"] ?? 0);
      return (await isReady(url)) && ((await statusOf(url))?.records ?? 0) >= before;
    };
    await msUntil(`${name} holds ${before} records again`, isWhole, signal);
    const ms = performance.now() - begin;
    const perSecond = Math.round((1_000 * before) / ms);
    return {
      figures: [
        {
          name: "recovery_records_per_s",
          what: "a wiped node",
          value: perSecond,
          unit: "records/s",
        },
        { name: "recovery_records", what: "records that it held", value: before, unit: "records" },
        { name: "recovery_ms", what: "its start included", value: ms, unit: "ms" },
        { name: "recovery_rss_mb", what: "its memory at most", value: most / 1e6, unit: "MB" },
      ],
      series: [],
    };
  } finally {
    await ringkv.close();
  }
}
