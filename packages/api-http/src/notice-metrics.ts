/** What Prometheus is told of notifications: the numbers of `/status`, by channel. */

import type { NodeStatus } from "@ringkv/engine";
import { Counter, Gauge, type Registry } from "prom-client";

export function addNoticeMetrics(
  registry: Registry,
  notifications: NodeStatus["notifications"],
): void {
  if (notifications === null) return;
  const registers = [registry];
  const { outbox, channels } = notifications;
  if (outbox !== null) {
    const help = "Notices that this node keeps until they are settled.";
    new Gauge({ name: "ringkv_outbox_notices", help, registers }).set(outbox.waiting);
    const dropped = "Notices that made room for newer ones and were never told.";
    const name = "ringkv_outbox_dropped_total";
    new Counter({ name, help: dropped, registers }).inc(outbox.dropped);
  }
  const waiting = new Gauge({
    name: "ringkv_notices_waiting",
    help: "Notices that wait for their channel's next message, on the leader.",
    labelNames: ["channel"],
    registers,
  });
  const notices = new Counter({
    name: "ringkv_notices_total",
    help: "Notices and alerts by channel and outcome.",
    labelNames: ["channel", "outcome"],
    registers,
  });
  const messages = new Counter({
    name: "ringkv_notifications_sent_total",
    help: "Mails and webhook calls that were taken.",
    labelNames: ["channel"],
    registers,
  });
  for (const [channel, view] of Object.entries(channels)) {
    waiting.set({ channel }, view.waiting);
    notices.inc({ channel, outcome: "delivered" }, view.delivered);
    notices.inc({ channel, outcome: "given-up" }, view.givenUp);
    notices.inc({ channel, outcome: "dropped" }, view.dropped);
    messages.inc({ channel }, view.messages);
  }
}
