import type { Message } from "./notifier.js";

/**
 * The queue `notifications`: messages that are on their way. It decides when and how often again; a
 * message that cannot be delivered in the end is kept for the operator to see.
 *
 * What it holds survives a crash. Losing all of it loses no notice: outboxes keep theirs until the
 * message that tells of them is settled. Every method rejects when the queue does not answer.
 */
export interface NoticeJobs {
  /** Idempotent by the job's id. */
  enqueue(job: NoticeJob): Promise<void>;

  /** Whether the job is still known: waiting, running, delivered of late, or given up. */
  has(id: string): Promise<boolean>;

  /** When the channel's messages of the past hour were delivered, in wall milliseconds. */
  sentWithinHour(channel: string): Promise<readonly number[]>;
}

export interface NoticeJob {
  readonly id: string;
  readonly channel: string;
  readonly message: Message;
}

export type NoticeEnd = "delivered" | "given-up";
