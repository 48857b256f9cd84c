/** What a fault is, and what most of them have alike. */

/** @typedef {import("./stage.mjs").Stage} Stage */
/** @typedef {import("./dice.mjs").Dice} Dice */

/**
 * @typedef {object} Fault
 * @property {number} row of the test programme's matrix
 * @property {string} says what it is, for the table
 * @property {"node" | "two" | "everything"} strikes one node, its Redis or its links; it and the
 *   next one; or all of them
 * @property {import("./stage.mjs").Ground} ground
 * @property {boolean} isSeenAsDown whether the other nodes are to see the victim as down. A node
 *   whose Redis is away still answers: it says so to its clients, and is not called down
 * @property {boolean} isFelt whether a client or another node has to notice; where it is nobody's
 *   to notice, what was done says that it took effect
 * @property {boolean} isOnce a second time would tell nothing new, and takes long
 * @property {boolean} isGraceful no request may be cut off
 * @property {boolean} stopsWrites too few stores are left, so that nobody can be promised to write
 * @property {boolean} mustLose a control: the judge has to find losses, or it sees nothing
 * @property {readonly [number, number]} [lastsMs] at least and at most
 * @property {number} [records] loaded before
 * @property {() => string} needs what is missing on this machine; nothing: it can be played
 * @property {(stage: Stage, victim: string, dice: Dice) => Promise<string>} begin resolves with
 *   what exactly was done, for the story
 * @property {(stage: Stage, victim: string, dice: Dice) => Promise<string | void>} end may add
 *   to it
 */

export const PLAIN = /** @type {const} */ ({
  strikes: "node",
  ground: { links: [] },
  isSeenAsDown: true,
  isFelt: true,
  isOnce: false,
  isGraceful: false,
  stopsWrites: false,
  mustLose: false,
  needs: () => "",
});

/** It goes on answering, if not as it should. */
export const ALIVE = /** @type {const} */ ({ ...PLAIN, isSeenAsDown: false });

/** What nobody outside has to notice at all. */
export const UNFELT = /** @type {const} */ ({ ...ALIVE, isFelt: false });

/** @param {string} what @param {readonly Promise<unknown>[]} work */
export async function all(what, work) {
  await Promise.all(work);
  return what;
}
