/**
 * The queue `notifications`: when a message is tried, how often again, and for how long. Never what
 * it says, nor to whom: that is the engine's.
 *
 * A message that is not delivered is tried for a day, with growing, jittered pauses, then kept
 * among the failed, where an operator can have it tried once more.
 */

import { attemptsWithin, type Backoff, backoffMs } from "@ringkv/core";
import {
  DeliveryFailure,
  type Log,
  type NoticeJob,
  type NoticeJobs,
  type Random,
} from "@ringkv/engine";
import { type Job as BullJob, type Queue, UnrecoverableError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { openQueue, producerConnection, wasLastAttempt, workerConnection } from "./connection.js";
import { type JobCounts, jobCounts } from "./job-counts.js";

const QUEUE_NAME = "notifications";

const DAY_MS = 86_400_000;
const HOUR_SECONDS = 3_600;
/** A server that was away for hours is tried again within minutes after it is back. */
const BACKOFF: Backoff = { firstMs: 1_000, longestMs: 600_000 };

/** Each receiver has two streams, with one message of each on its way: none holds others up. */
const CONCURRENCY = 16;

/** A worker that was killed in the middle of a message: the next start takes it up after that. */
const STALLED_AFTER_MS = 5_000;
const STALLS_MAX = 100;

/** Shorter than the time that a supervisor gives a process to leave. */
const CLOSE_MS = 5_000;

/** Delivered messages are what the cap of an hour is counted by. */
const DELIVERED_KEPT_MAX = 2_000;
const FAILED_KEPT_MAX = 1_000;

export interface NoticeQueueOptions {
  /** `redis://host:port/db`. */
  readonly url: string;
  /** Keeps the messages of nodes apart that share one queue Redis. */
  readonly node: string;
  readonly log: Log;
  readonly random: Random;
  readonly backoff?: Backoff;
  /** How long a leaving node waits for the messages that it is delivering. */
  readonly closeMs?: number;
}

export interface NoticeWork {
  /** Rejects with `DeliveryFailure` when the message was not taken. */
  readonly deliver: (job: NoticeJob) => Promise<void>;
  /** It is tried no more. */
  readonly givenUp: (job: NoticeJob) => void;
}

export class NoticeQueue implements NoticeJobs {
  readonly name = QUEUE_NAME;
  readonly #options: NoticeQueueOptions;
  readonly #backoff: Backoff;
  readonly #prefix: string;
  readonly #producer: Redis;
  readonly #ready: Promise<void>;
  /** Null until Redis has answered: BullMQ's queue never gets over a first contact that failed. */
  #queue: Queue<NoticeJob> | null = null;
  #consumer: { readonly worker: Worker<NoticeJob>; readonly connection: Redis } | null = null;

  constructor(options: NoticeQueueOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? BACKOFF;
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

  async enqueue(job: NoticeJob): Promise<void> {
    await this.#opened().add(job.channel, job, {
      jobId: job.id,
      attempts: attemptsWithin(DAY_MS, this.#backoff),
      backoff: { type: "custom" },
    });
  }

  async has(id: string): Promise<boolean> {
    return (await this.#opened().getJob(id)) !== undefined;
  }

  async sentWithinHour(channel: string): Promise<readonly number[]> {
    const jobs = await this.#opened().getJobs(["completed"], 0, DELIVERED_KEPT_MAX);
    return jobs
      .filter(({ data }) => data.channel === channel)
      .flatMap(({ finishedOn }) => finishedOn ?? []);
  }

  /** Starts to deliver. */
  work({ deliver, givenUp }: NoticeWork): void {
    const { url, random } = this.#options;
    const connection = workerConnection({ url, onError: this.#onError });
    const worker = new Worker<NoticeJob>(QUEUE_NAME, ({ data }) => delivered(deliver(data)), {
      connection,
      prefix: this.#prefix,
      concurrency: CONCURRENCY,
      stalledInterval: STALLED_AFTER_MS,
      lockDuration: 2 * STALLED_AFTER_MS,
      maxStalledCount: STALLS_MAX,
      removeOnComplete: { age: HOUR_SECONDS, count: DELIVERED_KEPT_MAX },
      removeOnFail: { count: FAILED_KEPT_MAX },
      settings: {
        backoffStrategy: (attempt) => backoffMs(attempt, this.#backoff, random.unit()),
      },
    });
    worker.on("error", this.#onError);
    worker.on("failed", (job, cause) => {
      if (this.#isOver(job, cause) && job !== undefined) givenUp(job.data);
    });
    this.#consumer = { worker, connection };
  }

  /** Rejects when the queue's Redis does not answer. */
  counts(): Promise<JobCounts> {
    return jobCounts(this.#queue);
  }

  /**
   * Lets running deliveries end, but not for as long as a slow receiver likes, then lets go of
   * Redis. What was cut off is delivered again by the next start.
   */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.closeMs ?? CLOSE_MS);
    });
    await Promise.race([this.#consumer?.worker.close(), late]);
    clearTimeout(timer);
    this.#consumer?.connection.disconnect();
    await this.#queue?.close();
    this.#producer.disconnect();
  }

  #openQueue(): Queue<NoticeJob> {
    const place = { connection: this.#producer, prefix: this.#prefix, onError: this.#onError };
    return openQueue(QUEUE_NAME, place);
  }

  #opened(): Queue<NoticeJob> {
    if (this.#queue === null) throw new Error("the queue's Redis has not answered yet");
    return this.#queue;
  }

  readonly #onError = (cause: Error): void => {
    this.#options.log.warn({ err: cause }, "the notifications' Redis does not answer");
  };

  /** Says what has failed, and whether it was the last time. */
  #isOver(job: BullJob<NoticeJob> | undefined, cause: Error): boolean {
    const isRefused = cause.name === UnrecoverableError.name;
    const isLast = isRefused || wasLastAttempt(job, 1);
    const { log } = this.#options;
    const why = cause.message;
    const fields = { message: job?.id, channel: job?.name, attempt: job?.attemptsMade, why };
    if (isLast) log.error(fields, "a notification was not delivered, and is tried no more");
    else log.info(fields, "a notification was not delivered, and will be tried again");
    return isLast;
  }
}

/** BullMQ's word for what would be refused again. */
async function delivered(delivery: Promise<void>): Promise<void> {
  await delivery.catch((thrown: unknown) => {
    const isPermanent = thrown instanceof DeliveryFailure && thrown.isPermanent;
    throw isPermanent ? new UnrecoverableError(thrown.message) : thrown;
  });
}
