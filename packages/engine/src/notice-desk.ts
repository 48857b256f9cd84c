/**
 * The leader's desk: takes the notices that nodes offer from their outboxes, once each, hands them
 * to every channel, and says which ones are settled, so that their keepers may forget them.
 *
 * Two nodes or more keep each notice, and each offers its own: that the second one is the same is
 * known by its version. What is settled is remembered for a while, and in memory only: who takes
 * over the lead knows nothing of it, and tells again what its keepers had not forgotten yet.
 */

import { msOf, type NodeId, nodeNumberOf, type Version, type WriteNotice } from "@ringkv/core";
import type { NoticeChannel } from "./notice-channel.js";
import type { WriteEvent } from "./ports/notifier.js";

export interface NoticeDeskDeps {
  readonly members: readonly NodeId[];
  readonly leads: () => boolean;
}

/** More than all outboxes together hold is not worth remembering. */
const SETTLED_MAX = 200_000;

export class NoticeDesk {
  readonly #deps: NoticeDeskDeps;
  readonly #coordinators: ReadonlyMap<number, NodeId>;
  readonly #channels: NoticeChannel<WriteEvent>[] = [];
  /** By version: how many channels are not done with it. */
  readonly #open = new Map<Version, number>();
  readonly #settled = new Set<Version>();

  constructor(deps: NoticeDeskDeps) {
    this.#deps = deps;
    this.#coordinators = new Map(deps.members.map((node) => [nodeNumberOf(node), node]));
  }

  addChannel(channel: NoticeChannel<WriteEvent>): void {
    this.#channels.push(channel);
  }

  /** For each, in order, whether it is settled. A node that does not lead takes none. */
  offer(notices: readonly WriteNotice[]): boolean[] {
    const leads = this.#deps.leads();
    return notices.map((notice) => {
      const { version } = notice;
      if (this.#settled.has(version)) return true;
      if (leads && !this.#open.has(version)) this.#take(notice);
      return this.#settled.has(version);
    });
  }

  /** A channel is done with these. */
  readonly settle = (events: readonly WriteEvent[]): void => {
    for (const { id } of events) {
      const open = this.#open.get(id);
      if (open === undefined) continue; // Abandoned: other channels may not have told of it.
      const left = open - 1;
      if (left > 0) this.#open.set(id, left);
      else {
        this.#open.delete(id);
        this.#remember(id);
      }
    }
  };

  /** The lead is lost: somebody else is offered what is not settled, from now on. */
  abandon(): void {
    for (const channel of this.#channels) channel.forgetWaiting();
    this.#open.clear();
  }

  #take(notice: WriteNotice): void {
    if (this.#channels.length === 0) {
      this.#remember(notice.version);
      return;
    }
    this.#open.set(notice.version, this.#channels.length);
    const event = this.#eventOf(notice);
    for (const channel of this.#channels) channel.take(event);
  }

  #remember(version: Version): void {
    this.#settled.add(version);
    if (this.#settled.size <= SETTLED_MAX) return;
    const [oldest] = this.#settled;
    if (oldest !== undefined) this.#settled.delete(oldest);
  }

  #eventOf({ version, key, kind, value }: WriteNotice): WriteEvent {
    const number = Number.parseInt(version.slice(-4), 16);
    const event: WriteEvent = {
      id: version,
      key,
      kind,
      atMs: msOf(version),
      coordinator: this.#coordinators.get(number) ?? "unknown",
    };
    if (value === null) return event;
    const { contentType, bytes } = value;
    return { ...event, value: { contentType, base64: bytes.toString("base64") } };
  }
}
