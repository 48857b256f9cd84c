/** A queue's connections to its Redis: one kind for adding jobs, one for waiting for them. */

import { type Job, Queue } from "bullmq";
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
    disableClientInfo: true,
    retryStrategy,
  }).on("error", onError);
}

/** Waits for ever, as BullMQ demands of a worker's connection. */
export function workerConnection({ url, onError }: QueueRedis): Redis {
  const options = { maxRetriesPerRequest: null, disableClientInfo: true, retryStrategy };
  return new Redis(url, options).on("error", onError);
}

export interface QueuePlace {
  /** Made by `producerConnection`; Redis has answered on it. */
  readonly connection: Redis;
  readonly prefix: string;
  readonly onError: (cause: Error) => void;
}

/** Only once Redis has answered: BullMQ never gets over a first contact that failed. */
export function openQueue<Data>(
  name: string,
  { connection, prefix, onError }: QueuePlace,
): Queue<Data> {
  const queue = new Queue<Data>(name, { connection, prefix, skipWaitingForReady: true });
  queue.on("error", onError);
  return queue;
}

/** Whether a failed job is tried no more; of one that is gone nothing is known. */
export function wasLastAttempt(job: Job | undefined, attemptsMax: number): boolean {
  return (job?.attemptsMade ?? 0) >= (job?.opts.attempts ?? attemptsMax);
}
