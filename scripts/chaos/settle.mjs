/**
 * What is asked once everything has healed: whether all are ready, whether all owners hold the
 * same, and what every node gives back for every key.
 */

import { setTimeout as wait } from "node:timers/promises";
import { forEachOf } from "../demo/pool.mjs";
import { pathOf } from "./client.mjs";
import { meaningOfExplained } from "./history.mjs";

const POLL_MS = 200;
const PROBE_TIMEOUT_MS = 1_000;
/** It lists every record of the cluster on every node. */
const VERIFY_TIMEOUT_MS = 60_000;
const VERIFY_POLL_MS = 500;
const READ_TIMEOUT_MS = 5_000;
const READS_IN_FLIGHT = 16;
/** A read that is refused is asked again: a healed cluster answers sooner or later. */
const READ_ATTEMPTS_MAX = 20;
const READ_PAUSE_MS = 250;

/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {import("./history.mjs").Operation} Operation */
/** @typedef {{withinMs: number, signal: AbortSignal}} Patience */

/**
 * Resolves with whether all nodes were ready, and saw one another up, in time.
 *
 * @param {Stage} stage
 * @param {Patience} patience
 */
export function untilWhole(stage, patience) {
  return until(patience, POLL_MS, async () => {
    const whole = await Promise.all(stage.nodes.map((node) => isWhole(stage, node)));
    return whole.every(Boolean);
  });
}

/**
 * Resolves with whether some node found all owners equal in time, and when it did.
 *
 * @param {Stage} stage
 * @param {Patience} patience
 */
export async function untilEqual(stage, patience) {
  /** @type {Verification | null} */
  let last = null;
  let asked = 0;
  const isEqual = await until(patience, VERIFY_POLL_MS, async () => {
    const node = /** @type {string} */ (stage.nodes[asked++ % stage.nodes.length]);
    const verdict = await stage.door(node).json("/verify", VERIFY_TIMEOUT_MS);
    last = /** @type {Verification | null} */ (verdict);
    return last?.equal === true;
  });
  return { equalMs: isEqual ? performance.now() : null, last: /** @type {unknown} */ (last) };
}

/** @typedef {{equal: boolean, differing: number[], notAsked: string[]}} Verification */

/**
 * Every key through every node, with one and with all owners asked.
 *
 * @param {Stage} stage
 * @param {readonly string[]} keys
 * @param {AbortSignal} signal
 */
export function readEverywhere(stage, keys, signal) {
  const numbers = [...new Set([1, stage.quorums.replicas])];
  const asking = keys.flatMap((key) =>
    stage.nodes.flatMap((node) => numbers.map((r) => ({ key, node, r }))),
  );
  return readAll(stage, asking, signal);
}

/**
 * Every key once, the nodes and the numbers of owners in turn: for very many keys.
 *
 * @param {Stage} stage
 * @param {readonly string[]} keys
 * @param {AbortSignal} signal
 */
export function readInTurn(stage, keys, signal) {
  const { nodes, quorums } = stage;
  const asking = keys.map((key, index) => {
    const node = /** @type {string} */ (nodes[index % nodes.length]);
    return { key, node, r: 1 + (Math.floor(index / nodes.length) % quorums.replicas) };
  });
  return readAll(stage, asking, signal);
}

/**
 * @param {Stage} stage
 * @param {readonly {key: string, node: string, r: number}[]} asking
 * @param {AbortSignal} signal
 */
async function readAll(stage, asking, signal) {
  /** @type {Operation[]} */
  const reads = [];
  await forEachOf(asking, READS_IN_FLIGHT, async ({ key, node, r }) => {
    const beginMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      const path = `${pathOf(key)}?r=${r}&explain=1`;
      const answer = await stage.door(node).ask("GET", path, { timeoutMs: READ_TIMEOUT_MS });
      signal.throwIfAborted();
      const meaning = meaningOfExplained(answer);
      if (meaning.outcome === "ok" || attempt === READ_ATTEMPTS_MAX) {
        const endMs = performance.now();
        reads.push({ kind: "get", client: "end", node, key, r, beginMs, endMs, ...meaning });
        return;
      }
      await wait(READ_PAUSE_MS, undefined, { signal });
    }
  });
  return reads;
}

/** @param {Stage} stage @param {string} node */
async function isWhole(stage, node) {
  const door = stage.door(node);
  const ready = await door.ask("GET", "/readyz", { timeoutMs: PROBE_TIMEOUT_MS });
  if (ready.status !== 200) return false;
  const status = /** @type {import("./watch.mjs").Status | null} */ (
    await door.json("/status", PROBE_TIMEOUT_MS)
  );
  return status?.members.every(({ state }) => state === "up") ?? false;
}

/** @param {Patience} patience @param {number} pauseMs @param {() => Promise<boolean>} holds */
async function until({ withinMs, signal }, pauseMs, holds) {
  const endMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > endMs) return false;
    await wait(pauseMs, undefined, { signal });
  }
  return true;
}
