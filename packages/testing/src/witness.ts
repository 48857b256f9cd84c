/**
 * Watches a simulated cluster from outside, at the wire and at the disks, while it runs, and says
 * when a node breaks its word:
 *
 * - A6: a node answers `stored` to a client's record that its disk did not take, or that is older
 *   than an acknowledged one that it has held.
 * - A7: a node stamps a version that is not newer than all that it stamped before, restarts
 *   included, the same one for two writes, or one further ahead than the fastest clock and a
 *   reservation allow.
 * - A9: something is purged that may still be needed (see purge-watch).
 * - leader: a term is claimed by two leaders, or a vote is not on disk (see leader-watch).
 * - W: a write is acknowledged that is not on W distinct disks, or does not stay there until a
 *   newer one takes its place.
 */

import {
  type Ballot,
  type Key,
  msOf,
  type NodeId,
  type PackedRecord,
  unpackRecord,
  type Version,
  type VoteRequest,
} from "@ringkv/core";
import {
  type ApplyAnswer,
  CLOCK_RESERVE_MS,
  type Heartbeat,
  type HeldVersion,
} from "@ringkv/engine";
import { DiskShadow } from "./disk-shadow.js";
import type { ClocksHeard, Purged, Stamp, Violation } from "./history.js";
import { LeaderWatch } from "./leader-watch.js";
import { PurgeWatch } from "./purge-watch.js";
import { SIM_EPOCH_MS } from "./sim-clock.js";
import type { DiskTap } from "./sim-disk.js";
import type { WireTap } from "./sim-network.js";
import type { Timeline } from "./sim-timeline.js";

export interface WitnessDeps {
  readonly timeline: Timeline;
  readonly members: readonly NodeId[];
  readonly stamps: Map<Version, Stamp>;
  readonly purged: Purged[];
  /** See core's `purgeAgeMs`. */
  readonly purgeAgeMs: number;
  readonly report: (violation: Omit<Violation, "atMs">) => void;
  /** Hears every step worth reading afterwards; null when nobody will. */
  readonly trace: ((key: Key | null, text: string) => void) | null;
}

/** What heartbeats and restamping may add to a clock, in milliseconds. */
const CLOCK_SLACK_MS = 250;

export class Witness implements WireTap, DiskTap {
  readonly leaders: LeaderWatch;
  readonly purges: PurgeWatch;
  readonly #deps: WitnessDeps;
  readonly #shadows: ReadonlyMap<NodeId, DiskShadow>;
  /** The versions stamped together in a batch leave in any order: these are of earlier instants. */
  readonly #lastStamp = new Map<NodeId, LastStamp>();
  /** Per key, the newest write that was acknowledged. */
  readonly #newest = new Map<Key, Acknowledgement>();
  /** By node and version: what was newer when that version came to the node's disk. */
  readonly #outdated = new Map<string, Version>();
  /** Keys of which a copy was lost with a disk, since all had W copies last. */
  readonly #excused = new Set<Key>();
  /** Per node: until when it has heard of each node's clock. */
  readonly #heard = new Map<NodeId, Map<NodeId, number>>();
  #releases = 0;
  #fastestOffsetMs = Number.NEGATIVE_INFINITY;

  constructor(deps: WitnessDeps) {
    this.#deps = deps;
    this.leaders = new LeaderWatch((message) =>
      deps.report({ invariant: "leader", message, key: null }),
    );
    this.#shadows = new Map(deps.members.map((node) => [node, new DiskShadow()]));
    this.purges = new PurgeWatch({
      ...deps,
      diskOf: (node) => this.diskOf(node),
      fastestWallMs: () => SIM_EPOCH_MS + deps.timeline.nowMs + this.#fastestOffsetMs,
      nowMs: () => deps.timeline.nowMs,
      report: (message, key) => deps.report({ invariant: "A9", message, key }),
    });
  }

  /** How many foreign copies have been let go of. */
  get releases(): number {
    return this.#releases;
  }

  diskOf(node: NodeId): DiskShadow {
    const shadow = this.#shadows.get(node);
    if (shadow === undefined) throw new RangeError(`no such node: ${node}`);
    return shadow;
  }

  /** A node begins on a machine whose wall clock is off by this much, and tells it at once. */
  starting(offsetMs: number): void {
    this.#fastestOffsetMs = Math.max(this.#fastestOffsetMs, offsetMs);
  }

  /** It has claimed its store. */
  started(node: NodeId, offsetMs: number): void {
    this.#heard.set(node, new Map());
    this.#deps.trace?.(null, `${node} started, wall clock ${offsetMs.toFixed(0)} ms`);
  }

  stopped(node: NodeId): void {
    this.#heard.delete(node);
  }

  /** Until when `node` has heard of each node's clock, its own included. */
  clocksHeardBy(node: NodeId): ClocksHeard {
    return new Map([...(this.#heard.get(node) ?? []), [node, this.#deps.timeline.nowMs]]);
  }

  /** A node that has not claimed its store yet does not know its own clock. */
  beatSent(from: NodeId, beat: Heartbeat): ClocksHeard | null {
    if (this.leaders.said(beat)) this.#deps.trace?.(null, `${from} leads term ${beat.term}`);
    return this.#heard.has(from) ? this.clocksHeardBy(from) : null;
  }

  voteGiven(by: NodeId, request: VoteRequest): void {
    this.leaders.voted(by, request);
  }

  ballotHeld(node: NodeId, ballot: Ballot): void {
    this.leaders.recorded(node, ballot);
  }

  beatArrived(to: NodeId, seen: unknown): void {
    const heard = this.#heard.get(to);
    if (heard === undefined || seen === null) return;
    for (const [node, atMs] of seen as ClocksHeard) {
      if (atMs > (heard.get(node) ?? Number.NEGATIVE_INFINITY)) heard.set(node, atMs);
    }
  }

  applySent(from: NodeId, records: readonly PackedRecord[]): void {
    for (const record of records) {
      const stamp = this.#deps.stamps.get(record.version);
      if (stamp === undefined) this.#stamped(from, record);
      else if (stamp.operationValue !== textIn(record)) {
        const message = `${from} stamped ${record.version} twice`;
        this.#deps.report({ invariant: "A7", message, key: record.key });
      }
    }
  }

  applyAnswered(
    by: NodeId,
    records: readonly PackedRecord[],
    outcomes: readonly ApplyAnswer[],
  ): void {
    for (const [index, record] of records.entries()) {
      const { key, version } = record;
      const outcome = outcomes[index]?.outcome;
      this.#deps.trace?.(key, `${by} answers ${outcome} to ${version}`);
      if (outcome === "stale" || outcome === "unvouched") continue;
      const newer = this.#outdated.get(`${by} ${version}`);
      if (newer !== undefined) {
        const message = `${by} answered ${outcome} to ${version}, and has held ${newer}`;
        this.#deps.report({ invariant: "A6", message, key });
      }
      if (this.diskOf(by).hasTaken(record)) continue;
      const held = this.diskOf(by).held(key)?.version ?? "nothing";
      const message = `${by} answered ${outcome} to ${version} and holds ${held}`;
      this.#deps.report({ invariant: "A6", message, key });
    }
  }

  applied(node: NodeId, records: readonly PackedRecord[]): void {
    const { timeline, trace } = this.#deps;
    for (const record of records) {
      this.#noteOutdated(node, record);
      const isHeld = this.diskOf(node).apply(record, timeline.nowMs);
      trace?.(record.key, `disk of ${node}: ${isHeld ? "holds" : "is beyond"} ${record.version}`);
    }
  }

  released(node: NodeId, records: readonly HeldVersion[]): void {
    const { timeline, trace } = this.#deps;
    for (const record of records) {
      this.#releases++;
      this.diskOf(node).release(record, timeline.nowMs);
      this.#checkCopiesOf(record.key);
      trace?.(record.key, `disk of ${node}: releases ${record.version}`);
    }
  }

  /**
   * Whether all that disks have lost so far has been made good: every acknowledged write is on W of
   * them, and so on another one than this, and who has lost a vote knows of its term again.
   */
  isSafeToLose(node: NodeId): boolean {
    if (!this.leaders.areTermsKnown()) return false;
    for (const [key, { version, needed }] of this.#newest) {
      const holders = this.#holdersOf(key, version);
      if (holders.length < needed || holders.every((holder) => holder === node)) return false;
    }
    this.#excused.clear();
    return true;
  }

  purged(node: NodeId, records: readonly HeldVersion[], cutoffMs: number): void {
    for (const record of records) {
      const { key, version } = record;
      if (!this.purges.reached(node, record, cutoffMs)) continue;
      const newest = this.#newest.get(key);
      // From now on copies become fewer, as they should.
      if (newest !== undefined && newest.version <= version) this.#newest.delete(key);
      this.#deps.trace?.(key, `disk of ${node}: purges ${version}`);
    }
  }

  wiped(node: NodeId): void {
    // Also where enough copies are left: one may be let go of because this disk had confirmed it.
    for (const [key, { version }] of this.#newest) {
      if (this.#holdersOf(key, version).includes(node)) this.#excused.add(key);
    }
    this.diskOf(node).wipe(this.#deps.timeline.nowMs);
    this.leaders.wiped(node);
    // It has lost its clock's mark with its disk; what it stamps must be newer for other reasons.
    this.#lastStamp.delete(node);
    this.#deps.trace?.(null, `disk of ${node} is lost`);
  }

  acknowledged(write: Acknowledgement): void {
    const { key, version, stored, needed } = write;
    const disks = [...new Set(stored)].filter((node) =>
      this.diskOf(node).hasTaken({ key, version }),
    );
    const newest = this.#newest.get(key);
    if (newest === undefined || version > newest.version) {
      this.#newest.set(key, write);
      // A disk may have been lost since it answered.
      if (this.#holdersOf(key, version).length < needed) this.#excused.add(key);
      else this.#excused.delete(key);
    }
    if (disks.length >= needed) return;
    const holders = disks.join(", ") || "no disk";
    const message = `${version} was acknowledged with w=${needed} and is on ${holders}`;
    this.#deps.report({ invariant: "W", message, key });
  }

  #checkCopiesOf(key: Key): void {
    const newest = this.#newest.get(key);
    if (newest === undefined) return;
    const { version } = newest;
    // A disk that was lost took a copy with it, and not the last one.
    const needed = this.#excused.has(key) ? 1 : newest.needed;
    const disks = this.#holdersOf(key, version);
    if (disks.length >= needed) return;
    const holders = disks.join(", ") || "no disk";
    const message = `${version}, acknowledged with w=${needed}, is left on ${holders}`;
    this.#deps.report({ invariant: "W", message, key });
  }

  /** The disk has held something newer that was acknowledged, whether it still does or not. */
  #noteOutdated(node: NodeId, { key, version }: PackedRecord): void {
    const newest = this.#newest.get(key)?.version;
    if (newest === undefined || newest <= version) return;
    const disk = this.diskOf(node);
    // A message that comes twice was taken when it was new.
    if (disk.hasTaken({ key, version })) return;
    if (disk.hasTaken({ key, version: newest })) this.#outdated.set(`${node} ${version}`, newest);
  }

  /** Who has this version of the key on disk, or a newer one. */
  #holdersOf(key: Key, version: Version): NodeId[] {
    return this.#deps.members.filter((node) => {
      const held = this.diskOf(node).held(key);
      return held !== null && held.version >= version;
    });
  }

  #stamped(node: NodeId, record: PackedRecord): void {
    const { timeline, stamps, report, trace } = this.#deps;
    const { key, version } = record;
    const operationValue = textIn(record);
    stamps.set(version, { node, atMs: timeline.nowMs, operationValue });
    trace?.(key, `${node} stamps ${version} for ${operationValue ?? "a deletion"}`);
    const last = this.#lastStamp.get(node);
    const earlier = last === undefined || last.atMs < timeline.nowMs ? last?.newest : last.earlier;
    if (earlier !== undefined && version <= earlier) {
      report({ invariant: "A7", message: `${node} stamped ${version} after ${earlier}`, key });
    }
    const newest = last === undefined || version > last.newest ? version : last.newest;
    this.#lastStamp.set(node, { atMs: timeline.nowMs, newest, earlier });
    const aheadMs = msOf(version) - (SIM_EPOCH_MS + timeline.nowMs + this.#fastestOffsetMs);
    if (aheadMs > CLOCK_RESERVE_MS + CLOCK_SLACK_MS) {
      const lead = `${aheadMs.toFixed(0)} ms ahead of the fastest clock`;
      const message = `${node} stamped ${version}, ${lead}`;
      report({ invariant: "A7", message, key });
    }
  }
}

function textIn(record: PackedRecord): string | null {
  const { value } = unpackRecord(record);
  return value === null ? null : Buffer.from(value).toString();
}

interface LastStamp {
  readonly atMs: number;
  readonly newest: Version;
  /** The newest of all instants before. */
  readonly earlier: Version | undefined;
}

interface Acknowledgement {
  readonly key: Key;
  readonly version: Version;
  readonly stored: readonly NodeId[];
  readonly needed: number;
}
