import type { Partition } from "@ringkv/core";

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

/** Bring the records of a partition that this node does not own to its owners. */
export interface Job {
  readonly kind: "handoff";
  readonly partition: Partition;
}
