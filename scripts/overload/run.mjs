/**
 * Three real nodes, first with a load that they bear, then with three times what they can bear,
 * then with the first one again: how long do answers take, what becomes of the rest, and how soon
 * is it over.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCluster } from "../launcher/cluster.mjs";
import { offerLoad } from "./offered-load.mjs";

/** As many as saturate three nodes. */
const SATURATING = 96;
const NORMAL_SHARE = 0.5;
const TIMES = 3;
const OVERLOADING = 900;
const NORMAL_SECONDS = 5;
/** A node that answers the normal load as before for so long is over it. */
const RECOVERED_MS = 1_000;

/** @typedef {import("./offered-load.mjs").Measured} Measured */
/**
 * @typedef {object} Story
 * @property {Measured} capacity
 * @property {Measured} normal
 * @property {Measured} overload
 * @property {number} recoveryMs until the last answer that was slow or a refusal
 */

/** @param {{seconds: number, signal: AbortSignal}} options @returns {Promise<Story>} */
export async function playOverload({ seconds, signal }) {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-overload-"));
  const env = { NODE_ENV: "production", ALLOW_ANONYMOUS: "true", LOG_LEVEL: "warn" };
  const cluster = await startCluster({ dataDirectory, env, quiet: true, signal });
  const { urls } = cluster;
  const normally = { urls, connections: SATURATING, seconds: NORMAL_SECONDS };
  try {
    await offerLoad({ ...normally, perSecond: null }); // Engines warm up; keys come to be.
    const capacity = await offerLoad({ ...normally, perSecond: null });
    const perSecond = capacity.answered * NORMAL_SHARE;
    const normal = await offerLoad({ ...normally, perSecond });
    const much = { urls, connections: OVERLOADING, seconds, perSecond: capacity.answered * TIMES };
    const overload = await offerLoad(much);
    const recoveryMs = await timeRecovery({ ...normally, perSecond }, normal);
    return { capacity, normal, overload, recoveryMs };
  } finally {
    await cluster.stopAll();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** @param {import("./offered-load.mjs").Offer} offer @param {Measured} normal */
async function timeRecovery(offer, { p99Ms }) {
  const beganAtMs = performance.now();
  let lastBadAtMs = beganAtMs;
  await offerLoad({
    ...offer,
    seconds: NORMAL_SECONDS + RECOVERED_MS / 1_000,
    onAnswer: ({ status, ms, atMs }) => {
      if (status === 429 || status === 503 || ms > 2 * p99Ms) lastBadAtMs = atMs;
    },
  });
  return lastBadAtMs - beganAtMs;
}

/** Pure. @param {Story} story */
export function overloadTable({ capacity, normal, overload, recoveryMs }) {
  const line = (/** @type {string} */ name, /** @type {Measured} */ it) =>
    [
      name.padEnd(12),
      `${it.answered.toFixed(0)}/s answered`.padEnd(18),
      `p50 ${it.p50Ms.toFixed(0)} ms, p99 ${it.p99Ms.toFixed(0)} ms`.padEnd(26),
      `${it.refused.toFixed(0)}/s refused, p99 ${it.refusedP99Ms.toFixed(0)} ms`.padEnd(32),
      it.others.join(", "),
    ]
      .join("  ")
      .trimEnd();
  const times = overload.p99Ms / Math.max(1, normal.p99Ms);
  return [
    line("at capacity", capacity),
    line("at the half", normal),
    line("overload", overload),
    `p99 under overload is ${times.toFixed(1)} times the normal one`,
    `the last odd answer came ${(recoveryMs / 1_000).toFixed(1)} s after the overload`,
  ].join("\n");
}
