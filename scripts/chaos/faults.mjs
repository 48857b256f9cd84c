/**
 * All faults by name: the ten that `npm run chaos` plays unless told otherwise, and the whole
 * matrix, with what it cannot show here.
 */

import { DISK_FAULTS } from "./disk-faults.mjs";
import { LINK_FAULTS } from "./link-faults.mjs";
import { mixedOf } from "./mixed-fault.mjs";
import { CLOCK_FAULTS, PROCESS_FAULTS } from "./process-faults.mjs";
import { STRAIN_FAULTS } from "./strain-faults.mjs";
import { UPGRADE_FAULTS } from "./upgrade-faults.mjs";

/** @typedef {import("./fault.mjs").Fault} Fault */

const SINGLE = {
  ...PROCESS_FAULTS,
  ...LINK_FAULTS,
  ...CLOCK_FAULTS,
  ...DISK_FAULTS,
  ...STRAIN_FAULTS,
  ...UPGRADE_FAULTS,
};

/** @typedef {keyof typeof SINGLE | "mixed"} FaultName */

/** @type {Readonly<Record<FaultName, Fault>>} */
const FAULTS = { ...SINGLE, mixed: mixedOf(SINGLE) };

/** What is played unless something else is asked for. */
export const FAULT_NAMES = /** @type {const} */ ([
  "kill-node",
  "kill-redis",
  "kill-both",
  "stop",
  "freeze-node",
  "freeze-redis",
  "partition",
  "one-way",
  "wipe",
  "all-down",
]);

/** In the order of the matrix's rows. */
export const ALL_FAULT_NAMES = /** @type {readonly FaultName[]} */ (
  Object.keys(FAULTS).toSorted((a, b) => rowOf(a) - rowOf(b))
);

/** What this tool does not play, and who does. */
export const PLAYED_ELSEWHERE = /** @type {const} */ ([
  {
    row: 5,
    what: "`docker-compose stop`, `kill`, `pause`, a cut network",
    where: "`npm run test:compose` plays the scenarios in containers",
  },
  {
    row: 8,
    what: "packets lost by the kernel (network namespaces, iptables)",
    where: "not played: needs root and Linux; the proxies hold bytes back instead",
  },
  {
    row: 9,
    what: "loss and reordering of single packets (`tc netem`)",
    where:
      "not played: the kernel here has no netem; TCP hides both but for lateness, which is played",
  },
  {
    row: 14,
    what: "a power cut of a real machine",
    where: "not played: a cut log stands for it",
  },
]);

/** @param {FaultName} name */
export function faultNamed(name) {
  return FAULTS[name];
}

/** @param {string} name */
function rowOf(name) {
  return FAULTS[/** @type {FaultName} */ (name)].row;
}
