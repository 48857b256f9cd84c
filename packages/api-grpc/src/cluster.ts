/** The calls of `Cluster`: what the nodes know of themselves and of one another. */

import type { MemberState, NodeId } from "@ringkv/core";
import type { Location, NodeStatus, RecoveryProgress } from "@ringkv/engine";
import { type CallDeps, probe, unary } from "./call.js";
import type { ClusterView, Locates } from "./engine-needs.js";
import { keyOf } from "./fields.js";
import type { ClusterHandlers } from "./generated/ringkv/v1/Cluster.js";
import type { LocateRequest__Output } from "./generated/ringkv/v1/LocateRequest.js";
import type { LocateResponse } from "./generated/ringkv/v1/LocateResponse.js";
import type { MemberState as MemberStateOnWire } from "./generated/ringkv/v1/MemberState.js";
import type { Recovery } from "./generated/ringkv/v1/Recovery.js";
import type { StatusResponse } from "./generated/ringkv/v1/StatusResponse.js";
import type { WatchResponse } from "./generated/ringkv/v1/WatchResponse.js";
import { memberFeed } from "./member-feed.js";
import { setIf } from "./optional-field.js";
import { stream } from "./stream-call.js";

export interface ClusterDeps extends CallDeps {
  readonly node: ClusterView & Locates;
  readonly members: readonly NodeId[];
}

const STATES = {
  up: "MEMBER_STATE_UP",
  suspect: "MEMBER_STATE_SUSPECT",
  down: "MEMBER_STATE_DOWN",
  recovering: "MEMBER_STATE_RECOVERING",
} as const satisfies Record<MemberState, MemberStateOnWire>;

export function cluster(deps: ClusterDeps): ClusterHandlers {
  const { node } = deps;
  // Those who watch have a limit of their own: they would take the place of requests for good.
  const watches = { ...deps, load: null };
  return {
    Status: probe(deps, async () => statusOf(await node.status(), node)),
    Locate: unary(deps, {
      answer: async (request: LocateRequest__Output, { metadata }) => {
        const key = keyOf(request.key);
        deps.gate.demandKey(metadata, key);
        return locationOf(await node.locate(key));
      },
    }),
    Watch: stream(watches, (_request, { signal }) => watch(deps, signal)),
  };
}

async function* watch(deps: ClusterDeps, signal: AbortSignal): AsyncGenerator<WatchResponse> {
  for await (const { node, state } of memberFeed(deps, signal)) {
    yield { node, state: STATES[state] };
  }
}

function statusOf(status: NodeStatus, node: Pick<ClusterView, "leadership">): StatusResponse {
  const { leader, term } = node.leadership();
  const { partitions } = status;
  return {
    node: status.node,
    state: STATES[status.state],
    incarnation: status.incarnation,
    members: status.members.map((member) => ({
      node: member.node,
      state: STATES[member.state],
      ...setIf("heardAgoMs", member.heardAgoMs),
      ...setIf("incarnation", member.incarnation),
    })),
    leader: leader ?? "",
    term,
    storeAnswers: status.storeAnswers,
    records: status.records,
    foreignRecords: status.foreignRecords,
    ownedPartitions: partitions.owned,
    foreignPartitions: partitions.foreign,
    differingPartitions: partitions.differing,
    recovery: recoveryOf(status.recovery),
  };
}

function recoveryOf(progress: RecoveryProgress): Recovery {
  const { isOver, partitionsLeft, recordsLeft, recordsCopied, bytesCopied } = progress;
  return { isOver, partitionsLeft, recordsLeft, recordsCopied, bytesCopied };
}

function locationOf({ key, partition, walk, owners, holders }: Location): LocateResponse {
  return {
    key,
    partition,
    walk: [...walk],
    owners: [...owners],
    holders: holders.map(({ node, state, version, answered }) => {
      return { node, state: STATES[state], answered, ...setIf("version", version) };
    }),
  };
}
