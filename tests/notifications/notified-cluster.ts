/** A cluster of real processes that tells a real mail server and a real receiver of webhooks. */

import {
  SMTP_PASSWORD,
  SMTP_USER,
  SmtpCatcher,
} from "../../packages/mail-smtp/test-support/smtp-catcher.js";
import type { NodeName, Status } from "../harness/cluster.js";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";
import { WEBHOOK_SECRET, WebhookCatcher } from "./webhook-catcher.js";

const DEADLINE_MS = 60_000;

interface NotifyingStatus extends Status {
  readonly notifications?: { readonly outbox: { readonly waiting: number } | null } | null;
}

const ATTEMPTS_MAX = 20;
const ATTEMPTS_APART_MS = 250;

export class NotifiedCluster {
  readonly cluster: LocalProcesses;
  readonly smtp: SmtpCatcher;
  readonly hook: WebhookCatcher;
  /** The versions of all writes that were acknowledged. */
  readonly acknowledged = new Set<string>();
  #serial = 0;

  private constructor(cluster: LocalProcesses, smtp: SmtpCatcher, hook: WebhookCatcher) {
    this.cluster = cluster;
    this.smtp = smtp;
    this.hook = hook;
  }

  static async open(settings: Readonly<Record<string, string>>): Promise<NotifiedCluster> {
    const smtp = new SmtpCatcher();
    const hook = new WebhookCatcher();
    await smtp.start();
    await hook.start();
    const cluster = await openLocalProcesses({
      SMTP_HOST: "127.0.0.1",
      SMTP_PORT: `${smtp.port}`,
      SMTP_USER,
      SMTP_PASSWORD,
      SMTP_TLS_REJECT_UNAUTHORIZED: "false",
      NOTIFY_FROM: "ringkv@example.org",
      NOTIFY_TO: "ops@example.org",
      NOTIFY_WEBHOOKS: hook.url,
      NOTIFY_WEBHOOK_SECRET: WEBHOOK_SECRET,
      NOTIFY_WEBHOOK_ALLOW_HTTP: "true",
      NOTIFY_WEBHOOK_ALLOW_PRIVATE: "true",
      ...settings,
    });
    const notified = new NotifiedCluster(cluster, smtp, hook);
    await notified.leader();
    return notified;
  }

  /** Everything up, everybody agreed, and by whom. */
  async leader(): Promise<NodeName> {
    const { cluster } = this;
    let leader = "";
    await cluster.waitUntil(
      "all nodes are ready and agree on a leader",
      async () => {
        const views = cluster.nodes.map(async (node) => {
          const { ready } = await cluster.at(node).health();
          return ready ? (await cluster.at(node).leadership()).leader : null;
        });
        const leaders = new Set(await Promise.all(views));
        [leader = ""] = [...leaders].map((name) => name ?? "");
        return leaders.size === 1 && leader !== "" ? "" : `they say ${[...leaders].join(" ")}`;
      },
      DEADLINE_MS,
    );
    return leader as NodeName;
  }

  /**
   * Writes through one node, some at a time; remembers what was acknowledged. What was not is tried
   * again for some seconds, as clients do, so that something is written whatever has failed.
   */
  async write(through: NodeName, count: number, atOnce = 8): Promise<void> {
    const door = this.cluster.at(through);
    let left = count;
    const work = async () => {
      while (left-- > 0) {
        const key = `key ${this.#serial++}`;
        let receipt = await door.put(key, "v").catch(() => null);
        for (let again = 0; receipt === null && again < ATTEMPTS_MAX; again++) {
          await this.cluster.pass(ATTEMPTS_APART_MS);
          receipt = await door.put(key, "v").catch(() => null);
        }
        if (receipt !== null) this.acknowledged.add(receipt.version);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Resolves when the receiver of webhooks has been told of every acknowledged write. */
  async untilTold(): Promise<void> {
    const lost = () => [...this.acknowledged].filter((version) => !this.hook.told.has(version));
    await this.cluster.waitUntil(
      "every acknowledged write is told",
      async () => (lost().length === 0 ? "" : `${lost().length} are not`),
      DEADLINE_MS,
    );
  }

  /**
   * Resolves when no node keeps a notice any more: what was told by now is never told again, unless
   * a queue that was away still holds a message about it.
   */
  async untilSettled(): Promise<void> {
    await this.untilTold();
    await this.cluster.waitUntil(
      "every outbox is empty",
      async () => {
        const sizes = await Promise.all(this.cluster.nodes.map((node) => this.#waitingAt(node)));
        return sizes.every((size) => size === 0) ? "" : `they keep ${sizes.join(", ")}`;
      },
      DEADLINE_MS,
    );
  }

  async #waitingAt(node: NodeName): Promise<number | null> {
    const status: NotifyingStatus = await this.cluster.at(node).status();
    return status.notifications?.outbox?.waiting ?? null;
  }

  /** How many writes the mails so far have told of. */
  get mailed(): number {
    return this.smtp.mails.reduce((sum, { text }) => {
      if (text.includes("One key was written:")) return sum + 1;
      return sum + Number(/^(\d+) writes, the first/m.exec(text)?.[1] ?? 0);
    }, 0);
  }

  async untilMailed(count: number): Promise<void> {
    await this.cluster.waitUntil(
      "mails tell of every write",
      async () => (this.mailed >= count ? "" : `${this.mailed} of ${count}`),
      DEADLINE_MS,
    );
  }

  async close(): Promise<void> {
    await this.cluster.close();
    await this.smtp.stop();
    await this.hook.stop();
  }
}
