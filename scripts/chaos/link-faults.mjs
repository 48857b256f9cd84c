/** Faults of links: cut in several ways, slow, broken off, and repeating what they carry. */

import { brokenOff, crumbs, halfOpen, late, slow } from "./bend.mjs";
import { ALIVE, PLAIN, UNFELT } from "./fault.mjs";
import { twice } from "./replay.mjs";

/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {import("./dice.mjs").Dice} Dice */

const PEERS = /** @type {const} */ ({ ground: { links: ["peers"] } });
const FLAP_MS = 200;
/** 64 kbit/s. */
const THIN_BYTES_PER_SECOND = 8_000;
/** Enough for the handshake, and for some messages. */
const HALF_BYTES = 4_000;

/** @param {string} what @param {import("./bend.mjs").Bending} bending */
function bent(what, bending) {
  return {
    row: 9,
    says: `all links of a node: ${what}`,
    ...PEERS,
    begin: async (/** @type {Stage} */ stage, /** @type {string} */ victim) => {
      stage.network.bend(victim, bending);
      return what;
    },
    end: healLinks,
  };
}

/** @param {"in" | "out"} direction */
function oneWay(direction) {
  return {
    ...PLAIN,
    ...PEERS,
    row: 8,
    says: `what goes ${direction === "in" ? "to" : "out from"} a node is lost`,
    begin: async (/** @type {Stage} */ stage, /** @type {string} */ victim) => {
      stage.network.cut(victim, [direction]);
      return `what goes ${direction} is lost`;
    },
    end: healLinks,
  };
}

export const LINK_FAULTS = /** @satisfies {Record<string, import("./fault.mjs").Fault>} */ ({
  partition: {
    ...PLAIN,
    ...PEERS,
    row: 8,
    says: "a node is cut off from the others in both directions",
    begin: async (stage, victim) => {
      stage.network.cut(victim, ["out", "in"]);
      return "cut off in both directions";
    },
    end: healLinks,
  },
  "one-way": {
    ...PLAIN,
    ...PEERS,
    row: 8,
    says: "a node is cut off in one direction, as the dice say",
    begin: async (stage, victim, dice) => {
      const direction = dice.oneOf(/** @type {const} */ (["out", "in"]));
      stage.network.cut(victim, [direction]);
      return `what goes ${direction} is lost`;
    },
    end: healLinks,
  },
  "one-way-in": oneWay("in"),
  "one-way-out": oneWay("out"),
  "pair-cut": {
    ...ALIVE,
    ...PEERS,
    row: 8,
    says: "two nodes do not hear each other, the third hears both",
    strikes: "two",
    begin: async (stage, victim) => {
      stage.network.cutPair(victim, stage.next(victim));
      return "cut off from each other";
    },
    end: healLinks,
  },
  flapping: {
    ...UNFELT, // Retries within a request's time may bridge every gap.
    ...PEERS,
    row: 8,
    says: "a node's links are cut and whole again, five times a second",
    begin: async (stage, victim) => {
      let isCut = false;
      stage.repeating.start(FLAP_MS, () => {
        isCut = !isCut;
        if (isCut) stage.network.cut(victim, ["out", "in"]);
        else stage.network.heal("late");
      });
      return `cut for ${FLAP_MS} ms, whole for ${FLAP_MS} ms`;
    },
    end: async (stage, victim, dice) => {
      await stage.repeating.stop();
      await healLinks(stage, victim, dice);
    },
  },
  "clients-cut": {
    ...ALIVE,
    row: 8,
    says: "clients do not reach a node, which hears the others",
    ground: { links: ["clients"] },
    begin: async (stage, victim) => {
      stage.front("clients", victim).lose(["there", "back"]);
      return "cut off from clients only";
    },
    end: async (stage, victim) => stage.front("clients", victim).heal("reset"),
  },
  "redis-cut": {
    ...ALIVE,
    row: 8,
    says: "a node does not reach its own Redis",
    ground: { links: ["redis"] },
    begin: async (stage, victim) => {
      stage.front("redis", victim).lose(["there", "back"]);
      return "cut off from its own Redis";
    },
    end: async (stage, victim, dice) =>
      stage.front("redis", victim).heal(dice.oneOf(/** @type {const} */ (["late", "reset"]))),
  },
  "late-20": { ...UNFELT, ...bent("20 ms late", late(20)) },
  "late-200": { ...UNFELT, ...bent("200 ms late", late(200)) },
  "late-2000": { ...ALIVE, ...bent("2 s late", late(2_000)) },
  thin: { ...UNFELT, ...bent("64 kbit/s", slow(THIN_BYTES_PER_SECOND)) },
  trickle: { ...PLAIN, ...bent("a byte every 10 ms", crumbs()) },
  "half-open": { ...PLAIN, ...bent("open, but silent after 4 kB", halfOpen(HALF_BYTES)) },
  "broken-off": { ...ALIVE, ...bent("reset after each 4 kB of answers", brokenOff(HALF_BYTES)) },
  replay: repeating(),
});

function repeating() {
  const count = { repeated: 0 };
  return {
    ...UNFELT,
    ...PEERS,
    row: 10,
    says: "every message of a node's links arrives twice",
    begin: async (/** @type {Stage} */ stage, /** @type {string} */ victim) => {
      count.repeated = 0;
      stage.network.bend(victim, twice(count));
      return "every message twice";
    },
    end: async (/** @type {Stage} */ stage) => {
      stage.network.heal("reset");
      return `${count.repeated} messages repeated`;
    },
  };
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
