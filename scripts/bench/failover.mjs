/**
 * A picture of one failover: a node is killed under a steady load on the other two and comes back.
 * Clients of the others write and read at a fixed pace; what each request took is drawn.
 */

import { setTimeout as wait } from "node:timers/promises";
import { Door } from "../chaos/door.mjs";
import { isReady, msUntil } from "./node-status.mjs";
import { keyCountOf, keyOf, loadingOf, SHAPES } from "./requests.mjs";
import { sendAll } from "./speed.mjs";
import { drawKeys, valueTextOf } from "./statistics.mjs";
import { openRingkv } from "./systems.mjs";

/** @typedef {{atMs: number, tookMs: number, kind: "get" | "put", ok: boolean}} Request */

const GROUND = /** @type {const} */ ({ durability: "always", nodes: 3 });
const VICTIM = "node3";
const VALUE_BYTES = 100;
const EVERY_MS = 10;
const PER_BEAT = 4;
const BUCKET_MS = 100;
const TIMEOUT_MS = 5_000;
const CALM_MS = 3_000;
const AWAY_MS = 8_000;
const AFTER_MS = 5_000;

/**
 * @param {import("./stories.mjs").StoryOptions} options
 * @returns {Promise<import("./stories.mjs").Story>}
 */
export async function measureFailover({ signal, note }) {
  const ringkv = await openRingkv(GROUND, { signal });
  const doors = ringkv.cluster.nodes
    .filter(({ name }) => name !== VICTIM)
    .map(({ url }) => new Door(url));
  try {
    await sendAll(ringkv.ports, loadingOf("ringkv", VALUE_BYTES), { signal });
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const begin = performance.now();
    const load = paced(doors, stop);
    await wait(CALM_MS, undefined, { signal });
    note(`${VICTIM} is killed`);
    const killedMs = performance.now() - begin;
    await ringkv.cluster.kill(VICTIM);
    await wait(AWAY_MS, undefined, { signal });
    const startedMs = performance.now() - begin;
    await ringkv.cluster.start(VICTIM);
    const url = ringkv.cluster.urls[2] ?? "";
    await msUntil(`${VICTIM} is ready`, () => isReady(url), signal);
    const readyMs = performance.now() - begin;
    note(`${VICTIM} is back`);
    await wait(AFTER_MS, undefined, { signal });
    over.abort();
    return storyOf(await load, { killedMs, startedMs, readyMs });
  } finally {
    for (const door of doors) door.close();
    await ringkv.close();
  }
}

/**
 * Sends at a pace, whatever becomes of it.
 *
 * @param {readonly Door[]} doors
 * @param {AbortSignal} stop
 */
async function paced(doors, stop) {
  const keys = drawKeys("uniform", { draws: 4_096, keyCount: keyCountOf(VALUE_BYTES), seed: 7 });
  const value = valueTextOf(VALUE_BYTES, 7);
  /** @type {Request[]} */
  const requests = [];
  /** @type {Promise<void>[]} */
  const sent = [];
  const begin = performance.now();
  for (let number = 0; !stop.aborted; number++) {
    const door = /** @type {Door} */ (doors[number % doors.length]);
    const kind = /** @type {const} */ (["get", "put"])[(number >> 1) % 2] ?? "get";
    const key = keyOf(VALUE_BYTES, keys[number % keys.length] ?? 0);
    const { method, path } = SHAPES.ringkv[kind](key, value);
    const atMs = performance.now() - begin;
    const asking = { timeoutMs: TIMEOUT_MS, ...(kind === "put" ? { value } : {}) };
    const answered = door.ask(method, path, asking).then(({ status }) => {
      const tookMs = performance.now() - begin - atMs;
      requests.push({ atMs, tookMs, kind, ok: status >= 200 && status < 300 });
    });
    sent.push(answered);
    if (number % PER_BEAT === PER_BEAT - 1) {
      const dueMs = (EVERY_MS * (number + 1)) / PER_BEAT;
      await wait(Math.max(1, dueMs - (performance.now() - begin)));
    }
  }
  await Promise.all(sent);
  return requests;
}

/**
 * @param {readonly Request[]} requests
 * @param {{killedMs: number, startedMs: number, readyMs: number}} moments
 * @returns {import("./stories.mjs").Story}
 */
export function storyOf(requests, { killedMs, startedMs, readyMs }) {
  const slowest = (/** @type {readonly Request[]} */ some) =>
    Math.max(0, ...some.map(({ tookMs }) => tookMs));
  const failed = requests.filter(({ ok }) => !ok).length;
  const afterKill = requests.filter(({ atMs }) => atMs >= killedMs && atMs < startedMs);
  const calm = requests.filter(({ atMs }) => atMs < killedMs);
  const s = (/** @type {number} */ ms) => ms / 1_000;
  const count = { value: requests.length, unit: "requests" };
  return {
    figures: [
      { name: "failover_requests", what: "sent to the other two", ...count },
      { name: "failover_failed", what: "of them failed", value: failed, unit: "requests" },
      { name: "failover_calm_ms", what: "slowest before", value: slowest(calm), unit: "ms" },
      { name: "failover_slowest_ms", what: "slowest after", value: slowest(afterKill), unit: "ms" },
      {
        name: "failover_return_ms",
        what: "start to ready",
        value: readyMs - startedMs,
        unit: "ms",
      },
    ],
    series: [
      {
        name: "failover",
        title: "One failover: slowest request of each tenth of a second, at the other two nodes",
        across: "seconds",
        up: "ms",
        lines: [
          { name: "GET", points: bucketsOf(requests.filter(({ kind }) => kind === "get")) },
          { name: "PUT", points: bucketsOf(requests.filter(({ kind }) => kind === "put")) },
        ],
        marks: [
          { at: s(killedMs), what: "kill -9" },
          { at: s(startedMs), what: "started" },
          { at: s(readyMs), what: "ready" },
        ],
      },
    ],
  };
}

/** The slowest in each tenth of a second. @param {readonly Request[]} requests */
function bucketsOf(requests) {
  /** @type {Map<number, number>} */
  const slowest = new Map();
  for (const { atMs, tookMs } of requests) {
    const bucket = Math.floor(atMs / BUCKET_MS);
    slowest.set(bucket, Math.max(slowest.get(bucket) ?? 0, tookMs));
  }
  return [...slowest]
    .toSorted(([a], [b]) => a - b)
    .map(([bucket, ms]) => /** @type {const} */ ([(bucket * BUCKET_MS) / 1_000, ms]));
}
