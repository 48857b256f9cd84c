/**
 * Judges a history. Pure: every promise is a function from what the clients saw to violations.
 *
 * - A1: no acknowledged write is lost. A later acknowledged write to the same key has a newer
 *   version, and what is read after healing is at least as new as everything acknowledged.
 * - A2: the same, where what was lost is a deletion: the key is back.
 * - A4: nothing is invented. A value read was written to that key by a write that was not refused;
 *   an absence read was somewhere: deleted, expired, or missing on as many owners as were asked.
 * - A5: where read and write quorums must meet, a read sees every write acknowledged before it.
 * - list: see list-checker.ts.
 *
 * What was purged says nothing any more: a read that finds no version at all has not missed it, nor
 * what was older. One that finds an older version has.
 *
 * An unknown write may appear or not, at any time. Concurrent writes may be ordered either way.
 */

import type { Key } from "@ringkv/core";
import type {
  History,
  Invariant,
  ReadOperation,
  Stamp,
  Violation,
  WriteOperation,
} from "./history.js";
import { checkListings } from "./list-checker.js";

export interface Judgement {
  readonly violations: readonly Violation[];
  /** Reads that missed an acknowledged write, where that is allowed, by the R of the read. */
  readonly staleReads: ReadonlyMap<number, number>;
  /** Pairs of writes that the clocks ordered wrongly, where only clocks could order them. */
  readonly clockRaces: number;
}

export function judge(history: History): Judgement {
  const { violations: disordered, excused } = checkOrder(history);
  const { violations: stale, staleReads } = checkFreshness(history);
  const violations = [
    ...disordered,
    ...checkFinalReads(history),
    ...checkInvention(history),
    ...stale,
    ...checkListings(history),
  ];
  return { violations, staleReads, clockRaces: excused };
}

type Acknowledged = WriteOperation & {
  readonly version: NonNullable<WriteOperation["version"]>;
  readonly respondedAtMs: number;
};

function acknowledgedByKey({ writes }: History): Map<Key, Acknowledged[]> {
  const byKey = new Map<Key, Acknowledged[]>();
  for (const write of writes) {
    if (write.outcome !== "ok" || write.version === null) continue;
    const list = byKey.get(write.key);
    if (list === undefined) byKey.set(write.key, [write as Acknowledged]);
    else list.push(write as Acknowledged);
  }
  return byKey;
}

/** A1 and A2, for pairs: what is written later is newer, or it is lost the moment it is stored. */
function checkOrder(history: History): { violations: Violation[]; excused: number } {
  const violations: Violation[] = [];
  let excused = 0;
  for (const [key, writes] of acknowledgedByKey(history)) {
    for (const later of writes) {
      for (const earlier of writes) {
        if (earlier.respondedAtMs >= later.invokedAtMs || earlier.version < later.version) continue;
        if (onlyClocksCouldOrder(history, earlier, later)) {
          excused++;
          continue;
        }
        const message = `${describe(later)} came after ${describe(earlier)}, with a lower version`;
        violations.push({
          invariant: lossOf(later, earlier.value),
          message,
          key,
          atMs: later.respondedAtMs,
        });
      }
    }
  }
  return { violations, excused };
}

/**
 * Two write quorums of a large cluster need not meet: then the clocks alone order the writes, and
 * the design promises that they do once a heartbeat has carried the earlier writer's clock, by
 * whatever way, to the later writer.
 */
function onlyClocksCouldOrder(
  { members, writeQuorum, stamps }: History,
  earlier: Acknowledged,
  later: Acknowledged,
): boolean {
  if (2 * writeQuorum > members.length) return false;
  if (earlier.stored.some((node) => later.stored.includes(node))) return false;
  const stampedAtMs = stamps.get(earlier.version)?.atMs ?? 0;
  // A beat of the very instant may have left before the stamp was made.
  return (later.clocksHeard.get(earlier.node) ?? Number.NEGATIVE_INFINITY) <= stampedAtMs;
}

/** A1 and A2 on what is left at the end, whichever node is asked. */
function checkFinalReads(history: History): Violation[] {
  const acknowledged = acknowledgedByKey(history);
  const violations: Violation[] = [];
  for (const read of history.reads) {
    if (!read.isFinal || read.outcome !== "ok") continue;
    for (const write of acknowledged.get(read.key) ?? []) {
      if (!misses(history, read, write)) continue;
      const message = `after healing ${describe(read)}, but ${describe(write)} was acknowledged`;
      violations.push({
        invariant: lossOf(write, read.value),
        message,
        key: read.key,
        atMs: respondedAt(read),
      });
    }
  }
  return violations;
}

/** Whether the write was acknowledged before the read, which shows nothing as new, nor a purge. */
function misses({ purged }: History, read: ReadOperation, write: Acknowledged): boolean {
  if (write.respondedAtMs >= read.invokedAtMs) return false;
  if (read.version !== null) return read.version < write.version;
  return !purged.some(
    ({ key, version, atMs }) =>
      key === read.key && version >= write.version && atMs <= respondedAt(read),
  );
}

function lossOf(lost: WriteOperation, survivor: string | null): Invariant {
  return lost.value === null && survivor !== null ? "A2" : "A1";
}

function checkInvention(history: History): Violation[] {
  const byValue = new Map<string, WriteOperation>();
  for (const write of history.writes) if (write.value !== null) byValue.set(write.value, write);
  const violations: Violation[] = [];
  for (const read of history.reads) {
    if (read.outcome !== "ok") continue;
    const problem =
      read.value === null
        ? inventedAbsence(read, history.stamps, byValue)
        : inventedValue(read, byValue.get(read.value));
    if (problem === null) continue;
    const message = `${describe(read)}: ${problem}`;
    violations.push({ invariant: "A4", message, key: read.key, atMs: respondedAt(read) });
  }
  return violations;
}

function inventedValue(read: ReadOperation, write: WriteOperation | undefined): string | null {
  if (write === undefined || write.key !== read.key) return "nobody wrote this value to this key";
  if (write.outcome === "refused") return "its write was refused as not applied";
  const { expiresAtMs } = write;
  if (expiresAtMs !== null && expiresAtMs < read.wallMs - (respondedAt(read) - read.invokedAtMs)) {
    return "it had expired before it was asked for";
  }
  return null;
}

function inventedAbsence(
  read: ReadOperation,
  stamps: ReadonlyMap<string, Stamp>,
  byValue: ReadonlyMap<string, WriteOperation>,
): string | null {
  if (read.version === null) {
    const isWitnessed = read.someHeldAbsence || read.ownersWithout >= read.r;
    return isWitnessed ? null : `only ${read.ownersWithout} owners could have said so`;
  }
  const value = stamps.get(read.version)?.operationValue ?? null;
  const write = value === null ? undefined : byValue.get(value);
  if (write === undefined) return null;
  const hasExpired = write.expiresAtMs !== null && write.expiresAtMs <= read.wallMs;
  return hasExpired ? null : `version ${read.version} has a value: ${value}`;
}

function checkFreshness(history: History): {
  violations: Violation[];
  staleReads: Map<number, number>;
} {
  const { members, replicaCount, writeQuorum } = history;
  const acknowledged = acknowledgedByKey(history);
  const violations: Violation[] = [];
  const staleReads = new Map<number, number>();
  for (const read of history.reads) {
    if (read.outcome !== "ok") continue;
    const missed = (acknowledged.get(read.key) ?? []).find((write) => misses(history, read, write));
    if (missed === undefined) continue;
    staleReads.set(read.r, (staleReads.get(read.r) ?? 0) + 1);
    // Every member is an owner, and any R of them meet any W.
    const mustBeFresh = members.length === replicaCount && read.r + writeQuorum > members.length;
    if (!mustBeFresh) continue;
    const message = `${describe(read)}, though ${describe(missed)} was acknowledged before`;
    violations.push({ invariant: "A5", message, key: read.key, atMs: respondedAt(read) });
  }
  return { violations, staleReads };
}

function respondedAt({ respondedAtMs, invokedAtMs }: ReadOperation): number {
  return respondedAtMs ?? invokedAtMs;
}

function describe(operation: WriteOperation | ReadOperation): string {
  const { id, key, node, invokedAtMs, respondedAtMs, version } = operation;
  const when = `${invokedAtMs.toFixed(1)}..${respondedAtMs?.toFixed(1) ?? ""} ms`;
  const value = operation.value ?? "nothing";
  const what = "r" in operation ? `read of ${value} at r=${operation.r}` : `write of ${value}`;
  return `#${id} ${what} (${key} via ${node}, ${version ?? "no version"}, ${when})`;
}
