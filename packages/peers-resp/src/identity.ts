/**
 * Who is at the other end: what members must agree on, and the proof that one knows the secret.
 *
 * Each side proves itself with an HMAC over both sides' nonces and its own identity. The secret
 * never travels; a recorded proof fits no other connection; a proof cannot be sent back to its
 * maker, because the role is part of it. What follows on the connection is neither encrypted nor
 * signed: the network between the nodes must be private.
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { NodeId } from "@ringkv/core";

/** Counts up when the meaning of a message changes, so that such builds part at the handshake. */
export const PROTOCOL = "5";

/** What a node says of itself in a handshake. */
export interface Identity {
  readonly clusterId: string;
  /** See core/membership-hash. */
  readonly membershipHash: string;
  readonly node: NodeId;
  readonly incarnation: number;
}

/** This node, as both ends of the link need it. */
export interface Self extends Omit<Identity, "incarnation"> {
  readonly members: readonly NodeId[];
  readonly secret: string;
  /** Known only after the store has been claimed, hence asked for at each handshake. */
  readonly incarnation: () => number;
}

export interface Nonces {
  readonly caller: string;
  readonly callee: string;
}

/** Why an identity is not accepted; the words are the error codes on the wire. */
export type Mismatch = "CLUSTER" | "MEMBERS" | "NODE" | "SECRET";

export function identityOf(self: Self): Identity {
  const { clusterId, membershipHash, node } = self;
  return { clusterId, membershipHash, node, incarnation: self.incarnation() };
}

export function newNonce(): string {
  return randomBytes(32).toString("hex");
}

/** 64 hex digits. `prover` is whose identity it proves, `verifier` the node that it is for. */
export function proofOf(
  secret: string,
  role: "caller" | "callee",
  told: { nonces: Nonces; prover: Identity; verifier: NodeId | null },
): string {
  const { nonces, prover, verifier } = told;
  const { clusterId, membershipHash, node, incarnation } = prover;
  // JSON keeps the fields apart: no two different lists give the same text.
  const text = JSON.stringify([
    `ringkv peer ${PROTOCOL} ${role}`,
    nonces.caller,
    nonces.callee,
    [clusterId, membershipHash, node, incarnation],
    verifier,
  ]);
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** Compares in a time that does not depend on where the texts differ. Both are 64 hex digits. */
export function isSameProof(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, "latin1"), Buffer.from(b, "latin1"));
}

/** The first thing that keeps two nodes from being peers, or null; the proof is checked apart. */
export function mismatchOf(self: Self, other: Identity): Mismatch | null {
  if (other.clusterId !== self.clusterId) return "CLUSTER";
  if (other.membershipHash !== self.membershipHash) return "MEMBERS";
  if (other.node === self.node || !self.members.includes(other.node)) return "NODE";
  return null;
}
