/**
 * The answer to "is everything all right?" in one sentence, and in a second one what is happening
 * and how long it will take. The worst of what is true is said first, and only that.
 */

import { areOpen, type Debts, debtsOf, secondsLeft } from "./debts.js";
import type { Member, Overview } from "./wire.js";
import { areOrIs, counted, duration, listed, whole } from "./words.js";

/** `ok`: nothing to do; `busy`: it mends itself; `warn`: look again; `bad`: one is missing. */
export type Level = "ok" | "busy" | "warn" | "bad";

export interface Verdict {
  readonly level: Level;
  readonly sentence: string;
  readonly detail: string;
}

/** @param looks the debts of the last seconds, this one last */
export function verdictOf(overview: Overview, looks: readonly Debts[]): Verdict {
  return (
    nobodyElse(overview) ??
    someDown(overview) ??
    someWithoutStore(overview) ??
    someSilent(overview) ??
    someQuiet(overview) ??
    someRecovering(overview) ??
    someDebts(overview, looks) ??
    leaderless(overview) ??
    allWell(overview)
  );
}

function nobodyElse({ node, members, replicaCount }: Overview): Verdict | null {
  const gone = namesOf(members, "down");
  if (replicaCount < 2 || members.length - gone.length >= replicaCount) return null;
  return {
    level: "bad",
    sentence: `${listed(gone)} ${areOrIs(gone)} down.`,
    detail:
      `Writes that need ${replicaCount} nodes are refused, so that nothing is promised that one ` +
      `lost disk could take. What ${node} holds can be read.`,
  };
}

function someDown({ members }: Overview): Verdict | null {
  const down = namesOf(members, "down");
  if (down.length === 0) return null;
  const kept = sum(members.map(({ status }) => status?.foreignRecords ?? 0));
  const them = down.length === 1 ? "it" : "them";
  const held =
    kept === 0 ? "" : ` ${counted(kept, "record")} ${kept === 1 ? "is" : "are"} kept for ${them}.`;
  return {
    level: "bad",
    sentence: `${listed(down)} ${areOrIs(down)} down.`,
    detail: `The others stand in: reads and writes go on, and nothing acknowledged is lost.${held}`,
  };
}

function someWithoutStore({ members }: Overview): Verdict | null {
  const without = members.filter(({ status }) => status?.storeAnswers === false);
  if (without.length === 0) return null;
  const names = without.map(({ node }) => node);
  return {
    level: "bad",
    sentence: `The Redis of ${listed(names)} does not answer.`,
    detail: "The other nodes stand in for it. When it is back, its node catches up by itself.",
  };
}

/** Suspect, and it does not answer when it is asked either: that is seldom a hiccup. */
function someSilent({ members }: Overview): Verdict | null {
  const silent = members.filter(isSilent).map(({ node }) => node);
  if (silent.length === 0) return null;
  return {
    level: "bad",
    sentence: `${listed(silent)} ${silent.length === 1 ? "does" : "do"} not answer.`,
    detail: "The others stand in already; after a few more seconds of silence it counts as down.",
  };
}

export function isSilent({ state, status }: Member): boolean {
  return state === "suspect" && status === null;
}

function someQuiet({ members }: Overview): Verdict | null {
  const suspects = namesOf(members, "suspect");
  if (suspects.length === 0) return null;
  return {
    level: "warn",
    sentence: `${listed(suspects)} ${suspects.length === 1 ? "has" : "have"} gone quiet.`,
    detail: "After a few more seconds of silence the others take its place for good.",
  };
}

function someRecovering({ members }: Overview): Verdict | null {
  const recovering = members.filter(({ state }) => state === "recovering");
  if (recovering.length === 0) return null;
  const names = recovering.map(({ node }) => node);
  const left = sum(recovering.map(({ status }) => status?.recovery.partitionsLeft ?? 0));
  const seconds = recovering.map(({ status }) => status?.recovery.secondsLeft ?? null);
  const known = seconds.filter((it) => it !== null);
  const time = known.length === 0 ? "a moment" : duration(Math.max(...known));
  return {
    level: "busy",
    sentence: `${listed(names)} ${areOrIs(names)} catching up.`,
    detail: `${counted(left, "partition")} left to compare, ${time}. The others serve its reads.`,
  };
}

function someDebts(overview: Overview, looks: readonly Debts[]): Verdict | null {
  const debts = debtsOf(overview);
  if (!areOpen(debts)) return null;
  const { foreignRecords, differing } = debts;
  const parts = [
    foreignRecords === 0 ? "" : `${counted(foreignRecords, "record")} to hand off`,
    differing === 0 ? "" : `${counted(differing, "partition")} to compare`,
  ].filter((part) => part !== "");
  const seconds = secondsLeft(looks);
  const time = seconds === null ? "under way" : duration(seconds);
  return {
    level: "busy",
    sentence: "Everybody is back; the last records are on their way.",
    detail: `${parts.join(", ")}: ${time}. Every acknowledged write has its copies.`,
  };
}

function leaderless({ leader, members }: Overview): Verdict | null {
  if (leader !== null) return null;
  return {
    level: "busy",
    sentence: `${members.length === 1 ? "The node is" : `All ${members.length} nodes are`} up.`,
    detail: "A leader is being elected. Reads and writes need none.",
  };
}

function allWell({ members, leader }: Overview): Verdict {
  const records = sum(members.map(({ status }) => status?.records ?? 0));
  return {
    level: "ok",
    sentence: "All is well.",
    detail:
      `${counted(members.length, "node")} up, ${leader} leads, ` +
      `${whole(records)} copies of records, each where it belongs.`,
  };
}

function namesOf(members: readonly Member[], state: Member["state"]): string[] {
  return members.filter((member) => member.state === state).map(({ node }) => node);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
