import type { NodeId, Partition } from "@ringkv/core";

/**
 * Background work that is worth repeating. The queue decides when and how often again; what a job
 * does is one engine function, idempotent, so that running it twice costs time and nothing else.
 *
 * A queue may lose everything: the debts behind the jobs are visible in the data, and are queued
 * again by the next round.
 */
export interface Jobs {
  /** Queues each job unless an equal one waits already. May reject; nobody's data depends on it. */
  enqueue(jobs: readonly Job[]): Promise<void>;
}

export type Job = HandoffJob | RepairJob | AntiEntropyJob | PurgeJob | ScrubJob;

/** Bring the records of a partition that this node does not own to its owners. */
export interface HandoffJob {
  readonly kind: "handoff";
  readonly partition: Partition;
}

/** Make this node's copy of a partition and that of another owner equal. */
export interface RepairJob {
  readonly kind: "repair";
  readonly partition: Partition;
  readonly peer: NodeId;
}

/** Compare digests with the other owners. */
export interface AntiEntropyJob {
  readonly kind: "anti-entropy";
}

/**
 * Forget the tombstones and expired records that nobody needs any more. It never fails because a
 * member is away, and need not be tried again: the next round comes by itself.
 */
export interface PurgeJob {
  readonly kind: "purge";
}

/** Read this node's copy of a partition, whoever owns it, and mend what is damaged in it. */
export interface ScrubJob {
  readonly kind: "scrub";
  readonly partition: Partition;
}

/** What makes two jobs equal. */
export function jobKey(job: Job): string {
  if (job.kind === "anti-entropy" || job.kind === "purge") return job.kind;
  const key = `${job.kind}-${job.partition}`;
  return job.kind === "repair" ? `${key}-${job.peer}` : key;
}
