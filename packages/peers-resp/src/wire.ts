/**
 * The words of the peer link: commands, their text arguments, and the codes of refusals.
 *
 * | command                                                       | answer                     |
 * |---------------------------------------------------------------|----------------------------|
 * | RKV.CHALLENGE protocol caller-nonce                           | nonce, identity, proof     |
 * | RKV.HELLO sent-ms cluster-id membership-hash node incarnation | OK                         |
 * |   proof                                                       |                            |
 * | RKV.APPLY sent-ms budget-ms records                           | outcomes                   |
 * | RKV.TRANSFER sent-ms budget-ms records                        | outcomes                   |
 * | RKV.READ sent-ms budget-ms keys                               | found                      |
 * | RKV.COPIES sent-ms budget-ms keys                             | found                      |
 * | RKV.LIST sent-ms budget-ms limit prefix after                 | keys                       |
 * | RKV.PAGE sent-ms budget-ms partition cursor                   | page                       |
 * | RKV.DIGESTS sent-ms budget-ms                                 | digests                    |
 * | RKV.VERSIONS sent-ms budget-ms partition cursor               | versions                   |
 * | RKV.CONTENTS sent-ms budget-ms partition cursor               | contents                   |
 * | RKV.SCRUB sent-ms budget-ms partition                         | an empty bulk string       |
 * | RKV.BEAT sent-ms budget-ms node incarnation state clock-ms    | the peer's own eight, from |
 * |   stamped-ms term leader owes                                 | node on                    |
 * | RKV.VOTE sent-ms budget-ms term candidate kind                | term, granted              |
 * | RKV.PURGE sent-ms budget-ms held-versions                     | forgotten                  |
 * | RKV.PURGE-ROUND sent-ms budget-ms                             | an empty bulk string       |
 * | RKV.NOTICES sent-ms budget-ms notices                         | settled                    |
 * | RKV.ALERT sent-ms budget-ms alert                             | an empty bulk string       |
 * | RKV.INQUIRE sent-ms budget-ms inquiry                         | answer, both in JSON       |
 *
 * `leader` is the node itself when it leads, else `-`; `kind` is `pre` or `vote`; `granted` is `1`
 * or `0`. `owes` is in owes.ts.
 *
 * Records, keys, outcomes and found are one bulk string each: see payload.ts; so are digests,
 * versions and pages: see inventory.ts, also for the cursor; contents: see contents.ts; keys: see
 * key-listing.ts; what is purged: see purging.ts; notices and alerts: see noticing.ts. Everything
 * that comes from the wire is checked here or there; the only thing thrown is `Malformed`.
 */

import type { MemberState, NodeId, VoteAnswer, VoteRequest } from "@ringkv/core";
import type { Heartbeat, PeerFailureReason } from "@ringkv/engine";
import type { Identity, Mismatch } from "./identity.js";
import { BUDGET_MS_MAX } from "./limits.js";
import { Malformed } from "./malformed.js";
import { decodeOwes, encodeOwes } from "./owes.js";

export { Malformed };

export type Command =
  | "RKV.CHALLENGE"
  | "RKV.HELLO"
  | "RKV.APPLY"
  | "RKV.TRANSFER"
  | "RKV.READ"
  | "RKV.COPIES"
  | "RKV.LIST"
  | "RKV.PAGE"
  | "RKV.DIGESTS"
  | "RKV.VERSIONS"
  | "RKV.CONTENTS"
  | "RKV.SCRUB"
  | "RKV.BEAT"
  | "RKV.VOTE"
  | "RKV.PURGE"
  | "RKV.PURGE-ROUND"
  | "RKV.NOTICES"
  | "RKV.ALERT"
  | "RKV.INQUIRE";

/** Refusals of a handshake; the connection is closed after them. */
export type HandshakeCode = Mismatch | "PROTOCOL" | "SLOW" | "NOPROOF" | "CERTIFICATE";

/** Refusals of one call; the connection goes on. */
export type CallCode =
  | "LATE" // It came after its budget was used up, and nothing was done.
  | "TIMEDOUT" // Its budget ran out while it was being worked on.
  | "UNAVAILABLE"
  | "FULL"
  | "RECOVERING" // It serves no reads yet.
  | "REJECTED"
  | "MALFORMED"
  | "INTERNAL"; // A bug over there; its log has the details.

export type ErrorCode = HandshakeCode | CallCode;

const MESSAGES: Record<ErrorCode, string> = {
  CLUSTER: "another cluster",
  MEMBERS: "another member list",
  NODE: "not a member that may call here",
  SECRET: "wrong cluster secret",
  PROTOCOL: "another protocol version",
  SLOW: "the handshake took too long",
  NOPROOF: "prove who you are first",
  CERTIFICATE: "the certificate is not in that name",
  LATE: "came too late",
  TIMEDOUT: "not done within the budget",
  UNAVAILABLE: "the store is away",
  FULL: "the store has no room",
  RECOVERING: "not recovered yet",
  REJECTED: "version beyond this node's clock",
  MALFORMED: "malformed",
  INTERNAL: "internal error",
};

/** As a RESP error. Internal detail is logged where it happened, never sent. */
export function errorReply(code: ErrorCode): string {
  return `-${code} ${MESSAGES[code]}\r\n`;
}

/** An array of bulk strings. `parts` are ASCII. */
export function arrayReply(parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join("")}`;
}

/** The code that a RESP error begins with; null: none of ours. */
export function codeOf(message: string): ErrorCode | null {
  const code = message.split(" ", 1)[0] as string;
  return Object.hasOwn(MESSAGES, code) ? (code as ErrorCode) : null;
}

/** What a refusal means to the caller. `sent: false` where it proves that nothing was done. */
export const FAILURES = {
  LATE: { reason: "rejected", sent: false },
  TIMEDOUT: { reason: "timed-out", sent: true },
  UNAVAILABLE: { reason: "unavailable", sent: true },
  FULL: { reason: "full", sent: true },
  RECOVERING: { reason: "recovering", sent: false },
  REJECTED: { reason: "rejected", sent: false },
  MALFORMED: { reason: "rejected", sent: false },
  INTERNAL: { reason: "rejected", sent: true },
} as const satisfies Record<CallCode, { reason: PeerFailureReason; sent: boolean }>;

/** When a message left, by the sender's monotonic clock, and how long it may be under way. */
export interface Stamp {
  readonly sentAtMs: number;
  readonly budgetMs: number;
}

export function encodeStamp({ sentAtMs, budgetMs }: Stamp): [string, string] {
  const budget = Math.min(Math.ceil(budgetMs), BUDGET_MS_MAX);
  return [String(Math.floor(sentAtMs)), String(budget)];
}

export function decodeStamp(sentAt: Buffer | undefined, budget: Buffer | undefined): Stamp {
  const stamp = { sentAtMs: wholeOf(sentAt), budgetMs: wholeOf(budget) };
  if (stamp.budgetMs < 1 || stamp.budgetMs > BUDGET_MS_MAX) throw new Malformed("budget");
  return stamp;
}

export function encodeIdentity(identity: Identity): string[] {
  const { clusterId, membershipHash, node, incarnation } = identity;
  return [clusterId, membershipHash, node, String(incarnation)];
}

export interface Hello {
  readonly sentAtMs: number;
  readonly identity: Identity;
  readonly proof: string;
}

export function encodeHello({ sentAtMs, identity, proof }: Hello): string[] {
  return [String(Math.floor(sentAtMs)), ...encodeIdentity(identity), proof];
}

export function decodeHello(args: readonly Buffer[]): Hello {
  expectCount(args, 6);
  return {
    sentAtMs: wholeOf(args[0]),
    identity: decodeIdentity(args.slice(1, 5)),
    proof: digestOf(args[5]),
  };
}

/** `args` are exactly the four that `encodeIdentity` makes. */
export function decodeIdentity(args: readonly Buffer[]): Identity {
  expectCount(args, 4);
  return {
    clusterId: textOf(args[0]),
    membershipHash: textOf(args[1]),
    node: textOf(args[2]) as NodeId,
    incarnation: wholeOf(args[3]),
  };
}

/** A nonce or a proof: 64 hex digits. */
export function digestOf(bytes: Buffer | undefined): string {
  const text = textOf(bytes);
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Malformed("digest");
  return text;
}

/** No node's name begins with it. */
const NOBODY = "-";

/** The parts of a beat. */
export const BEAT_PARTS = 8;

const STATES: readonly string[] = ["up", "suspect", "down", "recovering"] satisfies MemberState[];

export function encodeBeat(beat: Heartbeat): string[] {
  const { node, incarnation, state, clockMs, stampedMs, term, leader, owes } = beat;
  const clocks = [String(Math.floor(clockMs)), String(stampedMs)];
  const claim = [String(term), leader ?? NOBODY];
  return [node, String(incarnation), state, ...clocks, ...claim, encodeOwes(owes)];
}

/** @param from the node that the connection belongs to: a beat speaks for nobody else. */
export function decodeBeat(args: readonly Buffer[], from: NodeId): Heartbeat {
  expectCount(args, BEAT_PARTS);
  const state = textOf(args[2]);
  const leader = textOf(args[6]);
  if (textOf(args[0]) !== from) throw new Malformed("beat of another node");
  if (!STATES.includes(state)) throw new Malformed("state");
  if (leader !== NOBODY && leader !== from) throw new Malformed("claim of another node");
  return {
    node: from,
    incarnation: wholeOf(args[1]),
    state: state as MemberState,
    clockMs: wholeOf(args[3]),
    stampedMs: wholeOf(args[4]),
    term: wholeOf(args[5]),
    leader: leader === NOBODY ? null : from,
    owes: decodeOwes(args[7]),
  };
}

const KINDS: readonly string[] = ["pre", "vote"];

export function encodeVoteRequest({ term, candidate, isPreVote }: VoteRequest): string[] {
  return [String(term), candidate, isPreVote ? "pre" : "vote"];
}

/** @param from the node that the connection belongs to: nobody asks for votes for another. */
export function decodeVoteRequest(args: readonly Buffer[], from: NodeId): VoteRequest {
  expectCount(args, 3);
  const kind = textOf(args[2]);
  if (textOf(args[1]) !== from) throw new Malformed("candidate");
  if (!KINDS.includes(kind)) throw new Malformed("kind of vote");
  return { term: wholeOf(args[0]), candidate: from, isPreVote: kind === "pre" };
}

export function encodeVoteAnswer({ term, granted }: VoteAnswer): string[] {
  return [String(term), granted ? "1" : "0"];
}

export function decodeVoteAnswer(args: readonly Buffer[]): VoteAnswer {
  expectCount(args, 2);
  const granted = textOf(args[1]);
  if (granted !== "1" && granted !== "0") throw new Malformed("granted");
  return { term: wholeOf(args[0]), granted: granted === "1" };
}

export function expectCount(args: readonly unknown[], count: number): void {
  if (args.length !== count) throw new Malformed(`${args.length} arguments instead of ${count}`);
}

/** The elements of an answer that is an array of bulk strings. */
export function bulksOf(reply: unknown, count: number): Buffer[] {
  if (!Array.isArray(reply) || !reply.every((part) => Buffer.isBuffer(part))) {
    throw new Malformed("answer");
  }
  expectCount(reply, count);
  return reply;
}

const TEXT_BYTES_MAX = 256;

/** Printable ASCII: what names, numbers and digests are made of. */
export function textOf(bytes: Buffer | undefined): string {
  if (bytes === undefined || bytes.length > TEXT_BYTES_MAX) throw new Malformed("text");
  const text = bytes.toString("latin1");
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Malformed("text");
  return text;
}

/** 48 bits: what a version's clock or a term can say, and more than any uptime. */
const WHOLE_MAX = 0xffff_ffff_ffff;

/** An integer from 0 to `WHOLE_MAX`. */
export function wholeOf(bytes: Buffer | undefined): number {
  const text = textOf(bytes);
  const whole = Number(text);
  if (!/^[0-9]{1,15}$/.test(text) || whole > WHOLE_MAX) throw new Malformed("number");
  return whole;
}
