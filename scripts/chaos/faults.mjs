/**
 * The ten faults: what breaks, what lifts it, and what can be expected of whom meanwhile. It does
 * not say when; that is the incidents' business.
 */

import { redisOf } from "./stage.mjs";

/** @typedef {"kill-node" | "kill-redis" | "kill-both" | "stop" | "freeze-node"} ProcessFaultName */
/** @typedef {"freeze-redis" | "partition" | "one-way" | "wipe" | "all-down"} OtherFaultName */
/** @typedef {ProcessFaultName | OtherFaultName} FaultName */
/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {import("./dice.mjs").Dice} Dice */

/**
 * @typedef {object} Fault
 * @property {"node" | "everything"} strikes one node, its Redis or its links; or all of them
 * @property {boolean} isNetwork whether the nodes' links must go through our proxies
 * @property {boolean} isSeenAsDown whether the other nodes are to see the victim as down. A node
 *   whose Redis is away still answers: it says so to its clients, and is not called down
 * @property {boolean} isOnce a second time would tell nothing new, and takes long
 * @property {(stage: Stage, victim: string, dice: Dice) => Promise<string>} begin resolves with
 *   what exactly was done, for the story
 * @property {(stage: Stage, victim: string, dice: Dice) => Promise<void>} end
 */

const PLAIN = /** @type {const} */ ({
  strikes: "node",
  isNetwork: false,
  isSeenAsDown: true,
  isOnce: false,
});

/** @type {Readonly<Record<FaultName, Fault>>} */
const FAULTS = {
  "kill-node": {
    ...PLAIN,
    begin: (stage, victim) => all("SIGKILL", [stage.cluster.kill(victim)]),
    end: (stage, victim) => stage.cluster.start(victim),
  },
  "kill-redis": {
    ...PLAIN,
    isSeenAsDown: false,
    begin: (stage, victim) => all("SIGKILL", [stage.cluster.kill(redisOf(victim))]),
    end: (stage, victim) => stage.cluster.start(redisOf(victim)),
  },
  "kill-both": { ...PLAIN, begin: killBoth, end: startBoth },
  stop: {
    ...PLAIN,
    begin: (stage, victim) => all("SIGTERM", [stage.cluster.stop(victim)]),
    end: (stage, victim) => stage.cluster.start(victim),
  },
  "freeze-node": {
    ...PLAIN,
    begin: (stage, victim) => all("SIGSTOP", [stage.cluster.pause(victim)]),
    end: (stage, victim) => stage.cluster.resume(victim),
  },
  "freeze-redis": {
    ...PLAIN,
    isSeenAsDown: false,
    begin: (stage, victim) => all("SIGSTOP", [stage.cluster.pause(redisOf(victim))]),
    end: (stage, victim) => stage.cluster.resume(redisOf(victim)),
  },
  partition: {
    ...PLAIN,
    isNetwork: true,
    begin: async (stage, victim) => {
      stage.network.cut(victim, ["out", "in"]);
      return "cut off in both directions";
    },
    end: healLinks,
  },
  "one-way": {
    ...PLAIN,
    isNetwork: true,
    begin: async (stage, victim, dice) => {
      const direction = dice.oneOf(/** @type {const} */ (["out", "in"]));
      stage.network.cut(victim, [direction]);
      return `what goes ${direction} is lost`;
    },
    end: healLinks,
  },
  wipe: {
    ...PLAIN,
    isOnce: true,
    begin: async (stage, victim) => {
      await killBoth(stage, victim);
      stage.wipe(victim);
      return "SIGKILL to both, and the disk is empty";
    },
    end: startBoth,
  },
  "all-down": {
    ...PLAIN,
    strikes: "everything",
    isSeenAsDown: false,
    begin: ({ cluster }) =>
      all(
        "SIGKILL to all six",
        cluster.names.map((name) => cluster.kill(name)),
      ),
    end: async ({ cluster, nodes }) => {
      await Promise.all(nodes.map((node) => cluster.start(redisOf(node))));
      await Promise.all(nodes.map((node) => cluster.start(node)));
    },
  },
};

export const FAULT_NAMES = /** @type {readonly FaultName[]} */ (Object.keys(FAULTS));

/** @param {FaultName} name */
export function faultNamed(name) {
  return FAULTS[name];
}

/** @param {Stage} stage @param {string} victim */
function killBoth({ cluster }, victim) {
  return all("SIGKILL to both", [cluster.kill(victim), cluster.kill(redisOf(victim))]);
}

/** Redis first: a node that starts without it would wait for it. */
async function startBoth(/** @type {Stage} */ { cluster }, /** @type {string} */ victim) {
  await cluster.start(redisOf(victim));
  await cluster.start(victim);
}

/**
 * TCP either delivers what it held back, or was given up meanwhile. Both happen; the dice decide.
 *
 * @param {Stage} stage
 * @param {string} _victim
 * @param {Dice} dice
 */
async function healLinks(stage, _victim, dice) {
  stage.network.heal(dice.oneOf(/** @type {const} */ (["late", "reset"])));
}

/** @param {string} what @param {readonly Promise<unknown>[]} work */
async function all(what, work) {
  await Promise.all(work);
  return what;
}
