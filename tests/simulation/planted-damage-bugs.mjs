/** The planted bugs of those who look after damaged records and digests; see planted-bugs.mjs. */

const ANTI_ENTROPY = "packages/engine/dist/anti-entropy.js";
const READ_PATH = "packages/engine/dist/read-path.js";
const RECORD_CODEC = "packages/core/dist/record-codec.js";
const SCRUB = "packages/engine/dist/scrub.js";

/** @type {readonly import("./planted-bugs.mjs").PlantedBug[]} */
export const PLANTED_DAMAGE_BUGS = [
  {
    name: "digests-never-doubted",
    caughtBy: "A3",
    seedsMax: 100,
    patches: [
      {
        file: ANTI_ENTROPY,
        find: "await store.rebuildDigest(partition)",
        replace: "store === null",
      },
    ],
  },
  {
    name: "damage-never-discarded",
    caughtBy: "A3",
    seedsMax: 150,
    patches: [
      {
        file: SCRUB,
        find: "if (!(await store.mend(partition, found, copy)))",
        replace: "if (store !== null)",
      },
    ],
  },
  {
    name: "damage-is-read-as-absence",
    caughtBy: "A1",
    seedsMax: 200,
    patches: [
      {
        file: READ_PATH,
        find: 'copy: copy === "damaged" ? "failed" : copy',
        replace: 'copy: copy === "damaged" ? null : copy',
      },
    ],
  },
  {
    name: "checksum-never-compared",
    caughtBy: "A4",
    seedsMax: 200,
    patches: [
      {
        file: RECORD_CODEC,
        find: "const isIntact = checksumOf(",
        replace: "const isIntact = true || checksumOf(",
      },
    ],
  },
];
