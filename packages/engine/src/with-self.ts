/** This node is a peer of itself: the write and read paths need not know whom they ask. */

import { type NodeId, Recovering, StoreFull, StoreUnavailable } from "@ringkv/core";
import {
  PeerFailure,
  type PeerFailureReason,
  type Peers,
  VersionBeyondClock,
} from "./ports/peers.js";
import type { Replica } from "./replica.js";

export type DataPeers = Pick<Peers, "apply" | "transfer" | "read" | "copies" | "list">;

/** What one needs of members to copy what they hold. */
export type HolderPeers = Pick<Peers, "read" | "copies" | "page" | "digests" | "versions">;

/** `peers`, with calls to `self` answered by `replica`. The store's own time-out is the budget. */
export function withSelf(self: NodeId, replica: Replica, peers: Peers): DataPeers {
  const here = <T>(call: Promise<T>) => asPeer(self, call);
  return {
    apply: (node, records, budgetMs) =>
      node === self ? here(replica.apply(records)) : peers.apply(node, records, budgetMs),
    transfer: (node, records, budgetMs) =>
      node === self ? here(replica.transfer(records)) : peers.transfer(node, records, budgetMs),
    read: (node, keys, budgetMs) =>
      node === self ? here(replica.read(keys)) : peers.read(node, keys, budgetMs),
    copies: (node, keys, budgetMs) =>
      node === self ? here(replica.copies(keys)) : peers.copies(node, keys, budgetMs),
    list: (node, ask, budgetMs) =>
      node === self ? here(replica.list(ask)) : peers.list(node, ask, budgetMs),
  };
}

/** Like `withSelf`, for those who copy. */
export function holdersWithSelf(self: NodeId, replica: Replica, peers: Peers): HolderPeers {
  const here = <T>(call: Promise<T>) => asPeer(self, call);
  const { read, copies } = withSelf(self, replica, peers);
  return {
    read,
    copies,
    page: (node, ask, budgetMs) =>
      node === self ? here(replica.page(ask)) : peers.page(node, ask, budgetMs),
    digests: (node, budgetMs) =>
      node === self ? here(replica.digests()) : peers.digests(node, budgetMs),
    versions: (node, ask, budgetMs) =>
      node === self ? here(replica.versions(ask)) : peers.versions(node, ask, budgetMs),
  };
}

function asPeer<T>(self: NodeId, call: Promise<T>): Promise<T> {
  return call.catch((cause: unknown) => {
    throw new PeerFailure({ node: self, reason: reasonFor(cause), sent: true }, { cause });
  });
}

/** How a service's failure is told to its caller. Anything unknown is a bug, and goes on as one. */
export function reasonFor(thrown: unknown): PeerFailureReason {
  if (thrown instanceof StoreUnavailable) return "unavailable";
  if (thrown instanceof StoreFull) return "full";
  if (thrown instanceof Recovering) return "recovering";
  if (thrown instanceof VersionBeyondClock) return "rejected";
  throw thrown;
}
