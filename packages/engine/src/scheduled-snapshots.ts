/**
 * Snapshots by the clock: the leader takes one of the whole cluster, reads back what it wrote, and
 * only then counts it and lets go of the oldest.
 *
 * When one is due is the schedule's. Every node's schedule asks; whoever does not lead declines.
 * Two leaders of two terms may both take one, which costs room and nothing else. What is kept is
 * told apart by its name, which begins with the time.
 */

import type { NodeId } from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { SnapshotArchive } from "./ports/snapshot-archive.js";

export interface ScheduledSnapshotsDeps {
  readonly self: NodeId;
  readonly clock: Pick<Clock, "wallMs" | "monotonicMs">;
  readonly log: Log;
  readonly archive: SnapshotArchive;
  readonly leads: () => boolean;
  /** The whole cluster as a file. Rejects rather than ends early. */
  readonly take: () => AsyncIterable<Uint8Array>;
  /** How many records a file holds. Rejects when it is not whole and unaltered. */
  readonly check: (file: AsyncIterable<Uint8Array>) => Promise<number>;
  /** How many are kept: the newest. */
  readonly keep: number;
}

export interface ArchivedSnapshot {
  readonly name: string;
  /** Wall time at which it was begun. */
  readonly takenAtMs: number;
  readonly records: number;
  /** As it lies in the archive. */
  readonly bytes: number;
  readonly tookMs: number;
}

/** Since this start of the node. */
export interface ScheduledSnapshotsView {
  readonly taken: number;
  readonly failed: number;
  /** Null: this node has taken none. */
  readonly last: ArchivedSnapshot | null;
}

export class ScheduledSnapshots {
  readonly #deps: ScheduledSnapshotsDeps;
  #view: ScheduledSnapshotsView = { taken: 0, failed: 0, last: null };

  constructor(deps: ScheduledSnapshotsDeps) {
    this.#deps = deps;
  }

  get view(): ScheduledSnapshotsView {
    return this.#view;
  }

  /** One is due. Rejects with what went wrong, after it has been counted; nothing is left of it. */
  async run(): Promise<void> {
    const { log, leads } = this.#deps;
    if (!leads()) return;
    try {
      const last = await this.#take();
      this.#view = { ...this.#view, taken: this.#view.taken + 1, last };
      log.info(last, "took a scheduled snapshot");
    } catch (thrown) {
      this.#view = { ...this.#view, failed: this.#view.failed + 1 };
      log.error({ err: thrown }, "a scheduled snapshot failed");
      throw thrown;
    }
    await this.#letGoOfOldest();
  }

  async #take(): Promise<ArchivedSnapshot> {
    const { self, clock, archive, take, check } = this.#deps;
    await this.#clearAway();
    const takenAtMs = clock.wallMs();
    const startedAtMs = clock.monotonicMs();
    const name = nameOf(takenAtMs, self);
    const bytes = await archive.write(name, take());
    try {
      const records = await check(archive.read(name));
      await archive.publish(name);
      return { name, takenAtMs, records, bytes, tookMs: clock.monotonicMs() - startedAtMs };
    } catch (thrown) {
      await archive.remove(name);
      throw thrown;
    }
  }

  /** Drafts of this node: it has died over them, for it writes one at a time. */
  async #clearAway(): Promise<void> {
    const { self, archive } = this.#deps;
    for (const draft of await archive.drafts()) {
      if (writerOf(draft) === self) await archive.remove(draft);
    }
  }

  /** A snapshot has been taken whatever becomes of this: next time there is one more to go. */
  async #letGoOfOldest(): Promise<void> {
    const { archive, keep, log } = this.#deps;
    try {
      const names = (await archive.names()).filter((name) => writerOf(name) !== null);
      for (const name of names.slice(0, -keep)) {
        await archive.remove(name);
        log.info({ name }, "let go of an old snapshot");
      }
    } catch (thrown) {
      log.error({ err: thrown }, "old snapshots cannot be removed");
    }
  }
}

const NAME = /^snapshot-\d{8}T\d{6}Z-(.+)$/;

/** Text order is the order of time: `snapshot-20261128T130000Z-node1`. */
function nameOf(takenAtMs: number, node: NodeId): string {
  const time = new Date(takenAtMs).toISOString().replace(/[-:]|\.\d+/g, "");
  return `snapshot-${time}-${node}`;
}

/** Null: it is none of ours, and not to be touched. */
function writerOf(name: string): string | null {
  return NAME.exec(name)?.[1] ?? null;
}
