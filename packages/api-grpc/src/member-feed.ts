/**
 * The states of the members, as one client is told them: all of them first, then each change.
 *
 * A client that reads slowly misses states that have passed, never the latest: what waits for it is
 * at most one state of each member.
 */

import type { MemberState, NodeId } from "@ringkv/core";
import type { ClusterView } from "./engine-needs.js";

export interface MemberStateNow {
  readonly node: NodeId;
  readonly state: MemberState;
}

export interface MemberFeedDeps {
  readonly node: Pick<ClusterView, "stateOf" | "watchMembers">;
  readonly members: readonly NodeId[];
}

/** Ends when `signal` aborts. */
export async function* memberFeed(
  { node, members }: MemberFeedDeps,
  signal: AbortSignal,
): AsyncGenerator<MemberStateNow> {
  const news = new Map<NodeId, MemberState>();
  let wake = () => {};
  const unsubscribe = node.watchMembers((member, _from, to) => {
    news.delete(member); // So that what happened last is told last.
    news.set(member, to);
    wake();
  });
  signal.addEventListener("abort", () => wake());
  for (const member of members) news.set(member, node.stateOf(member));
  try {
    while (!signal.aborted) {
      for (const [member, state] of news) {
        news.delete(member);
        yield { node: member, state };
      }
      if (news.size > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    unsubscribe();
  }
}
