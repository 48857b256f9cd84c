/**
 * Versions: the order of writes to a key, across all nodes and restarts.
 *
 * A version is a hybrid logical clock reading (Kulkarni et al. 2014) and the number of the node
 * that stamped it: 12 hex digits of milliseconds, 4 of a counter, 4 of the node. Fixed width and
 * lower case, so that plain string order is the order of versions in TypeScript and in Lua alike.
 *
 * This module computes readings. It reads no clock, and does not decide whether a reading may be
 * used: see engine/version-clock.ts.
 */

import { hash32 } from "./hash.js";
import type { NodeId, Version } from "./types.js";

/** A hybrid logical clock's reading. */
export interface ClockReading {
  /** Milliseconds since the Unix epoch, never less than any reading seen before. */
  readonly ms: number;
  /** 0 to 65,535: the order of readings within the same millisecond. */
  readonly counter: number;
}

export const VERSION_LENGTH = 20;

/** The last reading within a millisecond. */
export const COUNTER_MAX = 0xffff;
const VERSION_PATTERN = /^[0-9a-f]{20}$/;

/** The first reading after `last` at physical time `nowMs`. Strictly greater than `last`. */
export function advance(last: ClockReading, nowMs: number): ClockReading {
  if (nowMs > last.ms) return { ms: nowMs, counter: 0 };
  if (last.counter < COUNTER_MAX) return { ms: last.ms, counter: last.counter + 1 };
  return { ms: last.ms + 1, counter: 0 };
}

/** The later of two readings. */
export function later(a: ClockReading, b: ClockReading): ClockReading {
  if (a.ms !== b.ms) return a.ms > b.ms ? a : b;
  return a.counter >= b.counter ? a : b;
}

/**
 * `count` versions after `last`, in ascending order, and the reading of the last one. What they
 * share is written once.
 */
export function versionsAfter(
  last: ClockReading,
  { nowMs, nodeNumber, count }: Record<"nowMs" | "nodeNumber" | "count", number>,
): { readonly versions: Version[]; readonly reading: ClockReading } {
  const versions: Version[] = [];
  const node = hex(nodeNumber, 4);
  let reading = last;
  let [ms, msText] = [-1, ""];
  while (versions.length < count) {
    reading = advance(reading, nowMs);
    if (reading.ms !== ms) [ms, msText] = [reading.ms, hex(reading.ms, 12)];
    versions.push((msText + hex(reading.counter, 4) + node) as Version);
  }
  return { versions, reading };
}

export function versionAt({ ms, counter }: ClockReading, nodeNumber: number): Version {
  return (hex(ms, 12) + hex(counter, 4) + hex(nodeNumber, 4)) as Version;
}

/** The reading inside a version. */
export function readingOf(version: Version): ClockReading {
  return { ms: msOf(version), counter: Number.parseInt(version.slice(12, 16), 16) };
}

/** Milliseconds since the Unix epoch at which the version was stamped, by its stamper's clock. */
export function msOf(version: Version): number {
  return Number.parseInt(version.slice(0, 12), 16);
}

export function isVersion(text: string): text is Version {
  return VERSION_PATTERN.test(text);
}

/**
 * The 16 bits that tell nodes' versions apart. A hash of the name, so that it needs no
 * configuration; `collidingMembers` finds the one cluster in some thousands where that fails.
 */
export function nodeNumberOf(node: NodeId): number {
  return hash32(node) >>> 16;
}

/** Two members whose versions could be equal, or null. Such a cluster must not start. */
export function collidingMembers(members: readonly NodeId[]): readonly [NodeId, NodeId] | null {
  const seen = new Map<number, NodeId>();
  for (const member of members) {
    const other = seen.get(nodeNumberOf(member));
    if (other !== undefined && other !== member) return [other, member];
    seen.set(nodeNumberOf(member), member);
  }
  return null;
}

function hex(number: number, width: number): string {
  return number.toString(16).padStart(width, "0");
}
