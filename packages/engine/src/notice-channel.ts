/**
 * One stream of messages to one receiver: what waits for the next message, which message is on its
 * way, and when the next one may leave (core/digest-window).
 *
 * One message at a time: while it cannot be delivered the next one grows, so that a receiver that
 * comes back after hours gets two messages and not a thousand. Nothing is written down here; what
 * is lost with this process is offered again by the outboxes.
 */

import { dueAtMs, type Sent, type WindowRules, withSent } from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { NoticeEnd, NoticeJob, NoticeJobs } from "./ports/notice-jobs.js";
import type { Message } from "./ports/notifier.js";

export interface Told {
  /** Who is told twice can tell by it. */
  readonly id: string;
}

export interface NoticeChannelDeps<Item extends Told> {
  /** Unique; part of the jobs' ids. */
  readonly name: string;
  readonly jobs: NoticeJobs;
  readonly clock: Clock;
  /** Null: as soon as the message before it is settled. */
  readonly rules: WindowRules | null;
  /** How many items one message is about at most. */
  readonly batchMax: number;
  /** How many may wait; beyond that the oldest are dropped, and counted. */
  readonly backlogMax: number;
  readonly messageOf: (id: string, items: readonly Item[]) => Message;
  /** Hears whose turn is over: told, given up, or dropped. */
  readonly onSettled: (items: readonly Item[]) => void;
}

export interface ChannelView {
  readonly waiting: number;
  /** Whether a message is on its way. */
  readonly isSending: boolean;
  /** Items since the start of the node. */
  readonly delivered: number;
  readonly givenUp: number;
  readonly dropped: number;
  readonly messages: number;
}

interface OnItsWay<Item> {
  readonly job: NoticeJob;
  readonly items: readonly Item[];
  readonly ids: ReadonlySet<string>;
  isQueued: boolean;
  checkedAtMs: number;
}

/** How often it is asked whether a queue still knows the message. */
const CHECK_EVERY_MS = 30_000;

export class NoticeChannel<Item extends Told> {
  readonly name: string;
  readonly #deps: NoticeChannelDeps<Item>;
  readonly #waiting = new Map<string, Item>();
  #onItsWay: OnItsWay<Item> | null = null;
  #sent: Sent = [];
  #serial = 0;
  #isBusy = false;
  #counts = { delivered: 0, givenUp: 0, dropped: 0, messages: 0 };

  constructor(deps: NoticeChannelDeps<Item>) {
    this.#deps = deps;
    this.name = deps.name;
  }

  get view(): ChannelView {
    return {
      waiting: this.#waiting.size,
      isSending: this.#onItsWay !== null,
      ...this.#counts,
    };
  }

  /** Also takes an item that waits already, or is on its way: then nothing changes. */
  take(item: Item): void {
    if (this.#waiting.has(item.id) || this.#onItsWay?.ids.has(item.id)) return;
    this.#waiting.set(item.id, item);
    if (this.#waiting.size <= this.#deps.backlogMax) return;
    const [oldest] = this.#waiting.values();
    if (oldest === undefined) return;
    this.#waiting.delete(oldest.id);
    this.#counts.dropped++;
    this.#deps.onSettled([oldest]);
  }

  /** Whoever kept these will offer them to another node. What is on its way stays so. */
  forgetWaiting(): void {
    this.#waiting.clear();
  }

  /** What an earlier run, or this one, has sent: the cap holds over a restart. */
  async recall(): Promise<void> {
    const { jobs, clock, rules } = this.#deps;
    if (rules === null) return;
    const sent = await jobs.sentWithinHour(this.name);
    const all = [...new Set([...this.#sent, ...sent])].filter((atMs) => atMs <= clock.wallMs());
    this.#sent = all.toSorted((a, b) => a - b);
  }

  /** Sends what is due. To be called again and again; rejects when the queue does not answer. */
  async round(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      if (this.#onItsWay === null) this.#begin();
      const onItsWay = this.#onItsWay;
      if (onItsWay !== null) await this.#push(onItsWay);
    } finally {
      this.#isBusy = false;
    }
  }

  /** A job has ended. One that this run knows nothing of changes nothing. */
  ended(jobId: string, end: NoticeEnd): void {
    const onItsWay = this.#onItsWay;
    if (onItsWay?.job.id !== jobId) return;
    this.#onItsWay = null;
    const { items } = onItsWay;
    if (end === "delivered") {
      this.#counts.delivered += items.length;
      this.#counts.messages++;
    } else this.#counts.givenUp += items.length;
    this.#deps.onSettled(items);
  }

  /** Gathers what waits into a message, if one may leave now. */
  #begin(): void {
    const { clock, rules, batchMax, messageOf, name } = this.#deps;
    const nowMs = clock.wallMs();
    if (this.#waiting.size === 0) return;
    if (rules !== null && dueAtMs(this.#sent, rules, nowMs) > nowMs) return;
    const items = [...this.#waiting.values()].slice(0, batchMax);
    const ids = new Set(items.map((item) => item.id));
    for (const one of ids) this.#waiting.delete(one);
    const id = `${name}-${nowMs}-${++this.#serial}`;
    const job = { id, channel: name, message: messageOf(id, items) };
    this.#onItsWay = { job, items, ids, isQueued: false, checkedAtMs: 0 };
    this.#sent = withSent(this.#sent, nowMs);
  }

  /** Puts the message into the queue, and again should the queue have lost it. */
  async #push(onItsWay: OnItsWay<Item>): Promise<void> {
    const { jobs, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (onItsWay.isQueued) {
      if (nowMs - onItsWay.checkedAtMs < CHECK_EVERY_MS) return;
      onItsWay.checkedAtMs = nowMs;
      if (await jobs.has(onItsWay.job.id)) return;
    }
    if (this.#onItsWay !== onItsWay) return; // It has ended meanwhile.
    await jobs.enqueue(onItsWay.job);
    onItsWay.isQueued = true;
    onItsWay.checkedAtMs = nowMs;
  }
}
