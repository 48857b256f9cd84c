/** How many background jobs wait, run and have failed, for whoever shows it. */

import type { QueueView } from "./engine-needs.js";
import type { Sent } from "./sent.js";
import type { queuesSchema } from "./status-schemas.js";

export type JobsByQueue = Sent<typeof queuesSchema>;

/** Jobs by queue and state; null where the queue's Redis does not answer. */
export async function countJobs(queues: readonly QueueView[]): Promise<JobsByQueue> {
  const counted = queues.map(async (queue) => {
    const counts = await queue.counts().catch(() => null);
    return [queue.name, counts as Readonly<Record<string, number>> | null] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
