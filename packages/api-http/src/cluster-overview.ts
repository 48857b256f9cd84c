/**
 * The whole cluster as one document: who is a member and how it is, what it holds, what it owes,
 * and who leads. What a member said of itself stands there as it said it; null where it said
 * nothing.
 */

import { type MemberState, type NodeId, ownersOf, type Ring } from "@ringkv/core";
import type { Leadership, MemberReport, MemberView, NodeStatus } from "@ringkv/engine";
import type { JobsByQueue } from "./job-counts.js";

export interface Overview {
  /** Who tells this. */
  readonly node: NodeId;
  readonly version: string;
  readonly atMs: number;
  readonly replicaCount: number;
  readonly leader: NodeId | null;
  readonly term: number;
  /** Whether `POST /admin/faults` is served here. */
  readonly drills: boolean;
  readonly queues: JobsByQueue;
  readonly members: readonly MemberOverview[];
}

export interface MemberOverview {
  readonly node: NodeId;
  /** As the node that tells this sees it. */
  readonly state: MemberState;
  readonly heardAgoMs: number | null;
  /** Where clients reach it; null: this node was not told. */
  readonly http: string | null;
  /** Of all partitions. */
  readonly share: Share;
  readonly status: Omit<NodeStatus, "traffic"> | null;
}

export interface Share {
  readonly primary: number;
  readonly owned: number;
}

export interface OverviewFacts {
  readonly ring: Ring;
  readonly replicaCount: number;
  readonly urls: ReadonlyMap<NodeId, string>;
}

/** The member list's index of each partition's primary: what a picture of the ring needs. */
export function primariesIn({ walks, members }: Ring): number[] {
  return walks.map(([primary]) => members.indexOf(primary as NodeId));
}

export function sharesIn({ walks, members }: Ring, replicaCount: number): Map<NodeId, Share> {
  const shareOf = (node: NodeId): Share => ({
    primary: walks.filter(([primary]) => primary === node).length,
    owned: walks.filter((walk) => ownersOf(walk, replicaCount).includes(node)).length,
  });
  return new Map(members.map((node) => [node, shareOf(node)]));
}

export interface OverviewParts {
  readonly self: NodeId;
  readonly version: string;
  readonly atMs: number;
  readonly drills: boolean;
  readonly leadership: Leadership;
  readonly members: readonly MemberView[];
  readonly reports: readonly MemberReport[];
  readonly queues: Overview["queues"];
  readonly shares: ReadonlyMap<NodeId, Share>;
  readonly facts: OverviewFacts;
}

export function overviewOf(parts: OverviewParts): Overview {
  const { self, version, atMs, drills, leadership, queues, shares, facts } = parts;
  const reported = new Map(parts.reports.map(({ node, status }) => [node, status]));
  return {
    node: self,
    version,
    atMs,
    replicaCount: facts.replicaCount,
    leader: leadership.leader,
    term: leadership.term,
    drills,
    queues,
    members: parts.members.map(({ node, state, heardAgoMs }) => ({
      node,
      state,
      heardAgoMs,
      http: facts.urls.get(node) ?? null,
      share: shares.get(node) ?? { primary: 0, owned: 0 },
      status: withoutTraffic(reported.get(node) ?? null),
    })),
  };
}

/** Counts since its start tell nobody anything; rates are told beside this. */
function withoutTraffic(status: NodeStatus | null): MemberOverview["status"] {
  if (status === null) return null;
  const { traffic: _traffic, ...rest } = status;
  return rest;
}
