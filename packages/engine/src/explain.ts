/** What each node answered to one request: the material of `?explain=1`. */

import type { NodeId, Version } from "@ringkv/core";

export interface Answered {
  readonly node: NodeId;
  /** `stored`, `repeated`, `stale`, `found`, `absent`, `damaged`, or why there was no answer. */
  readonly answer: string;
  /** The version that the node holds, where it said so. */
  readonly version: Version | null;
  /** From the request's start to the node's answer, in milliseconds. */
  readonly afterMs: number;
}
