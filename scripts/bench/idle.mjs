/** What a cluster costs that nobody asks anything. */

import { setTimeout as wait } from "node:timers/promises";
import { processorMs, residentBytes } from "./processor-time.mjs";
import { openRingkv } from "./systems.mjs";

const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });
/**
 * Starting is over by then: elected, compared, compiled, and V8 has given back what starting took,
 * which is a burst of work some twenty seconds later.
 */
const SETTLE_MS = 30_000;
/** Rounds of upkeep come every ten seconds, and each of them belongs into it. */
const WATCH_MS_MIN = 20_000;

/**
 * @param {import("./stories.mjs").StoryOptions} options
 * @returns {Promise<import("./stories.mjs").Story>}
 */
export async function measureIdle({ seconds, signal, note }) {
  const ringkv = await openRingkv(GROUND, { signal });
  try {
    await wait(SETTLE_MS, undefined, { signal });
    const before = processorMs(ringkv.processes());
    const begin = performance.now();
    const watchMs = Math.max(WATCH_MS_MIN, seconds * 1_000);
    note(`watching an idle cluster for ${watchMs / 1_000} s`);
    await wait(watchMs, undefined, { signal });
    const ms = performance.now() - begin;
    const after = processorMs(ringkv.processes());
    const memory = residentBytes(ringkv.processes());
    const each = (/** @type {string} */ kind) => ({
      percent: (100 * ((after[kind] ?? 0) - (before[kind] ?? 0))) / ms / GROUND.nodes,
      megabytes: (memory[kind] ?? 0) / 1e6 / GROUND.nodes,
    });
    const [node, redis] = [each("node"), each("redis")];
    const core = "% of a core";
    return {
      figures: [
        { name: "idle_node_percent", what: "a node", value: node.percent, unit: core },
        { name: "idle_redis_percent", what: "its Redis", value: redis.percent, unit: core },
        { name: "idle_node_mb", what: "a node's memory", value: node.megabytes, unit: "MB" },
        { name: "idle_redis_mb", what: "its Redis's memory", value: redis.megabytes, unit: "MB" },
      ],
      series: [],
    };
  } finally {
    await ringkv.close();
  }
}
