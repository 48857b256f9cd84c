/**
 * One fault from a fresh cluster to a judged history. It prints nothing and judges nothing itself.
 */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Dice } from "./dice.mjs";
import { faultNamed } from "./faults.mjs";
import { playIncidents } from "./incidents.mjs";
import { judge } from "./judge.mjs";
import { Load } from "./load.mjs";
import { preload, recoveryOf } from "./recovery.mjs";
import { storiesOf } from "./report.mjs";
import { readEverywhere, readInTurn, untilEqual, untilWhole } from "./settle.mjs";
import { openStage } from "./stage.mjs";
import { calmWriteRate, longestGap, longestUnnoticed, resetsIn, unnoticed } from "./timing.mjs";
import { Watch } from "./watch.mjs";

/** Thirty seconds are promised; how long it took is worth knowing beyond that. */
const EQUAL_WITHIN_MS = 120_000;

/** @typedef {import("./history.mjs").History} History */
/** @typedef {import("./incidents.mjs").Incident} Incident */

/**
 * @typedef {object} RoundOptions
 * @property {import("./faults.mjs").FaultName} fault
 * @property {number} seconds
 * @property {string} seed
 * @property {number} clients
 * @property {number} rate
 * @property {number} records
 * @property {NodeJS.ProcessEnv} settings of the nodes; none: those of production
 * @property {AbortSignal} signal
 * @property {(text: string) => void} note
 */

/**
 * @typedef {object} RoundResult
 * @property {string} fault
 * @property {readonly Incident[]} incidents
 * @property {{operations: number, acknowledged: number, refused: number, unknown: number,
 *   readsFailed: number}} counts acknowledged, refused and unknown are writes
 * @property {import("./judge.mjs").Judgement} judgement
 * @property {readonly string[]} stories the first violations with their keys' histories
 * @property {import("./timing.mjs").Gap | null} gap
 * @property {number | null} downAfterMs Infinity: never; null: not to be expected, or not to tell
 * @property {number | null} equalAfterMs from the last healing; null: never
 * @property {unknown} lastVerify what the last `/verify` said
 * @property {number} calmWritesPerSecond
 * @property {readonly Incident[]} unnoticed
 * @property {import("./recovery.mjs").Recovery | null} recovery
 * @property {number} resets requests that were cut off while the fault lasted
 * @property {boolean} isGraceful whether none may be
 * @property {boolean} mustLose whether it is a control, in which losses have to be found
 * @property {number} stallMs for how long this process itself stood still, at worst
 */

/** @param {RoundOptions} options @returns {Promise<RoundResult>} */
export async function playRound({ settings, signal, ...options }) {
  const { ground } = faultNamed(options.fault);
  const stage = await openStage({ ground, settings, signal });
  try {
    return await playOn(stage, { ...options, signal });
  } finally {
    await stage.close();
  }
}

/**
 * @param {import("./stage.mjs").Stage} stage
 * @param {Omit<RoundOptions, "settings">} options
 * @returns {Promise<RoundResult>}
 */
async function playOn(stage, { fault: name, seconds, seed, clients, rate, records, signal, note }) {
  const fault = faultNamed(name);
  const load = new Load({ stage, seed: `${seed} ${name}`, clients, rate });
  const { history } = load;
  const before = name === "wipe" ? records : (fault.records ?? 0);
  const loaded = before > 0 ? await preload(stage, before, signal) : [];
  const watch = new Watch(stage);
  const stalls = monitorEventLoopDelay({ resolution: 10 });
  try {
    stalls.enable();
    const startMs = performance.now();
    load.start();
    const dice = new Dice(`${seed} ${name} incidents`);
    const incidents = await playIncidents({ fault, stage, dice, seconds, signal, note });
    await load.stop();
    const endMs = performance.now();
    stalls.disable();
    const underLoad = [...history.writes, ...history.reads].toSorted((a, b) => a.endMs - b.endMs);
    const { equalMs, last } = await settle(stage, signal);
    const finalReads = [
      ...(await readEverywhere(stage, load.keys, signal)),
      ...(await readInTurn(stage, [...new Set(loaded.map(({ key }) => key))], signal)),
    ];
    const told = { ...history, writes: [...loaded, ...history.writes], finalReads };
    const judgement = judge(told);
    const { sightings, samples } = watch;
    const [first] = incidents;
    return {
      fault: name,
      incidents,
      counts: countsOf(underLoad),
      judgement,
      stories: fault.mustLose ? [] : storiesOf(told, judgement),
      gap: fault.stopsWrites ? null : longestGap(underLoad, load.homes, { incidents, endMs }),
      downAfterMs: fault.isSeenAsDown ? longestUnnoticed(incidents, sightings, stage.nodes) : null,
      equalAfterMs: equalMs === null ? null : equalMs - (incidents.at(-1)?.healedMs ?? endMs),
      lastVerify: last,
      calmWritesPerSecond: calmWriteRate(underLoad, { incidents, startMs, endMs }),
      unnoticed: fault.isFelt ? unnoticed(incidents, underLoad, sightings) : [],
      recovery: name === "wipe" && first !== undefined ? recoveryOf(samples, first) : null,
      resets: resetsIn(underLoad, incidents),
      isGraceful: fault.isGraceful,
      mustLose: fault.mustLose,
      stallMs: stalls.max / 1e6,
    };
  } finally {
    await load.stop();
    await watch.stop();
  }
}

/** @param {import("./stage.mjs").Stage} stage @param {AbortSignal} signal */
async function settle(stage, signal) {
  await untilWhole(stage, { withinMs: EQUAL_WITHIN_MS, signal });
  return untilEqual(stage, { withinMs: EQUAL_WITHIN_MS, signal });
}

/** @param {readonly import("./history.mjs").Operation[]} operations */
function countsOf(operations) {
  const writes = operations.filter(({ kind }) => kind !== "get");
  const having = (/** @type {string} */ wanted) =>
    writes.filter(({ outcome }) => outcome === wanted).length;
  const readsFailed = operations.filter(({ kind, outcome }) => kind === "get" && outcome !== "ok");
  return {
    operations: operations.length,
    acknowledged: having("ok"),
    refused: having("refused"),
    unknown: having("unknown"),
    readsFailed: readsFailed.length,
  };
}
