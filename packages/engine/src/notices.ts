/**
 * Notifications, put together: what a node notes of its writes, how its outbox gets to the leader's
 * desk, and how alerts and notices become messages of each channel.
 *
 * Nothing here is waited for by a write, and nothing here can make one fail.
 */

import type { Key, NodeId, Note, Ring, StateOf, WindowRules, WriteNotice } from "@ringkv/core";
import { Alerts } from "./alerts.js";
import type { Background } from "./background.js";
import type { Leadership } from "./election.js";
import { type ChannelView, NoticeChannel } from "./notice-channel.js";
import { NoticeDesk } from "./notice-desk.js";
import { NoticeRounds } from "./notice-rounds.js";
import type { Clock } from "./ports/clock.js";
import type { Log } from "./ports/log.js";
import type { NoticeJob, NoticeJobs } from "./ports/notice-jobs.js";
import type { Alert, AlertKind, Notifier, WriteEvent, WritesMessage } from "./ports/notifier.js";
import type { Outbox, OutboxSize } from "./ports/outbox.js";
import type { Peers } from "./ports/peers.js";

/** What notifications need besides what a node has anyway. */
export interface NoticePorts {
  readonly outbox: Outbox;
  readonly jobs: NoticeJobs;
  readonly receivers: readonly Receiver[];
  readonly options: NoticeOptions;
}

export interface Receiver {
  /** Unique, of letters, digits and dashes. */
  readonly name: string;
  readonly notifier: Notifier;
  /** When its messages about writes may leave; null: at once. Alerts have the same rules. */
  readonly rules: WindowRules | null;
  /** How many writes one message tells of at most. */
  readonly batchMax: number;
  /** How many of them it lists. */
  readonly listedMax: number;
}

export interface NoticeOptions {
  /** What is to be noted of a write of the key; undefined: nothing. */
  readonly noteOf: (key: Key) => Note | undefined;
  /** How many notices may wait for a receiver. */
  readonly backlogMax: number;
}

export interface NoticesDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly log: Log;
  readonly peers: Pick<Peers, "offerNotices" | "raise">;
  readonly background: Background;
  readonly stateOf: StateOf;
  readonly seesMajority: () => boolean;
  readonly leadership: () => Leadership;
  readonly ports: NoticePorts;
  readonly options: NoticesOptions;
}

export interface NoticesOptions {
  readonly clusterId: string;
  readonly requestTimeoutMs: number;
  readonly downAfterMs: number;
}

export interface NoticesStatus {
  /** Null while the store does not answer. */
  readonly outbox: OutboxSize | null;
  readonly channels: Readonly<Record<string, ChannelView>>;
}

export interface TestResult {
  readonly receiver: string;
  readonly delivered: boolean;
  /** What the other side said, or what kept it from saying anything. */
  readonly answer: string;
}

/** How soon a notice is offered, and a message leaves. */
const ROUND_MS = 200;
const ALERTS_LISTED_MAX = 100;

export class Notices {
  readonly #deps: NoticesDeps;
  readonly #desk: NoticeDesk;
  readonly #rounds: NoticeRounds;
  readonly #alerts: Alerts;
  readonly #writes: NoticeChannel<WriteEvent>[] = [];
  readonly #alarms: NoticeChannel<Alert>[] = [];
  /** What is failing at the moment: said once, and not five times a second. */
  readonly #failing = new Set<string>();
  #isRecalled = false;

  constructor(deps: NoticesDeps) {
    const { leadership, ring, ports, options } = deps;
    const { members } = ring;
    const budgetMs = options.requestTimeoutMs;
    this.#deps = deps;
    this.#desk = new NoticeDesk({ members, leads: () => leadership().isLeader });
    this.#rounds = new NoticeRounds({ ...deps, ...ports, desk: this.#desk, budgetMs });
    this.#alerts = new Alerts({
      ...deps,
      members,
      downAfterMs: options.downAfterMs,
      budgetMs,
      tell: (alert) => {
        for (const channel of this.#alarms) channel.take(alert);
      },
    });
    for (const receiver of ports.receivers) this.#addReceiver(receiver);
  }

  get noteOf(): NoticeOptions["noteOf"] {
    return this.#deps.ports.options.noteOf;
  }

  begin(): void {
    const { background } = this.#deps;
    const { signal } = background;
    const every = (what: string, work: () => Promise<void>) =>
      background.every(ROUND_MS, () => this.#calmly(what, work));
    every("notices wait in the outbox: they cannot be offered", () => this.#rounds.round(signal));
    every("alerts wait: the leader does not take them", () => this.#alerts.round());
    every("messages wait: the queue does not take them", () => this.#send());
  }

  offer(notices: readonly WriteNotice[]): readonly boolean[] {
    return this.#desk.offer(notices);
  }

  heard(alert: Alert): void {
    this.#alerts.heard(alert);
  }

  /** Something has happened at this node that an operator should hear of. */
  alert(kind: AlertKind, detail: string, node?: NodeId): void {
    this.#alerts.raise(kind, detail, node);
  }

  /** What the queue calls. Rejects with `DeliveryFailure`. */
  async deliver({ id, channel, message }: NoticeJob): Promise<void> {
    const receiver = this.#receiverOf(channel);
    if (receiver === undefined) return; // It is told no more: the settings have changed.
    await receiver.notifier.deliver(message);
    for (const one of [...this.#writes, ...this.#alarms]) one.ended(id, "delivered");
  }

  /** What the queue calls when it tries no more. */
  givenUp({ id }: NoticeJob): void {
    for (const one of [...this.#writes, ...this.#alarms]) one.ended(id, "given-up");
  }

  /** Never rejects. */
  async status(): Promise<NoticesStatus> {
    const outbox = await this.#deps.ports.outbox.size().catch(() => null);
    const channels: Record<string, ChannelView> = {};
    for (const { name, view } of [...this.#writes, ...this.#alarms]) channels[name] = view;
    return { outbox, channels };
  }

  /** Sends one message to every receiver, past the queue. Never rejects. */
  test(): Promise<readonly TestResult[]> {
    const { ports, self, options, clock } = this.#deps;
    const id = `test-${self}-${clock.wallMs()}`;
    const about = { id, cluster: options.clusterId, sender: self };
    return Promise.all(
      ports.receivers.map(async ({ name: receiver, notifier }) => {
        return notifier.deliver({ kind: "test", ...about }).then(
          (answer) => ({ receiver, delivered: true, answer }),
          (thrown: Error) => ({ receiver, delivered: false, answer: thrown.message }),
        );
      }),
    );
  }

  /** On every node: one that has lost its majority has something to tell, and leads nobody. */
  async #send(): Promise<void> {
    const channels = [...this.#writes, ...this.#alarms];
    const { isLeader } = this.#deps.leadership();
    if (!isLeader) this.#desk.abandon();
    if (!this.#isRecalled) await Promise.all(channels.map((channel) => channel.recall()));
    this.#isRecalled = true;
    await Promise.all(channels.map((channel) => channel.round()));
  }

  async #calmly(what: string, work: () => Promise<void>): Promise<void> {
    const { log, background } = this.#deps;
    try {
      await work();
      if (this.#failing.delete(what)) log.info({ was: what }, "notifications go on");
    } catch (thrown) {
      if (this.#failing.has(what) || background.signal.aborted) return;
      this.#failing.add(what);
      log.warn({ err: thrown }, what);
    }
  }

  #addReceiver(receiver: Receiver): void {
    const { ports, options, self } = this.#deps;
    const shared = { ...this.#deps, jobs: ports.jobs, rules: receiver.rules };
    const about = { cluster: options.clusterId, sender: self };
    const writes = new NoticeChannel<WriteEvent>({
      ...shared,
      name: `${receiver.name}-writes`,
      batchMax: receiver.batchMax,
      backlogMax: ports.options.backlogMax,
      messageOf: (id, events) => {
        return { ...about, id, ...writesMessage(events, receiver.listedMax) };
      },
      onSettled: this.#desk.settle,
    });
    const alarms = new NoticeChannel<Alert>({
      ...shared,
      name: `${receiver.name}-alerts`,
      batchMax: ALERTS_LISTED_MAX,
      backlogMax: ALERTS_LISTED_MAX,
      messageOf: (id, alerts) => ({ ...about, id, kind: "alerts", alerts }),
      onSettled: () => {},
    });
    this.#desk.addChannel(writes);
    this.#writes.push(writes);
    this.#alarms.push(alarms);
  }

  #receiverOf(channel: string): Receiver | undefined {
    const { receivers } = this.#deps.ports;
    return receivers.find(({ name }) => [`${name}-writes`, `${name}-alerts`].includes(channel));
  }
}

function writesMessage(
  events: readonly WriteEvent[],
  listedMax: number,
): Pick<WritesMessage, "kind" | "count" | "events" | "byCoordinator"> {
  const byCoordinator: Record<string, number> = {};
  for (const { coordinator } of events) {
    byCoordinator[coordinator] = (byCoordinator[coordinator] ?? 0) + 1;
  }
  return {
    kind: "writes",
    count: events.length,
    events: events.slice(0, listedMax),
    byCoordinator,
  };
}
