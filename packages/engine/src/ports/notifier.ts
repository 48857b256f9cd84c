import type { Key, NodeId, NoticeKind, Version } from "@ringkv/core";

/**
 * One way to tell people or programs: a mail server, a receiver of webhooks. Implemented by
 * mail-smtp and webhook-axios.
 */
export interface Notifier {
  /**
   * Resolves with what the other side answered, when it has taken the message; it may have taken it
   * also when this rejects. Rejects with `DeliveryFailure`, within a bounded time.
   */
  deliver(message: Message): Promise<string>;
}

/** Plain data: it lies in a queue until it is delivered. */
export type Message = WritesMessage | AlertsMessage | TestMessage;

interface About {
  /** The same for each attempt to deliver this message. */
  readonly id: string;
  readonly cluster: string;
  readonly sender: NodeId;
}

export interface WritesMessage extends About {
  readonly kind: "writes";
  /** How many writes this message is about; `events` may be only the first of them. */
  readonly count: number;
  readonly events: readonly WriteEvent[];
  /** How many of all of them each node coordinated. */
  readonly byCoordinator: Readonly<Record<string, number>>;
}

export interface WriteEvent {
  /** The version: who is told twice can tell. */
  readonly id: Version;
  readonly key: Key;
  readonly kind: NoticeKind;
  /** Milliseconds since the epoch, by the coordinator's clock. */
  readonly atMs: number;
  readonly coordinator: NodeId | "unknown";
  /** Only where values are told, and this one is short enough. */
  readonly value?: { readonly contentType: string; readonly base64: string };
}

export interface AlertsMessage extends About {
  readonly kind: "alerts";
  readonly alerts: readonly Alert[];
}

export interface Alert {
  readonly id: string;
  readonly kind: AlertKind;
  /** The node that it is about. */
  readonly node: NodeId;
  /** One line for people. */
  readonly detail: string;
  readonly atMs: number;
}

export const ALERT_KINDS = [
  "node-down",
  "node-up",
  "recovery-done",
  "flapping",
  "quorum-lost",
  "snapshot-failed",
  "store-full",
  "jobs-failing",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Longer ones are cut: they travel, and lie in a queue. */
export const ALERT_DETAIL_MAX = 500;

export interface TestMessage extends About {
  readonly kind: "test";
}

export class DeliveryFailure extends Error {
  override readonly name = "DeliveryFailure";
  /** The other side has said no, and would say so again: trying for a day would help nobody. */
  readonly isPermanent: boolean;

  constructor(message: string, { isPermanent }: { readonly isPermanent: boolean }) {
    super(message);
    this.isPermanent = isPermanent;
  }
}
