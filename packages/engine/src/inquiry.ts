/**
 * What an operator asks one member through another: how it is, or to take part in a drill. The
 * types, and what of an answer from another node may be believed.
 */

import type { NodeId } from "@ringkv/core";
import type { NodeStatus } from "./node-status.js";

/**
 * A failure on purpose, for as long as `seconds`.
 * - `isolate`: no message to any member, nor from any; clients are served.
 * - `cut`: the same with one member, `peer`.
 * - `delay`: messages to and from `peer` (null: all members) come `delayMs` later.
 * - `freeze`: the process stands still.
 * - `wipe`: the store loses all that it holds, at once and for good.
 * - `heal`: whatever of these can be ended, ends.
 */
export interface Fault {
  readonly kind: FaultKind;
  readonly peer: NodeId | null;
  readonly delayMs: number;
  readonly seconds: number;
}

export const FAULT_KINDS = ["isolate", "cut", "delay", "freeze", "wipe", "heal"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A drill longer than this is an outage. Every fault but `wipe` ends by itself. */
export const FAULT_SECONDS_MAX = 120;
export const FAULT_DELAY_MS_MAX = 5_000;

export type Inquiry =
  | { readonly kind: "status" }
  | { readonly kind: "fault"; readonly fault: Fault };

/** What a member answers. `isDone` false: it takes no part in drills. */
export type InquiryAnswer = NodeStatus | { readonly isDone: boolean };

/** What this node does when it takes part in a drill; absent where drills are not enabled. */
export type Drill = (fault: Fault) => Promise<void>;

export interface MemberReport {
  readonly node: NodeId;
  /** Null: the member did not answer. */
  readonly status: NodeStatus | null;
}

export function isInquiry(thing: unknown): thing is Inquiry {
  if (!isObject(thing)) return false;
  if (thing["kind"] === "status") return true;
  return thing["kind"] === "fault" && isFault(thing["fault"]);
}

function isFault(thing: unknown): thing is Fault {
  if (!isObject(thing)) return false;
  const { kind, peer, delayMs, seconds } = thing;
  return (
    FAULT_KINDS.some((known) => known === kind) &&
    (peer === null || typeof peer === "string") &&
    isWithin(delayMs, FAULT_DELAY_MS_MAX) &&
    isWithin(seconds, FAULT_SECONDS_MAX)
  );
}

function isWithin(thing: unknown, max: number): boolean {
  return typeof thing === "number" && thing >= 0 && thing <= max;
}

function isObject(thing: unknown): thing is Readonly<Record<string, unknown>> {
  return typeof thing === "object" && thing !== null && !Array.isArray(thing);
}
