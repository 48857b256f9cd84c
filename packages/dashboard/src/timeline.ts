/**
 * The event timeline: what happened, newest first, in words. Records that trickle are one line, for
 * as long as they do.
 */

import type { Happening, RecordsKind } from "./wire.js";
import { counted } from "./words.js";

export interface Line {
  readonly atMs: number;
  readonly tone: "good" | "bad" | "calm";
  readonly text: string;
}

/** Records of one kind and node that come within this time of one another belong together. */
const TOGETHER_MS = 10_000;
const KEPT = 300;

/** Adds news to what is known; what was known already, from another node, is not said twice. */
export function addHappenings(
  known: readonly Happening[],
  news: readonly Happening[],
): readonly Happening[] {
  let all = [...known];
  for (const happening of news) {
    const twin = all.findLastIndex((it) => isSame(it, happening));
    if (twin !== -1) continue;
    const place = all.findLastIndex((it) => continues(it, happening));
    const before = all[place];
    if (before !== undefined && "records" in before && "records" in happening) {
      const merged = { ...happening, records: before.records + happening.records };
      all = [...all.slice(0, place), ...all.slice(place + 1), merged];
    } else all.push(happening);
  }
  return all.toSorted((one, other) => one.atMs - other.atMs).slice(-KEPT);
}

export function linesOf(happenings: readonly Happening[]): Line[] {
  return happenings.map(lineOf).toReversed();
}

function continues(earlier: Happening, later: Happening): boolean {
  return (
    "records" in earlier &&
    earlier.kind === later.kind &&
    earlier.node === later.node &&
    later.atMs - earlier.atMs <= TOGETHER_MS
  );
}

/** The same change, seen by two nodes within a moment. */
function isSame(one: Happening, other: Happening): boolean {
  if (one.kind === "leader" && other.kind === "leader") return one.term === other.term;
  if (one.kind !== "member" || other.kind !== "member") return false;
  const isNear = Math.abs(one.atMs - other.atMs) < TOGETHER_MS;
  return isNear && one.node === other.node && one.to === other.to;
}

const RECORDS: Readonly<Record<RecordsKind, (count: number, node: string) => string>> = {
  standIn: (count, node) => `stand-ins took ${counted(count, "write")} through ${node}`,
  handoff: (count, node) => `${node} handed off ${counted(count, "record")}`,
  repair: (count, node) => `${node} repaired ${counted(count, "record")}`,
  purge: (count, node) => `${node} forgot ${counted(count, "deletion mark")}`,
  damage: (count, node) => `${node} replaced ${counted(count, "damaged record")}`,
};

const STATES = {
  up: { tone: "good", text: "is up" },
  down: { tone: "bad", text: "is down" },
  suspect: { tone: "calm", text: "has gone quiet" },
  recovering: { tone: "calm", text: "is catching up" },
} as const;

function lineOf(happening: Happening): Line {
  const { atMs, node } = happening;
  if (happening.kind === "leader") {
    return { atMs, tone: "calm", text: `${node} leads, term ${happening.term}` };
  }
  if (happening.kind === "member") {
    const { tone, text } = STATES[happening.to];
    return { atMs, tone, text: `${node} ${text}` };
  }
  const tone = happening.kind === "damage" ? "bad" : "calm";
  return { atMs, tone, text: RECORDS[happening.kind](happening.records, node) };
}
