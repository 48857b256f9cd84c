/**
 * What each process takes, and what is still to be done, as the nodes and their Redis tell it
 * themselves. It compares nothing.
 */

import { infoOf } from "../chaos/redis-words.mjs";
import { redisOf } from "../chaos/stage.mjs";

const TIMEOUT_MS = 5_000;

/**
 * @typedef {object} NodeVitals
 * @property {string} node
 * @property {number} pid 0: it does not run
 * @property {number} rssBytes
 * @property {number} heapBytes
 * @property {number} openFiles
 * @property {number} handles
 * @property {number} lagP99Ms of its event loop, since it was asked last
 * @property {number} redisPid
 * @property {number} redisRssBytes
 * @property {number} redisUsedBytes
 */

/** @typedef {import("../chaos/stage.mjs").Stage} Stage */

/** @param {Stage} stage @returns {Promise<NodeVitals[]>} */
export function vitalsOf(stage) {
  return Promise.all(stage.nodes.map((node) => vitalsOfNode(stage, node)));
}

/** @param {Stage} stage @param {string} node */
async function vitalsOfNode(stage, node) {
  const { body } = await stage.door(node).ask("GET", "/metrics", { timeoutMs: TIMEOUT_MS });
  const told = (/** @type {string} */ metric) => {
    const line = body.split("\n").find((it) => it.startsWith(`${metric} `));
    return Number(line?.slice(metric.length) ?? 0);
  };
  const url = stage.adminUrl(node);
  const [rss, used] = await Promise.all([
    infoOf(url, "memory", "used_memory_rss"),
    infoOf(url, "memory", "used_memory"),
  ]);
  return {
    node,
    pid: stage.cluster.pid(node) ?? 0,
    rssBytes: told("process_resident_memory_bytes"),
    heapBytes: told("nodejs_heap_size_used_bytes"),
    openFiles: told("process_open_fds"),
    handles: told("nodejs_active_handles_total"),
    lagP99Ms: 1_000 * told("nodejs_eventloop_lag_p99_seconds"),
    redisPid: stage.cluster.pid(redisOf(node)) ?? 0,
    redisRssBytes: Number(rss ?? 0),
    redisUsedBytes: Number(used ?? 0),
  };
}

/**
 * @typedef {object} Told the part of `/status` that is looked at
 * @property {number} foreignRecords
 * @property {{differing: number}} partitions
 * @property {Record<string, Record<string, number> | null>} queues
 */

/**
 * What is owed and waits, on all nodes: records held for others, partitions that differ, jobs.
 * Infinity: a node does not say.
 *
 * @param {Stage} stage
 */
export async function backlogOf(stage) {
  const told = stage.nodes.map((node) => stage.door(node).json("/status", TIMEOUT_MS));
  const parts = (await Promise.all(told)).map((status) => {
    if (status === null) return Number.POSITIVE_INFINITY;
    const { foreignRecords, partitions, queues } = /** @type {Told} */ (status);
    const waiting = Object.values(queues).map((queue) => queue?.["waiting"] ?? 0);
    return foreignRecords + partitions.differing + waiting.reduce((sum, it) => sum + it, 0);
  });
  return parts.reduce((sum, part) => sum + part, 0);
}
