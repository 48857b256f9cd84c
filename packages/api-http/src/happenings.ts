/**
 * What has happened between two looks at the cluster, in an operator's words: a member went down, a
 * leader was elected, records were handed off. What nobody need know is not told.
 */

import type { MemberState, NodeId } from "@ringkv/core";
import type { CounterName, Leadership, MemberReport, MemberView } from "@ringkv/engine";
import { grownBy } from "./rates.js";

export type Happening =
  | {
      readonly kind: "member";
      readonly node: NodeId;
      readonly from: MemberState;
      readonly to: MemberState;
    }
  | { readonly kind: "leader"; readonly node: NodeId; readonly term: number }
  | { readonly kind: RecordsKind; readonly node: NodeId; readonly records: number };

/** `standIn`: copies of writes that `node` coordinated and a stand-in took. */
export type RecordsKind = "standIn" | "handoff" | "repair" | "purge" | "damage";

/** What this node knew at one moment. */
export interface Known {
  readonly members: readonly MemberView[];
  readonly leadership: Leadership;
  readonly reports: readonly MemberReport[];
}

const COUNTERS: readonly (readonly [RecordsKind, readonly CounterName[]])[] = [
  ["handoff", ["recordsHandedOff"]],
  ["repair", ["recordsPulled", "recordsPushed"]],
  ["purge", ["recordsPurged"]],
  ["damage", ["recordsDamaged"]],
];

export function happeningsBetween(before: Known, now: Known): Happening[] {
  return [
    ...membersChanged(before, now),
    ...leaderElected(before, now),
    ...recordsMoved(before, now),
  ];
}

function membersChanged(before: Known, now: Known): Happening[] {
  return now.members.flatMap(({ node, state: to }) => {
    const from = before.members.find((member) => member.node === node)?.state ?? to;
    return from === to ? [] : [{ kind: "member" as const, node, from, to }];
  });
}

function leaderElected(before: Known, now: Known): Happening[] {
  const { leader: node, term } = now.leadership;
  const isNews = node !== before.leadership.leader || term !== before.leadership.term;
  return node !== null && isNews ? [{ kind: "leader", node, term }] : [];
}

function recordsMoved(before: Known, now: Known): Happening[] {
  return now.reports.flatMap(({ node, status }) => {
    const earlier = before.reports.find((report) => report.node === node)?.status ?? null;
    if (status === null || earlier === null) return [];
    const moved = COUNTERS.map(([kind, names]) => {
      const grown = names.map((name) => grownBy(earlier.counters[name], status.counters[name]));
      return { kind, node, records: grown.reduce((sum, count) => sum + count, 0) };
    });
    const records = grownBy(earlier.traffic.standIns, status.traffic.standIns);
    return [{ kind: "standIn" as const, node, records }, ...moved].filter((it) => it.records > 0);
  });
}
