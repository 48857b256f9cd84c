/**
 * Scrubbing: a node reads a partition of its own store, mends what is damaged in it, and computes
 * the digest anew.
 *
 * A damaged record is replaced by the newest intact copy that another member has, in one step, so
 * that no read meets a gap. It is discarded only when nobody who ought to have a copy has one;
 * while an owner cannot be asked, or is not up, it stays, and goes on being no answer.
 *
 * Of a partition that is held for others the copy here may have been the only one of its version,
 * and nothing takes its place: hand-off would pass it on as if it were.
 *
 * It never judges an intact record, and never asks which of two is right: that is repair's.
 */

import {
  allPartitions,
  isOwner,
  isVersion,
  type Key,
  type NodeId,
  ownersOf,
  PARTITION_COUNT,
  type PackedRecord,
  type Partition,
  type Ring,
  type StateOf,
  VERSION_LENGTH,
  walkOf,
} from "@ringkv/core";
import type { Counters } from "./counters.js";
import type { Clock } from "./ports/clock.js";
import type { Jobs } from "./ports/jobs.js";
import type { Log } from "./ports/log.js";
import { PeerFailure, type Peers } from "./ports/peers.js";
import type { DamagedRecord, RecordStore } from "./ports/record-store.js";

export interface ScrubDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Pick<Clock, "wallMs">;
  readonly store: Pick<RecordStore, "page" | "mend" | "rebuildDigest">;
  readonly peers: Pick<Peers, "copies">;
  readonly stateOf: StateOf;
  readonly jobs: Jobs;
  readonly log: Log;
  readonly counters: Counters;
  readonly options: {
    readonly replicaCount: number;
    readonly transferTimeoutMs: number;
    /** How long one round through all partitions takes; 0: there are no rounds. */
    readonly scrubIntervalMs: number;
  };
}

export interface ScrubReport {
  readonly partition: Partition;
  /** Replaced by an intact copy. */
  readonly replaced: number;
  /** Discarded: no copy was to be had. */
  readonly discarded: number;
  readonly wasDigestWrong: boolean;
}

export class Scrub {
  readonly #deps: ScrubDeps;
  /** Partitions that were asked for and not looked at since: a read in each turn asks once. */
  readonly #noted = new Set<Partition>();
  /** Runs under way: who asks meanwhile waits for the same one. */
  readonly #running = new Map<Partition, Promise<ScrubReport>>();
  #next: number | null = null;

  constructor(deps: ScrubDeps) {
    this.#deps = deps;
  }

  /** How long each partition of a round may take; null: no rounds are wanted. */
  get stepMs(): number | null {
    const { scrubIntervalMs } = this.#deps.options;
    return scrubIntervalMs === 0 ? null : scrubIntervalMs / PARTITION_COUNT;
  }

  /** Queues the job. Never rejects: whoever asks has seen the damage, and will see it again. */
  async request(partition: Partition): Promise<void> {
    const { jobs, log } = this.#deps;
    await jobs.enqueue([{ kind: "scrub", partition }]).catch((cause: unknown) => {
      this.#noted.delete(partition);
      log.warn({ partition, err: cause }, "a scrub could not be queued");
    });
  }

  /** Somebody has met a damaged record. Queues the job, unless it has been queued for that. */
  readonly note = (partition: Partition): void => {
    if (this.#noted.has(partition)) return;
    this.#noted.add(partition);
    this.#deps.log.warn({ partition }, "a damaged record was met");
    void this.request(partition);
  };

  /** The next partition in turn. Where the turn begins is the clock's: restarts begin nowhere. */
  async round(): Promise<void> {
    const { clock } = this.#deps;
    this.#next ??= Math.floor(clock.wallMs() / (this.stepMs ?? 1)) % PARTITION_COUNT;
    const partition = allPartitions()[this.#next] as Partition;
    this.#next = (this.#next + 1) % PARTITION_COUNT;
    await this.scrub(partition).catch((thrown: unknown) => {
      if (!(thrown instanceof PeerFailure)) throw thrown;
      this.note(partition); // The queue tries again until the owner can be asked.
    });
  }

  /**
   * The job. Rejects with `StoreUnavailable`, and with `PeerFailure` when something damaged had to
   * stay, so that the queue tries again; what was mended until then is mended.
   */
  scrub(partition: Partition): Promise<ScrubReport> {
    let running = this.#running.get(partition);
    if (running === undefined) {
      this.#noted.delete(partition);
      running = this.#scrub(partition).finally(() => {
        this.#running.delete(partition);
        // Met meanwhile: a queue may have taken the request for one that is being served.
        this.#noted.delete(partition);
      });
      this.#running.set(partition, running);
    }
    return running;
  }

  async #scrub(partition: Partition): Promise<ScrubReport> {
    const { store, counters } = this.#deps;
    const counts = { replaced: 0, discarded: 0 };
    let failure: unknown = null;
    let cursor: string | null = null;
    do {
      const page = await store.page(partition, cursor);
      for (const found of page.damaged) {
        try {
          const outcome = await this.#mend(partition, found);
          if (outcome !== "changed") counts[outcome]++;
        } catch (thrown) {
          if (!(thrown instanceof PeerFailure)) throw thrown;
          failure = thrown;
        }
      }
      cursor = page.cursor;
    } while (cursor !== null);
    const wasDigestWrong = await store.rebuildDigest(partition);
    const report = { partition, ...counts, wasDigestWrong };
    // A record that was mended leaves a digest to be rebuilt, which was right all the same.
    if (wasDigestWrong && counts.discarded + counts.replaced === 0) {
      counters.add("digestsRebuilt", 1);
    }
    await this.#follow(report);
    if (failure !== null) throw failure;
    return report;
  }

  /** `changed`: something else was held by the time that a copy was there. */
  async #mend(
    partition: Partition,
    found: DamagedRecord,
  ): Promise<"replaced" | "discarded" | "changed"> {
    const { store, log, counters } = this.#deps;
    const isOurs = this.#isOwner(partition);
    const copy = isOurs ? await this.#copyFor(found, partition) : null;
    if (!(await store.mend(partition, found, copy))) return "changed";
    counters.add("recordsDamaged", 1);
    const fields = { partition, key: found.key, bytes: found.bytes.length };
    if (copy !== null) {
      log.warn(fields, "a damaged record was replaced by an intact copy");
      return "replaced";
    }
    const message = isOurs
      ? "a damaged record was discarded: no intact copy is left"
      : "a damaged record, held for its owners, was discarded: it may not have reached them";
    log.error(fields, message);
    return "discarded";
  }

  /**
   * The newest copy that anybody has. Rejects when an owner gave no answer that counts, unless the
   * copy is at least as new as the damaged one says that it was: an older one would be read as the
   * newest, and nothing would discard what only that owner still has.
   */
  async #copyFor(found: DamagedRecord, partition: Partition): Promise<PackedRecord | null> {
    const { self, ring, options } = this.#deps;
    const { key } = found;
    if (key === null) return null;
    const walk = walkOf(ring, partition);
    let newest: PackedRecord | null = null;
    let failure: PeerFailure | null = null;
    const ask = async (node: NodeId) => {
      const { copy, failure: failed } = await this.#ask(node, key);
      if (failed !== null && isOwner(walk, options.replicaCount, node)) failure = failed;
      if (copy !== null && (newest === null || copy.version > newest.version)) newest = copy;
    };
    await Promise.all(walk.filter((node) => node !== self).map(ask));
    if (failure !== null && !isAsNew(newest, found)) throw failure;
    return newest;
  }

  /** What one member has. A failure stands for all that it may have besides. */
  async #ask(node: NodeId, key: Key): Promise<Asked> {
    const { peers, stateOf, options } = this.#deps;
    const wasUp = stateOf(node) === "up";
    try {
      const [copy] = await peers.copies(node, [key], options.transferTimeoutMs);
      // Who recovers may have forgotten anything: its copy is one, its silence says nothing.
      const counts = wasUp && stateOf(node) === "up";
      const failure = counts ? null : new PeerFailure({ node, reason: "recovering", sent: true });
      return { copy: typeof copy === "object" ? copy : null, failure };
    } catch (thrown) {
      if (!(thrown instanceof PeerFailure)) throw thrown;
      return { copy: null, failure: thrown };
    }
  }

  /** What was found wrong here may be wrong between owners too: they compare, record by record. */
  async #follow(report: ScrubReport): Promise<void> {
    const { self, ring, jobs, log, options } = this.#deps;
    const { partition, replaced, discarded, wasDigestWrong } = report;
    if (replaced + discarded === 0 && !wasDigestWrong) return;
    log.warn(report, "scrubbed a partition that was not right");
    if (!this.#isOwner(partition)) return;
    const owners = ownersOf(walkOf(ring, partition), options.replicaCount);
    const due = owners
      .filter((node) => node !== self)
      .map((peer) => ({ kind: "repair" as const, partition, peer }));
    // Unqueued, it is left to anti-entropy.
    if (due.length > 0) await jobs.enqueue(due).catch(() => {});
  }

  #isOwner(partition: Partition): boolean {
    const { self, ring, options } = this.#deps;
    return isOwner(walkOf(ring, partition), options.replicaCount, self);
  }
}

interface Asked {
  readonly copy: PackedRecord | null;
  /** Null: this is all that it has. */
  readonly failure: PeerFailure | null;
}

/** Whether a copy is no older than what the damaged record still says of itself. */
function isAsNew(copy: PackedRecord | null, { bytes }: DamagedRecord): boolean {
  const version = bytes.toString("latin1", 0, VERSION_LENGTH);
  return copy !== null && isVersion(version) && copy.version >= version;
}
