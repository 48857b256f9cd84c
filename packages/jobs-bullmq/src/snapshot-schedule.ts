/**
 * The queue `snapshots`: when the next one is due, by a cron pattern, and how often it is tried.
 * Whether this node is the one to take it, and how, is the engine's.
 *
 * BullMQ keeps the schedule in Redis, where it outlives this process: so the pattern is written
 * anew with each start, and taken away where there is none any more.
 */

import type { Log } from "@ringkv/engine";
import { type Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { openQueue, producerConnection, wasLastAttempt, workerConnection } from "./connection.js";
import { type JobCounts, jobCounts } from "./job-counts.js";

const QUEUE_NAME = "snapshots";
const SCHEDULER = "scheduled-snapshot";

/** Two more attempts within five minutes; after that the next one by the clock is soon enough. */
const ATTEMPTS_MAX = 3;
const BACKOFF = { type: "exponential", delay: 60_000, jitter: 0.5 } as const;
const FAILED_KEPT_MAX = 100;

export interface SnapshotScheduleOptions {
  /** `redis://host:port/db`. */
  readonly url: string;
  /** Keeps the jobs of nodes apart that share one queue Redis. */
  readonly node: string;
  /** Five or six fields, in UTC; null: no snapshots are due. */
  readonly cron: string | null;
  readonly log: Log;
  /** How often one that is due is tried. */
  readonly attemptsMax?: number;
  /** Hears why one was not taken, and is tried no more. */
  readonly onGivenUp?: (cause: Error) => void;
}

export class SnapshotSchedule {
  readonly name = QUEUE_NAME;
  readonly #options: SnapshotScheduleOptions;
  readonly #prefix: string;
  readonly #producer: Redis;
  readonly #scheduled: Promise<void>;
  /** Null until Redis has answered: BullMQ's queue never gets over a first contact that failed. */
  #queue: Queue | null = null;
  #consumer: { readonly worker: Worker; readonly connection: Redis } | null = null;

  constructor(options: SnapshotScheduleOptions) {
    this.#options = options;
    this.#prefix = `ringkv-${options.node}`;
    this.#producer = producerConnection({ url: options.url, onError: this.#onError });
    this.#scheduled = new Promise((resolve) => {
      const schedule = () => this.#schedule().then(resolve, this.#onError);
      // Each time: Redis may have been emptied while it was away.
      this.#producer.on("ready", () => void schedule());
    });
  }

  /** What a queue board shows; null until Redis has answered for the first time. */
  get queue(): Queue | null {
    return this.#queue;
  }

  /** Resolves when Redis has the schedule. */
  untilScheduled(): Promise<void> {
    return this.#scheduled;
  }

  /** Starts to run what is due. A rejection of `run` counts as a failed attempt. */
  work(run: () => Promise<void>): void {
    const connection = workerConnection({ url: this.#options.url, onError: this.#onError });
    const worker = new Worker(QUEUE_NAME, run, {
      connection,
      prefix: this.#prefix,
      concurrency: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: FAILED_KEPT_MAX },
    });
    worker.on("error", this.#onError);
    worker.on("failed", (job, cause) => {
      const isLast = wasLastAttempt(job, ATTEMPTS_MAX);
      if (isLast) this.#options.onGivenUp?.(cause);
    });
    this.#consumer = { worker, connection };
  }

  /** Rejects when the queue's Redis does not answer. */
  counts(): Promise<JobCounts> {
    return jobCounts(this.#queue);
  }

  /** Waits for what runs: whoever closes this has ended it, or lets it end. */
  async close(): Promise<void> {
    await this.#consumer?.worker.close();
    this.#consumer?.connection.disconnect();
    await this.#queue?.close();
    this.#producer.disconnect();
  }

  async #schedule(): Promise<void> {
    this.#queue ??= this.#openQueue();
    const { cron, attemptsMax: attempts = ATTEMPTS_MAX } = this.#options;
    if (cron === null) await this.#queue.removeJobScheduler(SCHEDULER);
    else {
      await this.#queue.upsertJobScheduler(
        SCHEDULER,
        { pattern: cron, tz: "UTC" },
        { name: "snapshot", opts: { attempts, backoff: BACKOFF } },
      );
    }
  }

  #openQueue(): Queue {
    const place = { connection: this.#producer, prefix: this.#prefix, onError: this.#onError };
    return openQueue(QUEUE_NAME, place);
  }

  readonly #onError = (cause: Error): void => {
    this.#options.log.warn({ err: cause }, "the queue's Redis does not answer");
  };
}
