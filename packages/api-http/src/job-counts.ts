/** How many background jobs wait, run and have failed, for whoever shows it. */

import type { QueueView } from "./engine-needs.js";

/** Jobs by queue and state; null where the queue's Redis does not answer. */
export async function countJobs(
  queues: readonly QueueView[],
): Promise<Record<string, object | null>> {
  const counted = queues.map(async (queue) => {
    return [queue.name, await queue.counts().catch(() => null)] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
