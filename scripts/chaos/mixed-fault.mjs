/** Anything, in any order, as often as the time allows: what one leaves meets the next one. */

import { ALIVE } from "./fault.mjs";

/** @typedef {import("./fault.mjs").Fault} Fault */

/** Those that need nothing but the peers' links. All at once down, and what must lose, are not. */
const MEMBERS = /** @type {const} */ ([
  "kill-node",
  "kill-redis",
  "kill-both",
  "stop",
  "freeze-node",
  "freeze-redis",
  "partition",
  "one-way",
  "pair-cut",
  "flapping",
  "late-200",
  "late-2000",
  "broken-off",
  "replay",
  "scripts-forgotten",
  "connections-killed",
  "store-full",
  "wipe",
]);

/** @param {Readonly<Record<string, Fault>>} faults @returns {Fault} */
export function mixedOf(faults) {
  /** @type {Fault | null} */
  let current = null;
  return {
    ...ALIVE,
    row: 18,
    says: "any of these, one after the other, whatever the last one left",
    // A node and the next one: whoever it is that the chosen fault strikes.
    strikes: "two",
    isFelt: false,
    ground: { links: ["peers"] },
    lastsMs: [2_000, 5_000],
    begin: async (stage, victim, dice) => {
      const name = dice.oneOf(MEMBERS);
      current = /** @type {Fault} */ (faults[name]);
      return `${name}: ${await current.begin(stage, victim, dice)}`;
    },
    end: async (stage, victim, dice) => current?.end(stage, victim, dice),
  };
}
