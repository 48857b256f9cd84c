/**
 * A long run from a fresh cluster to a judged history: first what the cluster can do, then a share
 * of it for many minutes, each with a fault. It prints nothing and judges nothing itself.
 */

import { setTimeout as wait } from "node:timers/promises";
import { Dice } from "../chaos/dice.mjs";
import { faultNamed } from "../chaos/faults.mjs";
import { playIncidents } from "../chaos/incidents.mjs";
import { judge } from "../chaos/judge.mjs";
import { Load } from "../chaos/load.mjs";
import { preload } from "../chaos/recovery.mjs";
import { storiesOf } from "../chaos/report.mjs";
import { readEverywhere, readInTurn, untilEqual, untilWhole } from "../chaos/settle.mjs";
import { openStage } from "../chaos/stage.mjs";
import { longestGap } from "../chaos/timing.mjs";
import { failoverOf } from "./failover-chart.mjs";
import { backlogOf, vitalsOf } from "./vitals.mjs";

const MINUTE_MS = 60_000;
const CAPACITY_SECONDS = 10;
/** More than any machine does: nobody waits between two operations then. */
const FLAT_OUT_RATE = 50_000;
const SETTLED_WITHIN_MS = 120_000;
const POLL_MS = 500;

/** In turn: the first minutes already have one of each kind. */
const FAULTS = /** @type {const} */ ([
  "kill-node",
  "freeze-node",
  "kill-redis",
  "partition",
  "stop",
  "freeze-redis",
  "one-way",
  "kill-both",
  "wipe",
]);
/** These end no process, so they may strike everybody: the others spare node1 and redis1. */
const MILD = ["freeze-node", "partition", "freeze-redis", "one-way"];

/** @typedef {import("../chaos/history.mjs").Operation} Operation */
/** @typedef {import("../chaos/history.mjs").History} History */
/** @typedef {import("../chaos/stage.mjs").Stage} Stage */

/**
 * @typedef {object} Minute
 * @property {number} minute from 1
 * @property {string} fault
 * @property {string} victim
 * @property {{operations: number, acknowledged: number, refused: number, unknown: number}} counts
 * @property {{stale: number, lost: number, zombies: number, invented: number}} judged as far as can
 *   be told before the end
 * @property {number | null} gapMs
 * @property {number | null} wholeMs from the healing until all were ready; null: never
 * @property {number | null} equalMs from the end of the load until all owners were equal
 * @property {number} backlog after that
 * @property {import("./vitals.mjs").NodeVitals[]} vitals
 */

/**
 * @typedef {object} SoakOptions
 * @property {number} minutes
 * @property {string} seed
 * @property {number} clients
 * @property {number} share
 * @property {number} records
 * @property {AbortSignal} signal
 * @property {(text: string) => void} note
 * @property {(minute: Minute) => void} onMinute
 */

/**
 * @typedef {object} SoakResult
 * @property {number} capacity operations per second
 * @property {number} rate that was kept up
 * @property {Minute[]} minutes
 * @property {import("../chaos/judge.mjs").Judgement} judgement of what every node gave back
 * @property {readonly string[]} stories
 * @property {number | null} equalMs
 * @property {number | null} backlogGoneMs until nothing was owed any more; null: never
 * @property {number} keysRead
 * @property {import("./failover-chart.mjs").Failover | null} failover
 */

/** @typedef {Pick<SoakOptions, "seed" | "clients" | "signal" | "note">} Common */
/** @typedef {Common & {minute: number, rate: number}} Playing */

/** @param {SoakOptions} options @returns {Promise<SoakResult>} */
export async function soak(options) {
  const stage = await openStage({
    ground: { links: ["peers"] },
    settings: {},
    signal: options.signal,
  });
  try {
    return await soakOn(stage, options);
  } finally {
    await stage.close();
  }
}

/** @param {Stage} stage @param {SoakOptions} options @returns {Promise<SoakResult>} */
async function soakOn(stage, { minutes: count, records, share, onMinute, ...options }) {
  const { signal, note } = options;
  const loaded = await preload(stage, records, signal);
  const capacity = await capacityOf(stage, options);
  const rate = Math.max(1, Math.round((capacity * share) / 100));
  note(`${Math.round(capacity)} operations/s flat out; ${rate} from now on`);
  await vitalsOf(stage); // The lag of the event loops counts from here.
  /** @type {Minute[]} */
  const minutes = [];
  /** @type {Operation[]} */
  const kept = [];
  /** @type {import("./failover-chart.mjs").Failover | null} */
  let failover = null;
  for (let minute = 1; minute <= count; minute++) {
    const played = await playMinute(stage, { ...options, minute, rate });
    minutes.push(played.told);
    kept.push(...played.kept);
    failover ??= played.failover;
    onMinute(played.told);
  }
  const beganMs = performance.now();
  const backlogGoneMs = await untilNothingIsOwed(stage, signal);
  const { equalMs } = await untilEqual(stage, { withinMs: SETTLED_WITHIN_MS, signal });
  const keys = [...new Set(kept.map(({ key }) => key))];
  const preloaded = [...new Set(loaded.map(({ key }) => key))];
  const finalReads = [
    ...(await readEverywhere(stage, keys, signal)),
    ...(await readInTurn(stage, preloaded, signal)),
  ];
  const history = { writes: [...loaded, ...kept], reads: [], finalReads };
  const judgement = judge(history);
  return {
    capacity,
    rate,
    minutes,
    judgement,
    stories: storiesOf(history, judgement),
    equalMs: equalMs === null ? null : equalMs - beganMs,
    backlogGoneMs,
    keysRead: keys.length + preloaded.length,
    failover,
  };
}

/**
 * @param {Stage} stage
 * @param {Pick<SoakOptions, "seed" | "clients" | "note">} options
 */
async function capacityOf(stage, { seed, clients, note }) {
  note("measuring what the cluster can do");
  const load = new Load({ stage, seed, clients, rate: FLAT_OUT_RATE, prefix: "capacity/" });
  const beganMs = performance.now();
  load.start();
  await wait(1_000 * CAPACITY_SECONDS);
  await load.stop();
  const { writes, reads } = load.history;
  const done = [...writes, ...reads].filter(({ outcome }) => outcome === "ok").length;
  return (1_000 * done) / (performance.now() - beganMs);
}

/**
 * @param {Stage} stage
 * @param {Playing} options
 */
async function playMinute(stage, { minute, rate, seed, clients, signal, note }) {
  const name = /** @type {(typeof FAULTS)[number]} */ (FAULTS[(minute - 1) % FAULTS.length]);
  const load = new Load({ stage, seed: `${seed} ${minute}`, clients, rate, prefix: `m${minute}/` });
  const fault = { ...faultNamed(name), isOnce: true };
  const candidates = MILD.includes(name) ? stage.nodes : stage.nodes.slice(1);
  const dice = new Dice(`${seed} ${minute} incidents`);
  const startMs = performance.now();
  load.start();
  const seconds = MINUTE_MS / 1_000 - 2;
  /** @type {import("../chaos/incidents.mjs").Incident[]} */
  let incidents;
  try {
    incidents = await playIncidents({ fault, stage, dice, seconds, candidates, signal, note });
  } finally {
    await load.stop();
  }
  const endMs = performance.now();
  const vitals = await vitalsOf(stage);
  const { equalMs } = await untilEqual(stage, { withinMs: SETTLED_WITHIN_MS, signal });
  const { history } = load;
  const all = [...history.writes, ...history.reads].toSorted((a, b) => a.endMs - b.endMs);
  const { lost, zombies, invented, stale } = judge(history);
  const [incident] = incidents;
  const { healedMs = endMs, wholeMs = null, victims = [] } = incident ?? {};
  const gap = longestGap(all, load.homes, { incidents, endMs });
  const told = {
    minute,
    fault: name,
    victim: victims.join(", "),
    counts: countsOf(all),
    judged: {
      stale: stale.length,
      lost: lost.length,
      zombies: zombies.length,
      invented: invented.length,
    },
    gapMs: gap?.ms ?? null,
    wholeMs: wholeMs === null ? null : wholeMs - healedMs,
    equalMs: equalMs === null ? null : equalMs - endMs,
    backlog: await backlogOf(stage),
    vitals,
  };
  const failover =
    name === "kill-node" && incident !== undefined
      ? failoverOf(all, load.homes, { incident, startMs })
      : null;
  await wait(Math.max(0, startMs + MINUTE_MS - performance.now()), undefined, { signal });
  return { told, kept: whatCountsAtTheEnd(history.writes), failover };
}

/**
 * Of each key what the judge of the final reads needs: the newest acknowledged write, and those
 * whose outcome is not known. Half an hour of everything would fill this process.
 *
 * @param {readonly Operation[]} writes
 */
export function whatCountsAtTheEnd(writes) {
  /** @type {Map<string, Operation>} */
  const newest = new Map();
  for (const write of writes) {
    const before = newest.get(write.key);
    const isNewer = before === undefined || (write.version ?? "") > (before.version ?? "");
    if (write.outcome === "ok" && isNewer) newest.set(write.key, write);
  }
  return [...newest.values(), ...writes.filter(({ outcome }) => outcome === "unknown")];
}

/** @param {Stage} stage @param {AbortSignal} signal */
async function untilNothingIsOwed(stage, signal) {
  const beganMs = performance.now();
  await untilWhole(stage, { withinMs: SETTLED_WITHIN_MS, signal });
  while (performance.now() - beganMs < SETTLED_WITHIN_MS) {
    if ((await backlogOf(stage)) === 0) return performance.now() - beganMs;
    await wait(POLL_MS, undefined, { signal });
  }
  return null;
}

/** @param {readonly Operation[]} operations */
function countsOf(operations) {
  const writes = operations.filter(({ kind }) => kind !== "get");
  const having = (/** @type {string} */ wanted) =>
    writes.filter(({ outcome }) => outcome === wanted).length;
  return {
    operations: operations.length,
    acknowledged: having("ok"),
    refused: having("refused"),
    unknown: having("unknown"),
  };
}
