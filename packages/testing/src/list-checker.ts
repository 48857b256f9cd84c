/**
 * Judges what clients were listed. Pure. A listing shows each key once, in the order of bytes; what
 * it shows was written to that key; and where a read must see every acknowledged write, or all has
 * healed, so must a listing: it shows no older version, hides no key that has a value, and shows
 * none that was deleted. At the end it shows exactly what the last reads did.
 *
 * A walk through several pages is no moment of time: what was written while it went on may be in it
 * or not.
 */

import { compareKeys, type Key, type Version } from "@ringkv/core";
import type {
  History,
  ListedItem,
  ListOperation,
  ReadOperation,
  Violation,
  WriteOperation,
} from "./history.js";
import { SIM_EPOCH_MS } from "./sim-clock.js";

/** Wall clocks are off by up to 2 s, and time passes until an answer is there. */
const CLOCKS_APART_MS = 2_500;

export function checkListings(history: History): Violation[] {
  return history.lists.flatMap((list) =>
    [...disorder(list), ...inventions(history, list), ...staleness(history, list)].map(
      ({ key, message }) => ({
        invariant: "list" as const,
        message: `listing #${list.id} via ${list.node}: ${message}`,
        key,
        atMs: list.respondedAtMs ?? list.invokedAtMs,
      }),
    ),
  );
}

interface Problem {
  readonly key: Key;
  readonly message: string;
}

function disorder({ items }: ListOperation): Problem[] {
  return items.flatMap(({ key }, index) => {
    const before = items[index - 1]?.key;
    if (before === undefined || compareKeys(before, key) < 0) return [];
    return [{ key, message: `${key} comes after ${before}` }];
  });
}

function inventions({ stamps, writes }: History, list: ListOperation): Problem[] {
  const byValue = new Map(writes.map((write) => [write.value, write]));
  return list.items.flatMap(({ key, version, value }) => {
    const written = stamps.get(version)?.operationValue ?? null;
    const write = written === null ? undefined : byValue.get(written);
    const say = (message: string) => [{ key, message: `${key} at ${version} ${message}` }];
    if (write === undefined || write.key !== key) return say("was never a value of this key");
    if (write.outcome === "refused") return say("was refused as not applied");
    if (value !== null && value !== written) return say(`is shown as ${value}`);
    const { expiresAtMs } = write;
    const wallMs = SIM_EPOCH_MS + list.invokedAtMs - CLOCKS_APART_MS;
    return expiresAtMs !== null && expiresAtMs < wallMs ? say("had expired") : [];
  });
}

function staleness(history: History, list: ListOperation): Problem[] {
  if (list.outcome !== "ok") return [];
  const { members, replicaCount, writeQuorum } = history;
  const mustBeFresh = members.length === replicaCount && list.r + writeQuorum > members.length;
  if (!mustBeFresh && !list.isFinal) return [];
  const shown = new Map(list.items.map((item) => [item.key, item]));
  const last = list.isFinal ? lastReads(history, list) : new Map<Key, ReadOperation>();
  return [...new Set(history.writes.map(({ key }) => key))].flatMap((key) => {
    const item = shown.get(key) ?? null;
    const writes = history.writes.filter((write) => write.key === key);
    const message =
      missed(writes, item, list) ?? otherThanRead(history, { writes, item, read: last.get(key) });
    return message === null ? [] : [{ key, message }];
  });
}

/** What the listing should have known of a key, and did not. */
function missed(
  writes: readonly WriteOperation[],
  item: ListedItem | null,
  list: ListOperation,
): string | null {
  const before = writes.filter(
    ({ version, respondedAtMs }) =>
      version !== null && respondedAtMs !== null && respondedAtMs < list.invokedAtMs,
  );
  const newest = before.toSorted((a, b) => ((a.version ?? "") < (b.version ?? "") ? 1 : -1))[0];
  if (newest === undefined || newest.version === null) return null;
  const { key, value, version } = newest;
  if (item !== null) {
    const isOlder = item.version < version;
    return isOlder ? `${key} at ${item.version}, older than ${value ?? "its deletion"}` : null;
  }
  if (mayBeAbsent(newest)) return null;
  const isHidden = writes.some(
    (write) =>
      write.outcome !== "refused" &&
      (write.version === null || write.version > version) &&
      mayBeAbsent(write),
  );
  return isHidden ? null : `${key} is missing, though ${value} was acknowledged`;

  function mayBeAbsent(write: WriteOperation): boolean {
    const wallMs = SIM_EPOCH_MS + (list.respondedAtMs ?? list.invokedAtMs) + CLOCKS_APART_MS;
    return write.value === null || (write.expiresAtMs !== null && write.expiresAtMs <= wallMs);
  }
}

/** What the last reads before the listing saw, key by key. */
function lastReads({ reads }: History, list: ListOperation): Map<Key, ReadOperation> {
  const before = reads.filter(
    ({ isFinal, outcome, respondedAtMs }) =>
      isFinal && outcome === "ok" && respondedAtMs !== null && respondedAtMs <= list.invokedAtMs,
  );
  return new Map(before.map((read) => [read.key, read]));
}

interface LastSeen {
  readonly writes: readonly WriteOperation[];
  readonly item: ListedItem | null;
  readonly read: ReadOperation | undefined;
}

function otherThanRead({ stamps }: History, { writes, item, read }: LastSeen): string | null {
  if (read === undefined) return null;
  const readVersion = read.value === null ? null : read.version;
  const shownVersion = item?.version ?? null;
  if (readVersion === shownVersion) return null;
  // By the clock of one node it may have expired, and not by another's.
  const written = stamps.get((readVersion ?? shownVersion) as Version)?.operationValue;
  if (writes.some(({ value, expiresAtMs }) => value === written && expiresAtMs !== null))
    return null;
  return `${read.key} is shown at ${shownVersion}, and was read at ${readVersion}`;
}
