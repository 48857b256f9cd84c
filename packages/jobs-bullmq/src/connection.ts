/** Connections to the queue's Redis: one kind for adding jobs, one for waiting for them. */

import { Redis } from "ioredis";

/** BullMQ's own default waits up to 20 s before it looks again after an outage. */
const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** attempt, 1_000);

export interface QueueRedis {
  /** `redis://host:port/db`. The database should not be the one that holds the records. */
  readonly url: string;
  readonly onError: (cause: Error) => void;
}

/** Fails at once while Redis is away: whoever adds a job has better things to do than to wait. */
export function producerConnection({ url, onError }: QueueRedis): Redis {
  return new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 2_000,
    retryStrategy,
  }).on("error", onError);
}

/** Waits for ever, as BullMQ demands of a worker's connection. */
export function workerConnection({ url, onError }: QueueRedis): Redis {
  return new Redis(url, { maxRetriesPerRequest: null, retryStrategy }).on("error", onError);
}
