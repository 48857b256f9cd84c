/**
 * Decides when a read may be answered, and with what. Pure.
 *
 * Only an owner's "nothing here" is an answer. A stand-in never had most of its partition's keys,
 * so its silence about one of them says nothing; what it does hold counts like any other copy.
 */

import type { NodeId, PackedRecord } from "./types.js";

export interface ReadReply {
  readonly node: NodeId;
  readonly isOwner: boolean;
  /** The copy held, a tombstone included; null: none; "failed": no answer. */
  readonly copy: PackedRecord | null | "failed";
}

export interface ReadQuorum {
  readonly needed: number;
  /** The nodes whose reply counts, with what they hold. */
  readonly answers: readonly (ReadReply & { readonly copy: PackedRecord | null })[];
  /** The nodes that did not answer, or whose answer says nothing. */
  readonly failed: readonly NodeId[];
}

export type ReadVerdict = "pending" | "reached" | "unreachable";

export function openReadQuorum(needed: number): ReadQuorum {
  return { needed, answers: [], failed: [] };
}

/** Counts a reply; a second one from the same node changes nothing. */
export function countReadReply(quorum: ReadQuorum, reply: ReadReply): ReadQuorum {
  const { node, isOwner, copy } = reply;
  const known = quorum.failed.includes(node) || quorum.answers.some((it) => it.node === node);
  if (known) return quorum;
  if (copy === "failed" || (copy === null && !isOwner)) {
    return { ...quorum, failed: [...quorum.failed, node] };
  }
  return { ...quorum, answers: [...quorum.answers, { node, isOwner, copy }] };
}

/** `candidates` is how many nodes have not answered yet, those not asked so far included. */
export function readVerdict(quorum: ReadQuorum, candidates: number): ReadVerdict {
  if (quorum.answers.length >= quorum.needed) return "reached";
  return quorum.answers.length + candidates < quorum.needed ? "unreachable" : "pending";
}

/** The newest copy among the answers; null when none of them has one. */
export function newestCopy({ answers }: ReadQuorum): PackedRecord | null {
  let newest: PackedRecord | null = null;
  for (const { copy } of answers) {
    if (copy !== null && (newest === null || copy.version > newest.version)) newest = copy;
  }
  return newest;
}

/** The owners whose answer is older than `newest`: they want repair. */
export function staleOwners({ answers }: ReadQuorum, newest: PackedRecord): NodeId[] {
  return answers
    .filter(({ isOwner, copy }) => isOwner && (copy === null || copy.version < newest.version))
    .map(({ node }) => node);
}
