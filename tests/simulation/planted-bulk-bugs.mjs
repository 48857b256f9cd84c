/**
 * The planted bugs of what concerns many keys at once: listings that trust too much or too little,
 * batches that acknowledge too early. See planted-bugs.mjs.
 */

const MERGE = "packages/core/dist/merge-listing.js";
const LIST_PATH = "packages/engine/dist/list-path.js";
const READ_MANY = "packages/engine/dist/read-many.js";
const WRITE_MANY = "packages/engine/dist/write-many.js";

/** @type {readonly import("./planted-bugs.mjs").PlantedBug[]} */
export const PLANTED_BULK_BUGS = [
  {
    name: "listing-never-doubts",
    caughtBy: "list",
    seedsMax: 100,
    patches: [
      { file: MERGE, find: "isCertain && owners > 0 ? version", replace: "true ? version" },
    ],
  },
  {
    name: "listing-goes-on-behind-what-was-merged",
    caughtBy: "list",
    seedsMax: 50,
    patches: [
      {
        file: LIST_PATH,
        find: "gathered.next = isCut ? (taken.at(-1)?.key ?? gathered.next) : upTo;",
        replace: "gathered.next = isCut ? keys.at(-1).key : upTo;",
      },
    ],
  },
  {
    name: "listing-without-a-quorum",
    caughtBy: "list",
    seedsMax: 100,
    patches: [{ file: LIST_PATH, find: "owners < needed", replace: "owners < 0" }],
  },
  {
    name: "batch-counts-stale-as-stored",
    caughtBy: "W",
    seedsMax: 100,
    patches: [
      {
        file: WRITE_MANY,
        find: 'answer.outcome === "stale" || ',
        replace: "",
      },
    ],
  },
  {
    name: "batch-acknowledges-below-newer",
    caughtBy: "A1",
    seedsMax: 300,
    patches: [
      {
        file: WRITE_MANY,
        find: 'answer.outcome === "stale" || ',
        replace: "",
      },
    ],
  },
  {
    name: "batch-acknowledges-one-copy-too-few",
    caughtBy: "W",
    seedsMax: 50,
    patches: [{ file: WRITE_MANY, find: ">= this.#asked.w)", replace: ">= this.#asked.w - 1)" }],
  },
  {
    name: "batch-takes-the-first-copy-read",
    caughtBy: "A5",
    seedsMax: 200,
    patches: [{ file: READ_MANY, find: "versionIn(copy) !== versionIn(known)", replace: "false" }],
  },
];
