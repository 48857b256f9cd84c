/**
 * The planted bugs of recovery: each makes a node trust what it holds too early. See
 * planted-bugs.mjs. They are looked for where disks are lost one after the other.
 */

const RECOVERY = "packages/engine/dist/recovery.js";
const REPLICA = "packages/engine/dist/replica.js";
const STANDING = "packages/engine/dist/standing.js";
const VERSION_CLOCK = "packages/engine/dist/version-clock.js";

/** @type {readonly import("./planted-bugs.mjs").PlantedBug[]} */
export const PLANTED_RECOVERY_BUGS = [
  {
    name: "recovery-serves-reads-early",
    caughtBy: "A5",
    seedsMax: 100,
    mix: "disks",
    patches: [
      { file: STANDING, find: 'this.#state = "recovering";', replace: 'this.#state = "up";' },
    ],
  },
  {
    name: "recovery-vouches-early",
    caughtBy: "A6",
    seedsMax: 300,
    mix: "disks",
    patches: [
      { file: REPLICA, find: "isRecovered(partition) ? outcome", replace: "true ? outcome" },
    ],
  },
  {
    name: "recovery-asks-one-owner-only",
    caughtBy: "A5",
    seedsMax: 100,
    mix: "disks",
    patches: [
      {
        file: RECOVERY,
        find: "if (this.#left.size === 0)",
        replace: "if (this.#left.size < this.#deps.ring.members.length - 1)",
      },
    ],
  },
  {
    name: "blank-clock-begins-at-what-it-hears",
    caughtBy: "A7",
    seedsMax: 300,
    mix: "disks",
    patches: [
      {
        file: VERSION_CLOCK,
        find: "Math.ceil(this.nowMs()) + CLOCK_RESERVE_MS",
        replace: "Math.ceil(this.nowMs())",
      },
    ],
  },
];
