/**
 * A node's door for its peers. It says no on behalf of a store that is not known to be this node's
 * own, and remembers when the store did not answer; what is done is the replica's business.
 */

import type { PeerService } from "./ports/peers.js";
import type { Replica } from "./replica.js";

export interface PeerServiceDeps
  extends Pick<
    PeerService,
    "heartbeat" | "requestVote" | "scrub" | "purge" | "startPurge" | "inquire"
  > {
  readonly replica: Replica;
  /** Throws `StoreUnavailable` while the store may not be used. */
  readonly admit: () => void;
  /** Hears why a call was not done. */
  readonly onFailure: (thrown: unknown) => void;
}

export function peerServiceOf(deps: PeerServiceDeps): PeerService {
  const { replica, admit, onFailure, heartbeat, requestVote, scrub, purge, startPurge } = deps;
  const done = async <T>(work: () => Promise<T>): Promise<T> => {
    admit(); // What it throws is no failure of the store.
    try {
      return await work();
    } catch (thrown) {
      onFailure(thrown);
      throw thrown;
    }
  };
  return {
    apply: (records) => done(() => replica.apply(records)),
    transfer: (records) => done(() => replica.transfer(records)),
    read: (keys) => done(() => replica.read(keys)),
    copies: (keys) => done(() => replica.copies(keys)),
    list: (ask) => done(() => replica.list(ask)),
    page: (ask) => done(() => replica.page(ask)),
    digests: () => done(() => replica.digests()),
    versions: (ask) => done(() => replica.versions(ask)),
    contents: (ask) => done(() => replica.contents(ask)),
    scrub,
    heartbeat,
    requestVote,
    purge: (records) => done(() => purge(records)),
    startPurge,
    inquire: deps.inquire,
  };
}
