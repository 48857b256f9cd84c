/**
 * The queue `replication`: when a job runs, how often again, and with what pauses. Never what it
 * does: that is the engine's.
 *
 * A failed job is tried again with growing, jittered pauses, then kept among the failed for the
 * operator to see. The engine's next round queues the same debt anew if it still exists.
 */

import { type Job, type Jobs, jobKey, type Log } from "@ringkv/engine";
import { type Job as BullJob, type JobsOptions, type Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { openQueue, producerConnection, wasLastAttempt, workerConnection } from "./connection.js";
import { type JobCounts, jobCounts } from "./job-counts.js";

const QUEUE_NAME = "replication";

/** Together about a minute of trying; after that the periodic round is soon enough. */
const ATTEMPTS_MAX = 8;
const BACKOFF = { type: "exponential", delay: 250, jitter: 0.5 } as const;

/** Failed jobs are kept for the operator, but not without end. */
const FAILED_KEPT_MAX = 1_000;

/**
 * Enough to hide the round trips of a job, and to send what several of them move together. More
 * would exceed what a link carries in bulk, a mebibyte for each.
 */
const CONCURRENCY = 6;

/** A cluster that has been apart owes a thousand partitions at once; clients come first. */
const RATE = { max: 500, duration: 1_000 };

/** A worker that was killed in the middle of a job: another start takes it up after this long. */
const STALLED_AFTER_MS = 5_000;
const STALLS_MAX = 10;

/** One job for each partition. What is left is due again in the next round. */
const ADDED_AT_ONCE_MAX = 1_024;

export interface ReplicationQueueOptions {
  /** `redis://host:port/db`. */
  readonly url: string;
  /** Keeps the jobs of nodes apart that share one queue Redis. */
  readonly node: string;
  readonly log: Log;
  /** Hears of jobs that are tried no more. */
  readonly onGivenUp?: (job: Job | undefined, cause: Error) => void;
}

export class ReplicationQueue implements Jobs {
  readonly name = QUEUE_NAME;
  readonly #options: ReplicationQueueOptions;
  readonly #prefix: string;
  readonly #producer: Redis;
  readonly #ready: Promise<void>;
  /** Null until Redis has answered: BullMQ's queue never gets over a first contact that failed. */
  #queue: Queue<Job> | null = null;
  #consumer: { readonly worker: Worker<Job>; readonly connection: Redis } | null = null;

  constructor(options: ReplicationQueueOptions) {
    this.#options = options;
    this.#prefix = `ringkv-${options.node}`;
    this.#producer = producerConnection({ url: options.url, onError: this.#onError });
    this.#ready = new Promise((resolve) => {
      this.#producer.once("ready", () => {
        this.#queue = this.#openQueue();
        resolve();
      });
    });
  }

  /** What a queue board shows; null until Redis has answered for the first time. */
  get queue(): Queue | null {
    return this.#queue;
  }

  /** Resolves when Redis has answered for the first time. Until then every other call rejects. */
  untilReady(): Promise<void> {
    return this.#ready;
  }

  async enqueue(jobs: readonly Job[]): Promise<void> {
    const added = jobs.slice(0, ADDED_AT_ONCE_MAX).map((job) => ({
      name: job.kind,
      data: job,
      opts: jobOptions(job),
    }));
    await this.#opened().addBulk(added);
  }

  /** Starts to run jobs. A rejection of `run` counts as a failed attempt. */
  work(run: (job: Job) => Promise<void>): void {
    const connection = workerConnection({ url: this.#options.url, onError: this.#onError });
    const worker = new Worker<Job>(QUEUE_NAME, ({ data }) => run(data), {
      connection,
      prefix: this.#prefix,
      concurrency: CONCURRENCY,
      limiter: RATE,
      stalledInterval: STALLED_AFTER_MS,
      lockDuration: 2 * STALLED_AFTER_MS,
      maxStalledCount: STALLS_MAX,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: FAILED_KEPT_MAX },
    });
    worker.on("error", this.#onError);
    worker.on("failed", (job, cause) => this.#failed(job, cause));
    this.#consumer = { worker, connection };
  }

  counts(): Promise<JobCounts> {
    return jobCounts(this.#queue);
  }

  /** Lets running jobs end, then lets go of Redis. */
  async close(): Promise<void> {
    await this.#consumer?.worker.close();
    this.#consumer?.connection.disconnect();
    await this.#queue?.close();
    this.#producer.disconnect();
  }

  #openQueue(): Queue<Job> {
    const place = { connection: this.#producer, prefix: this.#prefix, onError: this.#onError };
    return openQueue(QUEUE_NAME, place);
  }

  #opened(): Queue<Job> {
    if (this.#queue === null) throw new Error("the queue's Redis has not answered yet");
    return this.#queue;
  }

  readonly #onError = (cause: Error): void => {
    this.#options.log.warn({ err: cause }, "the queue's Redis does not answer");
  };

  #failed(job: BullJob<Job> | undefined, cause: Error): void {
    const isLast = wasLastAttempt(job, ATTEMPTS_MAX);
    const fields = { job: job?.data, attempt: job?.attemptsMade, err: cause };
    if (isLast) this.#options.onGivenUp?.(job?.data, cause);
    if (isLast) this.#options.log.error(fields, "a job failed for good; the next round decides");
    else this.#options.log.info(fields, "a job failed and will be tried again");
  }
}

function jobOptions(job: Job): JobsOptions {
  return {
    // Not the job's id: a failed job is kept, and its id would keep the debt out of the queue.
    deduplication: { id: jobKey(job) },
    // What comes round by itself is tried once: waiting for its next attempt, it would keep the
    // next round out of the queue.
    attempts: "partition" in job ? ATTEMPTS_MAX : 1,
    backoff: BACKOFF,
  };
}
