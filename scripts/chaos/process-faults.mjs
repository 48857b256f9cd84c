/** Faults of whole processes: ended, asked to leave, or made to stand still. */

import { existsSync, writeFileSync } from "node:fs";
import { ALIVE, all, PLAIN, UNFELT } from "./fault.mjs";
import { untilWhole } from "./settle.mjs";
import { redisOf } from "./stage.mjs";

/** @typedef {import("./stage.mjs").Stage} Stage */

const WHOLE_WITHIN_MS = 60_000;
const never = new AbortController().signal;

export const PROCESS_FAULTS = /** @satisfies {Record<string, import("./fault.mjs").Fault>} */ ({
  "kill-node": {
    ...PLAIN,
    row: 1,
    says: "`kill -9` of a node",
    begin: (stage, victim) => all("SIGKILL", [stage.cluster.kill(victim)]),
    end: (stage, victim) => stage.cluster.start(victim),
  },
  "kill-redis": {
    ...ALIVE,
    row: 2,
    says: "`kill -9` of a node's Redis",
    begin: (stage, victim) => all("SIGKILL", [stage.cluster.kill(redisOf(victim))]),
    end: (stage, victim) => stage.cluster.start(redisOf(victim)),
  },
  "kill-both": {
    ...PLAIN,
    row: 3,
    says: "`kill -9` of a node and its Redis",
    begin: killBoth,
    end: startBoth,
  },
  stop: {
    ...PLAIN,
    row: 5,
    says: "SIGTERM to a node: no request may be cut off",
    isGraceful: true,
    begin: (stage, victim) => all("SIGTERM", [stage.cluster.stop(victim)]),
    end: (stage, victim) => stage.cluster.start(victim),
  },
  "freeze-node": {
    ...PLAIN,
    row: 6,
    says: "SIGSTOP to a node, 2 to 8 s",
    begin: freeze,
    end: (stage, victim) => stage.cluster.resume(victim),
  },
  "freeze-redis": {
    ...ALIVE,
    row: 7,
    says: "SIGSTOP to a node's Redis, 2 to 10 s",
    lastsMs: [2_000, 10_000],
    begin: (stage, victim) => all("SIGSTOP", [stage.cluster.pause(redisOf(victim))]),
    end: (stage, victim) => stage.cluster.resume(redisOf(victim)),
  },
  "all-down": {
    ...ALIVE,
    row: 4,
    says: "`kill -9` of all nodes and all Redis",
    strikes: "everything",
    lastsMs: [2_000, 4_000], // The load stands still meanwhile.
    begin: (stage) => killAll(stage),
    end: (stage) => startAll(stage),
  },
  rolling: {
    ...ALIVE,
    row: 5,
    says: "each node stopped and started in turn: no request may be cut off",
    strikes: "everything",
    isOnce: true,
    isGraceful: true,
    lastsMs: [2_000, 2_000],
    begin: async (stage) => {
      for (const node of stage.nodes) {
        await stage.cluster.restart(node);
        await untilWhole(stage, { withinMs: WHOLE_WITHIN_MS, signal: never });
      }
      return "SIGTERM to each in turn, the next one when all were up";
    },
    end: async () => {},
  },
  "freeze-long": {
    ...PLAIN,
    row: 6,
    says: "SIGSTOP to a node, 20 to 30 s",
    isOnce: true,
    lastsMs: [20_000, 30_000],
    begin: freeze,
    end: (stage, victim) => stage.cluster.resume(victim),
  },
});

/** Where faketime's library lies, by distribution; a clock is moved by what stands in a file. */
const FAKETIME = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib64/faketime/libfaketimeMT.so.1",
  "/usr/lib/faketime/libfaketimeMT.so.1",
].find((file) => existsSync(file));

const CLOCK = /** @type {const} */ ({
  row: 11,
  needs: () => (FAKETIME === undefined ? "faketime is not installed (`apt install faketime`)" : ""),
  ground: {
    links: [],
    own: (/** @type {string} */ folder, /** @type {string} */ node) => {
      setClock(folder, node, 0);
      return {
        LD_PRELOAD: FAKETIME ?? "",
        FAKETIME_TIMESTAMP_FILE: clockOf(folder, node),
        FAKETIME_NO_CACHE: "1",
        // What measures durations goes on as it is: no machine's monotonic clock jumps.
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      };
    },
  },
});
const HOUR_S = 3_600;

/** @param {number} seconds @param {string} what */
function jump(seconds, what) {
  return {
    ...UNFELT,
    ...CLOCK,
    says: `a node's clock jumps ${what} while it runs, and back`,
    begin: async (/** @type {Stage} */ stage, /** @type {string} */ victim) => {
      setClock(stage.folder, victim, seconds);
      return `clock ${what}`;
    },
    end: async (/** @type {Stage} */ stage, /** @type {string} */ victim) =>
      setClock(stage.folder, victim, 0),
  };
}

export const CLOCK_FAULTS = /** @satisfies {Record<string, import("./fault.mjs").Fault>} */ ({
  "clock-hour-ahead": jump(HOUR_S, "+1 h"),
  "clock-hour-behind": jump(-HOUR_S, "-1 h"),
  "clock-day-ahead": {
    ...PLAIN,
    ...CLOCK,
    isOnce: true,
    says: "a node starts with its clock a day ahead; then with the right one and an empty disk",
    begin: async (stage, victim) => {
      await stage.cluster.kill(victim);
      setClock(stage.folder, victim, 24 * HOUR_S);
      await stage.cluster.start(victim);
      return "started with its clock +1 d";
    },
    // With its disk it would begin where it left off, a day ahead: see docs/operations.md.
    end: async (stage, victim) => {
      await killBoth(stage, victim);
      stage.wipe(victim);
      setClock(stage.folder, victim, 0);
      await startBoth(stage, victim);
    },
  },
  "clock-strobe": {
    ...UNFELT,
    ...CLOCK,
    says: "a node's clock flickers by ±1 s, five times a second",
    begin: async (stage, victim) => {
      let seconds = 1;
      stage.repeating.start(200, () => {
        seconds = -seconds;
        setClock(stage.folder, victim, seconds);
      });
      return "clock ±1 s every 200 ms";
    },
    end: async (stage, victim) => {
      await stage.repeating.stop();
      setClock(stage.folder, victim, 0);
    },
  },
});

/** @param {string} folder @param {string} node */
function clockOf(folder, node) {
  return `${folder}/${node}.clock`;
}

/** @param {string} folder @param {string} node @param {number} seconds off */
function setClock(folder, node, seconds) {
  writeFileSync(clockOf(folder, node), `${seconds < 0 ? "" : "+"}${seconds}\n`);
}

/** @param {Stage} stage @param {string} victim */
function freeze(stage, victim) {
  return all("SIGSTOP", [stage.cluster.pause(victim)]);
}

/** @param {Stage} stage @param {string} victim */
export function killBoth({ cluster }, victim) {
  return all("SIGKILL to both", [cluster.kill(victim), cluster.kill(redisOf(victim))]);
}

/** Redis first: a node that starts without it would wait for it. */
export async function startBoth(/** @type {Stage} */ { cluster }, /** @type {string} */ victim) {
  await cluster.start(redisOf(victim));
  await cluster.start(victim);
}

/** @param {Stage} stage */
export function killAll({ cluster }) {
  return all(
    "SIGKILL to all six",
    cluster.names.map((name) => cluster.kill(name)),
  );
}

/** @param {Stage} stage */
export async function startAll({ cluster, nodes }) {
  await Promise.all(nodes.map((node) => cluster.start(redisOf(node))));
  await Promise.all(nodes.map((node) => cluster.start(node)));
}
