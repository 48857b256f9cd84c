/**
 * Bugs that the simulator must find, or it proves nothing. Each is a change of a few words in the
 * built source (see plant-hooks.mjs), with the promise that it breaks: the simulator then checks
 * that promise alone, so that one sharp check cannot hide that another one is blunt.
 *
 * Repair heals what some of them break before the last read: a copy too few is one again. Those are
 * found by W, which looks at the disks at the moment of the acknowledgement and of each release.
 */

import { PLANTED_BULK_BUGS } from "./planted-bulk-bugs.mjs";
import { PLANTED_DAMAGE_BUGS } from "./planted-damage-bugs.mjs";
import { PLANTED_PURGE_BUGS } from "./planted-purge-bugs.mjs";
import { PLANTED_RECOVERY_BUGS } from "./planted-recovery-bugs.mjs";

/**
 * @typedef {object} Patch
 * @property {string} file the built file, from the root of the repository
 * @property {string} find text that is there exactly once
 * @property {string} replace
 *
 * @typedef {object} PlantedBug
 * @property {string} name
 * @property {import("@ringkv/testing").Invariant} caughtBy
 * @property {number} seedsMax caught within this many seeds, from seed 1
 * @property {import("@ringkv/testing").Mix} [mix] of misfortunes; `broad` unless it says otherwise
 * @property {readonly Patch[]} patches
 */

const ANTI_ENTROPY = "packages/engine/dist/anti-entropy.js";
const WRITE_QUORUM = "packages/core/dist/write-quorum.js";
const READ_QUORUM = "packages/core/dist/read-quorum.js";
const TARGETS = "packages/core/dist/targets.js";
const DIFFERENCE = "packages/core/dist/difference.js";
const HANDOFF = "packages/engine/dist/handoff.js";
const REPAIR = "packages/engine/dist/repair.js";
const REPLICA = "packages/engine/dist/replica.js";
const VERSION_CLOCK = "packages/engine/dist/version-clock.js";
const WRITE_PATH = "packages/engine/dist/write-path.js";
const STORE = "packages/testing/dist/memory-record-store.js";
const CORE_ELECTION = "packages/core/dist/election.js";
const ELECTION = "packages/engine/dist/election.js";
const META = "packages/testing/dist/memory-meta-store.js";

/** @type {readonly PlantedBug[]} */
export const PLANTED_BUGS = [
  {
    name: "stale-counts-as-stored",
    caughtBy: "A1",
    seedsMax: 400,
    patches: [
      {
        file: WRITE_QUORUM,
        find: 'reply.outcome === "stored"',
        replace: 'reply.outcome !== "failed"',
      },
    ],
  },
  {
    name: "stale-answered-as-stored",
    caughtBy: "A6",
    seedsMax: 100,
    patches: [
      {
        file: REPLICA,
        find: "return this.#deps.store.apply(records, this.#deps.clock.wallMs());",
        replace: `return this.#deps.store
          .apply(records, this.#deps.clock.wallMs())
          .then((all) => all.map(() => ({ outcome: "stored", hadValue: false })));`,
      },
    ],
  },
  {
    name: "quorum-off-by-one",
    caughtBy: "A1",
    seedsMax: 100,
    patches: [
      {
        file: WRITE_QUORUM,
        find: "quorum.stored.length >= quorum.needed",
        replace: "quorum.stored.length >= quorum.needed - 1",
      },
    ],
  },
  {
    name: "same-node-counted-twice",
    caughtBy: "W",
    seedsMax: 50,
    patches: [
      {
        file: WRITE_QUORUM,
        find: "if (quorum.stored.includes(node) || quorum.failed.includes(node))",
        replace: "if (quorum.failed.includes(node))",
      },
      {
        // A walk that repeats a node: the last target is its own stand-in.
        file: TARGETS,
        find: "spares: reachable.slice(replicaCount)",
        replace: "spares: reachable.slice(replicaCount - 1)",
      },
    ],
  },
  {
    name: "acknowledged-before-disk",
    caughtBy: "W",
    seedsMax: 100,
    patches: [
      {
        file: REPLICA,
        find: "return this.#deps.store.apply(records, this.#deps.clock.wallMs());",
        replace: `this.#deps.store.apply(records, this.#deps.clock.wallMs()).catch(() => {});
        return Promise.resolve(records.map(() => ({ outcome: "stored", hadValue: false })));`,
      },
    ],
  },
  {
    name: "clock-forgotten-at-restart",
    caughtBy: "A7",
    seedsMax: 50,
    mix: "restarts",
    patches: [
      {
        file: VERSION_CLOCK,
        find: "later(this.#last, { ms: reservedUntilMs, counter: 0 })",
        replace: "{ ms: 0, counter: 0 }",
      },
    ],
  },
  {
    name: "stamps-by-wall-clock-only",
    caughtBy: "A7",
    seedsMax: 100,
    mix: "restarts",
    patches: [
      {
        file: VERSION_CLOCK,
        find: "advance(floor, Math.floor(this.nowMs()))",
        replace: "advance({ ms: 0, counter: 0 }, this.#deps.clock.wallMs())",
      },
    ],
  },
  {
    name: "clocks-of-others-ignored",
    caughtBy: "A1",
    seedsMax: 500,
    patches: [
      {
        file: VERSION_CLOCK,
        find: "if (this.isBeyond(peerMs) || this.isBeyond(stampedMs))",
        replace: "if (peerMs > 0) return true;\n        if (this.isBeyond(peerMs))",
      },
    ],
  },
  {
    name: "clock-pushed-by-restarts",
    caughtBy: "A7",
    seedsMax: 50,
    mix: "restarts",
    patches: [
      {
        file: VERSION_CLOCK,
        find: "clockMs + CLOCK_RESERVE_MS, fromMs + LEAD_RESERVE_MS",
        replace: "clockMs + CLOCK_RESERVE_MS, fromMs + CLOCK_RESERVE_MS",
      },
    ],
  },
  {
    name: "foreign-dropped-before-confirmed",
    caughtBy: "W",
    seedsMax: 50,
    patches: [
      {
        file: HANDOFF,
        find: "await Promise.all(receivers.map(",
        replace: "void Promise.allSettled(receivers.map(",
      },
    ],
  },
  {
    name: "foreign-dropped-with-one-owner-away",
    caughtBy: "W",
    seedsMax: 50,
    patches: [
      {
        file: HANDOFF,
        find: "reachable.length === owners.length",
        replace: "reachable.length > 0",
      },
      {
        file: HANDOFF,
        find: "receivers: owners, release: true",
        replace: "receivers: reachable, release: true",
      },
    ],
  },
  {
    name: "released-as-held-and-not-as-sent",
    caughtBy: "W",
    seedsMax: 200,
    patches: [
      {
        file: HANDOFF,
        find: "await letGo(records)",
        replace: "await letGo((await store.page(partition, null)).records)",
      },
    ],
  },
  {
    name: "stand-in-forgets-that-it-let-go",
    caughtBy: "A6",
    seedsMax: 100,
    mix: "restarts",
    patches: [{ file: REPLICA, find: "floor !== null &&", replace: "floor === 0 &&" }],
  },
  {
    name: "older-overwrites-newer",
    caughtBy: "A1",
    seedsMax: 200,
    patches: [{ file: STORE, find: "old.version > record.version", replace: "old === null" }],
  },
  {
    name: "debt-never-paid",
    caughtBy: "liveness",
    seedsMax: 50,
    patches: [
      {
        file: HANDOFF,
        find: "if (due.length > 0)",
        replace: "if (due.length < 0)",
      },
    ],
  },
  {
    name: "silence-of-a-stand-in-is-an-answer",
    caughtBy: "A4",
    seedsMax: 400,
    patches: [{ file: READ_QUORUM, find: "(copy === null && !isOwner)", replace: "false" }],
  },
  {
    name: "oldest-copy-wins-a-read",
    caughtBy: "A5",
    seedsMax: 100,
    patches: [
      {
        file: READ_QUORUM,
        find: "copy.version > newest.version",
        replace: "copy.version < newest.version",
      },
    ],
  },
  {
    name: "half-stored-called-refused",
    caughtBy: "A4",
    seedsMax: 200,
    patches: [
      {
        file: WRITE_PATH,
        find: "if (result.maySomeHaveStored)",
        replace: "if (result.maySomeHaveStored === null)",
      },
    ],
  },
  {
    name: "repair-overwrites-newer",
    caughtBy: "A1",
    seedsMax: 300,
    patches: [
      {
        file: DIFFERENCE,
        find: "listed.version > other.version",
        replace: "listed.version !== other.version",
      },
      {
        // A way into the store that does not compare versions.
        file: REPAIR,
        find: "const stored = countStored(await this.#deps.transfer(chunk));",
        replace: `const held = await this.#deps.store.read(chunk.map(({ key }) => key));
          await this.#deps.store.release(held.filter((record) => record !== null));
          const stored = countStored(await this.#deps.transfer(chunk));`,
      },
    ],
  },
  {
    name: "repair-pulls-and-never-pushes",
    caughtBy: "A3",
    seedsMax: 50,
    patches: [{ file: REPAIR, find: "this.#push(peer, push)", replace: "this.#push(peer, [])" }],
  },
  {
    name: "difference-compares-keys-only",
    caughtBy: "A3",
    seedsMax: 50,
    patches: [
      {
        file: DIFFERENCE,
        find: "other === undefined || listed.version > other.version",
        replace: "other === undefined",
      },
    ],
  },
  {
    name: "differences-never-queued",
    caughtBy: "A3",
    seedsMax: 50,
    patches: [
      {
        file: ANTI_ENTROPY,
        find: "if (first.size > 0)",
        replace: "if (first.size >= 0) return;\n        if (first.size > 0)",
      },
    ],
  },
  {
    name: "two-votes-in-one-term",
    caughtBy: "leader",
    seedsMax: 100,
    patches: [
      {
        file: CORE_ELECTION,
        find: "return state.votedFor === null || state.votedFor === candidate;",
        replace: "return true;",
      },
      {
        // The store knows better; nobody listens.
        file: ELECTION,
        find: "granted: isBallot(held, term, candidate)",
        replace: "granted: true",
      },
    ],
  },
  {
    name: "vote-forgotten-at-restart",
    caughtBy: "leader",
    seedsMax: 200,
    patches: [
      {
        file: META,
        find: "const ballot = this.#ballot;",
        replace: "const ballot = (this.#ballot = NO_BALLOT);",
      },
      { file: ELECTION, find: "if (ballot.term === 0)", replace: "if (ballot.term < 0)" },
    ],
  },
  {
    name: "vote-given-before-disk",
    caughtBy: "leader",
    seedsMax: 50,
    patches: [
      {
        file: ELECTION,
        find: "const held = await meta.recordVote({ term, votedFor: candidate });",
        replace: "const held = { term, votedFor: candidate };",
      },
    ],
  },
  {
    name: "majority-of-votes-off-by-one",
    caughtBy: "leader",
    seedsMax: 100,
    patches: [
      {
        file: CORE_ELECTION,
        find: "votes * 2 > members.length",
        replace: "(votes + 1) * 2 > members.length",
      },
    ],
  },
  {
    name: "lost-leader-never-replaced",
    caughtBy: "liveness",
    seedsMax: 100,
    patches: [
      {
        file: CORE_ELECTION,
        find: "nowMs >= dueAtMs",
        replace: "nowMs >= dueAtMs && state.term === 0",
      },
    ],
  },
  ...PLANTED_RECOVERY_BUGS,
  ...PLANTED_PURGE_BUGS,
  ...PLANTED_DAMAGE_BUGS,
  ...PLANTED_BULK_BUGS,
];

/** @param {string} name @returns {PlantedBug} */
export function plantedBug(name) {
  const bug = PLANTED_BUGS.find((it) => it.name === name);
  if (bug !== undefined) return bug;
  const names = PLANTED_BUGS.map((it) => it.name).join("\n  ");
  throw new RangeError(`no planted bug is called ${name}; there are:\n  ${names}`);
}
