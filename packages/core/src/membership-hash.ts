/**
 * A fingerprint of everything that members must agree on before they may share data: with another
 * list, another N or another hash the same key would have other owners.
 */

import { hash32 } from "./hash.js";
import { PARTITION_COUNT, TOKENS_PER_NODE } from "./limits.js";
import type { NodeId } from "./types.js";

/** 8 hex digits; the order of `members` does not matter. */
export function membershipHash(members: readonly NodeId[], replicaCount: number): string {
  const text = [...members].toSorted().join(",");
  const agreed = `${text}|${replicaCount}|${PARTITION_COUNT}|${TOKENS_PER_NODE}`;
  return hash32(agreed).toString(16).padStart(8, "0");
}
