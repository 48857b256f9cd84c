/**
 * Judges the data: whether what clients were told while things broke is still true at the end.
 *
 * The rules are those of the simulator's checkers. These are not used, because they know from the
 * inside when a version was stamped and what every node held; here only answers are known, and one
 * client writes each key, which makes its writes a sequence. Pure; it judges no time.
 */

import { describe } from "./history.mjs";

/** @typedef {import("./history.mjs").Operation} Operation */
/** @typedef {import("./history.mjs").History} History */

/** @typedef {{key: string, message: string}} Violation */

/**
 * @typedef {object} Judgement
 * @property {Violation[]} lost an acknowledged write is gone: something older is in its place
 * @property {Violation[]} zombies the same, where the write was a deletion: the key is back
 * @property {Violation[]} invented what was read, nobody has written, or its write was refused
 * @property {{key: string, r: number, message: string}[]} stale reads under load that missed an
 *   acknowledged write: R=1 allows them
 * @property {number} late writes of unknown outcome that are what is left of their key: allowed
 */

/** @param {History} history @returns {Judgement} */
export function judge(history) {
  const keys = keysOf(history);
  const disorder = [...keys.values()].flatMap(({ acknowledged }) => disorderIn(acknowledged));
  const finals = history.finalReads.map((read) => verdictOn(read, keys.get(read.key) ?? NEVER));
  const only = (/** @type {FinalVerdict["as"]} */ wanted) =>
    finals.flatMap(({ as, violation }) => (as === wanted && violation ? [violation] : []));
  const late = finals.filter(({ as }) => as === "late").map(({ key }) => key);
  return {
    lost: [...disorder, ...only("lost")],
    zombies: only("zombie"),
    invented: inventedIn(history),
    stale: history.reads.flatMap((read) => staleIn(read, keys.get(read.key) ?? NEVER)),
    late: new Set(late).size,
  };
}

/** What happened to one key, in the order in which its only writer did it. */
/** @typedef {{writes: Operation[], acknowledged: Operation[]}} KeyStory */

/** @type {KeyStory} */
const NEVER = { writes: [], acknowledged: [] };

/** @param {History} history */
function keysOf({ writes }) {
  /** @type {Map<string, KeyStory>} */
  const keys = new Map();
  for (const write of writes.toSorted((a, b) => a.beginMs - b.beginMs)) {
    const story = keys.get(write.key) ?? { writes: [], acknowledged: [] };
    keys.set(write.key, story);
    story.writes.push(write);
    if (write.outcome === "ok") story.acknowledged.push(write);
  }
  return keys;
}

/** A write with a lower version than one acknowledged before was lost the moment it was stored. */
function disorderIn(/** @type {readonly Operation[]} */ acknowledged) {
  /** @type {Violation[]} */
  const found = [];
  let newest = acknowledged[0];
  for (const write of acknowledged.slice(1)) {
    if (newest !== undefined && versionOf(write) <= versionOf(newest)) {
      const message = `came after, with a lower version: ${describe(write)}; ${describe(newest)}`;
      found.push({ key: write.key, message });
    } else newest = write;
  }
  return found;
}

/** @typedef {"right" | "late" | "lost" | "zombie"} As */
/** @typedef {{key: string, as: As, violation?: Violation}} FinalVerdict */

/** @param {Operation} read @param {KeyStory} story @returns {FinalVerdict} */
function verdictOn(read, { writes, acknowledged }) {
  const { key } = read;
  const newest = acknowledged.reduce(
    (best, write) => (best === null || versionOf(write) > versionOf(best) ? write : best),
    /** @type {Operation | null} */ (null),
  );
  if (newest === null) return { key, as: "right" };
  const gone = (/** @type {string} */ why) => {
    const message = `${why}: ${describe(read)}; acknowledged was ${describe(newest)}`;
    const isZombie = newest.value === null && read.value !== null;
    const as = isZombie ? /** @type {const} */ ("zombie") : /** @type {const} */ ("lost");
    return { key, as, violation: { key, message } };
  };
  // What cannot be read at all, with everything healed and after much asking, is as good as lost.
  if (read.outcome !== "ok") return gone("cannot be read");
  if (read.value === newest.value) return { key, as: "right" };
  if (versionOf(read) <= versionOf(newest)) return gone("older than what was acknowledged");
  const couldBe = writes.some(
    ({ outcome, value }) => outcome === "unknown" && value === read.value,
  );
  return couldBe ? { key, as: "late" } : gone("newer, but no open write explains it");
}

/** @param {History} history @returns {Violation[]} */
function inventedIn({ writes, reads, finalReads }) {
  const byValue = new Map(writes.map((write) => [write.value, write]));
  return [...reads, ...finalReads].flatMap((read) => {
    if (read.outcome !== "ok" || read.value === null) return [];
    const problem = problemOfValue(read, byValue.get(read.value));
    return problem === "" ? [] : [{ key: read.key, message: `${problem}: ${describe(read)}` }];
  });
}

/** @param {Operation} read @param {Operation | undefined} write */
function problemOfValue(read, write) {
  if (write === undefined) return "nobody wrote this value";
  if (write.key !== read.key) return `this value was written to ${write.key}`;
  if (write.beginMs > read.endMs) return "this value was not written yet";
  return write.outcome === "refused" ? `its write was refused, ${write.said}` : "";
}

/** @param {Operation} read @param {KeyStory} story */
function staleIn(read, { writes, acknowledged }) {
  if (read.outcome !== "ok") return [];
  const before = acknowledged.filter(({ endMs }) => endMs < read.beginMs);
  const missed = before.at(-1);
  if (missed === undefined || missed.value === read.value) return [];
  const isNewer =
    read.value === null
      ? writes.some((write) => mayHaveDeleted(write, { after: missed, read }))
      : versionOf(read) > versionOf(missed);
  if (isNewer) return [];
  const message = `${describe(read)}; acknowledged was ${describe(missed)}`;
  return [{ key: read.key, r: read.r, message }];
}

/**
 * An absence has no version under load, so any deletion that may have come last excuses it.
 *
 * @param {Operation} write
 * @param {{after: Operation, read: Operation}} between
 */
function mayHaveDeleted({ value, outcome, beginMs }, { after, read }) {
  if (value !== null || outcome === "refused" || beginMs > read.endMs) return false;
  return outcome === "unknown" || beginMs >= after.endMs;
}

/** Versions are compared as text; what was not told is older than everything. */
function versionOf(/** @type {Operation} */ { version }) {
  return version ?? "";
}
