/**
 * The planted bugs of purging: each leaves out a part of the rule by which tombstones and expired
 * records may be forgotten. See planted-bugs.mjs. They are looked for where there is time to purge
 * between the misfortunes.
 */

const CORE_PURGE = "packages/core/dist/purge.js";
const HANDOFF = "packages/engine/dist/handoff.js";
const PURGE = "packages/engine/dist/purge.js";

/** @type {readonly import("./planted-bugs.mjs").PlantedBug[]} */
export const PLANTED_PURGE_BUGS = [
  {
    name: "purge-by-age-only",
    caughtBy: "A2",
    seedsMax: 100,
    mix: "lulls",
    patches: [
      {
        // Each node for itself, whoever is up and whatever the others hold.
        file: PURGE,
        find: "if (await this.#look())",
        replace: `const age = purgeAgeMs(this.#deps.options.messageBudgetMaxMs);
            const old = await this.#deps.store.purgeable({
              partitions: new Set((await this.#deps.store.partitions()).keys()),
              cutoffMs: this.#deps.clock.wallMs() - age,
              skip: 0,
            });
            await this.#deps.forget(old.records);
            if (this.#looks === null)`,
      },
    ],
  },
  {
    name: "purge-with-one-owner-only",
    caughtBy: "A9",
    seedsMax: 300,
    mix: "lulls",
    patches: [
      { file: PURGE, find: '(node) => stateOf(node) === "up"', replace: "() => true" },
      {
        file: PURGE,
        find: "peers.digests(node, options.transferTimeoutMs)",
        replace: "peers.digests(node, options.transferTimeoutMs).catch(() => new Map())",
      },
      { file: CORE_PURGE, find: "contents.size === 1", replace: "contents.size > 0" },
      {
        file: PURGE,
        find: ".slice(1, options.replicaCount)",
        replace: '.slice(1).filter((node) => this.#deps.stateOf(node) === "up").slice(0, 1)',
      },
    ],
  },
  {
    name: "purge-without-a-look-at-stand-ins",
    caughtBy: "A9",
    seedsMax: 50,
    mix: "lulls",
    patches: [
      {
        file: CORE_PURGE,
        find: "others.some((digest) => digest !== undefined)",
        replace: "others.length < 0",
      },
      // Else the stand-in has let go of it long before.
      { file: HANDOFF, find: "if (due.length > 0)", replace: "if (due.length < 0)" },
    ],
  },
  {
    name: "purge-without-waiting",
    caughtBy: "A9",
    seedsMax: 50,
    mix: "lulls",
    patches: [
      { file: CORE_PURGE, find: "const DEADLINES = 2;", replace: "const DEADLINES = 0;" },
      {
        file: CORE_PURGE,
        find: "look.endedAtMs <= present.begunAtMs - ageMs",
        replace: "look === present",
      },
    ],
  },
  {
    name: "expiry-resurrects-an-older-value",
    caughtBy: "A1",
    seedsMax: 200,
    mix: "lulls",
    patches: [
      {
        // What has expired is dropped by whoever notices, as in a cache. Tombstones stay.
        file: PURGE,
        find: "if (await this.#look())",
        replace: `const { store, clock } = this.#deps;
            const absent = await store.purgeable({
              partitions: new Set((await store.partitions()).keys()),
              cutoffMs: clock.wallMs(),
              skip: 0,
            });
            const stampedMs = ({ version }) => Number.parseInt(version.slice(0, 12), 16);
            const expired = absent.records.filter((it) => it.absentFromMs > stampedMs(it));
            await store.purge(expired, clock.wallMs());
            if (this.#looks === null)`,
      },
    ],
  },
];
