/** A queue of notifications and a receiver, both in memory, that fail when a test says so. */

import type { Version, WriteNotice } from "@ringkv/core";
import type { NoticeJob, NoticeJobs } from "../src/ports/notice-jobs.js";
import { DeliveryFailure, type Message, type Notifier } from "../src/ports/notifier.js";
import type { Outbox } from "../src/ports/outbox.js";

export class FakeQueue implements NoticeJobs {
  readonly jobs = new Map<string, NoticeJob>();
  readonly recent: number[] = [];
  isAway = false;

  async enqueue(job: NoticeJob): Promise<void> {
    this.#mustAnswer();
    this.jobs.set(job.id, job);
  }

  async has(id: string): Promise<boolean> {
    this.#mustAnswer();
    return this.jobs.has(id);
  }

  async sentWithinHour(): Promise<readonly number[]> {
    this.#mustAnswer();
    return this.recent;
  }

  /** What a worker would do with everything that waits; what fails stays. */
  async work(run: (job: NoticeJob) => Promise<void>): Promise<void> {
    for (const job of this.jobs.values()) {
      const isDone = await run(job).then(
        () => true,
        () => false,
      );
      if (isDone) this.jobs.delete(job.id);
    }
  }

  #mustAnswer(): void {
    if (this.isAway) throw new Error("the queue is away");
  }
}

export class FakeReceiver implements Notifier {
  readonly messages: Message[] = [];
  isAway = false;

  async deliver(message: Message): Promise<string> {
    if (this.isAway) throw new DeliveryFailure("nobody answers", { isPermanent: false });
    this.messages.push(message);
    return "250 ok";
  }

  /** The keys told of so far, in order. */
  get keys(): string[] {
    return this.messages.flatMap((message) => {
      return message.kind === "writes" ? message.events.map(({ key }) => key) : [];
    });
  }

  /** What was alerted so far: "node-down node2". */
  get alerts(): string[] {
    return this.messages.flatMap((message) => {
      return message.kind === "alerts" ? message.alerts.map((it) => `${it.kind} ${it.node}`) : [];
    });
  }
}

export class FakeOutbox implements Outbox {
  readonly notices = new Map<Version, WriteNotice>();
  isAway = false;

  add(...notices: readonly WriteNotice[]): void {
    for (const notice of notices) this.notices.set(notice.version, notice);
  }

  async page(after: Version | null, countMax: number): Promise<readonly WriteNotice[]> {
    if (this.isAway) throw new Error("the store is away");
    return [...this.notices.values()]
      .filter(({ version }) => after === null || version > after)
      .toSorted((a, b) => (a.version < b.version ? -1 : 1))
      .slice(0, countMax);
  }

  async drop(versions: readonly Version[]): Promise<void> {
    for (const version of versions) this.notices.delete(version);
  }

  async size() {
    return { waiting: this.notices.size, dropped: 0 };
  }
}
