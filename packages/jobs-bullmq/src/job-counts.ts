/** What an operator is told of a queue. */

import type { Queue } from "bullmq";

export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** Rejects when Redis does not answer, and for null, which stands for one that never has. */
export async function jobCounts(queue: Queue | null): Promise<JobCounts> {
  if (queue === null) throw new Error("the queue's Redis has not answered yet");
  const counts = await queue.getJobCounts("waiting", "active", "delayed", "failed");
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
  return { waiting, active, delayed, failed };
}
