/**
 * Builds what a node needs to tell anybody anything; see compose.ts. Who mails nobody, or calls
 * nobody's webhook, does not load what it takes: together that is some megabytes.
 */

import { keyMatcher } from "@ringkv/core";
import type { Clock, Log, NoticePorts, Random, Receiver } from "@ringkv/engine";
import { NoticeQueue } from "@ringkv/jobs-bullmq";
import type { RedisStores } from "@ringkv/store-redis";
import type { Config } from "./config.js";
import { isNotifying, smtpPasswordIn, targetRulesIn, webhookSecretIn } from "./notify-config.js";
import { queueUrlOf } from "./store-config.js";

export interface NoticeParts {
  readonly queue: NoticeQueue;
  readonly ports: NoticePorts;
}

interface NoticeDeps {
  readonly stores: RedisStores;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A mail lists so many keys, and counts the rest. */
const MAIL_LISTED_MAX = 100;
/** With the longest keys a webhook's body stays below two megabytes. */
const WEBHOOK_BATCH_MAX = 200;

/** Null: notifications are off. */
export async function composeNotices(
  config: Config,
  deps: NoticeDeps,
): Promise<NoticeParts | null> {
  if (!isNotifying(config)) return null;
  const { stores, random, log } = deps;
  const queue = new NoticeQueue({ url: queueUrlOf(config), node: config.NODE_ID, log, random });
  const isTold = keyMatcher(config.NOTIFY_KEYS);
  const note = config.NOTIFY_INCLUDE_VALUES ? "value" : "key";
  const ports: NoticePorts = {
    outbox: stores.outbox,
    jobs: queue,
    receivers: [...(await mailIn(config)), ...(await webhooksIn(config, deps.clock))],
    options: {
      noteOf: (key) => (isTold(key) ? note : undefined),
      backlogMax: config.NOTIFY_OUTBOX_MAX,
    },
  };
  return { queue, ports };
}

async function mailIn(config: Config): Promise<Receiver[]> {
  const { SMTP_HOST: host, NOTIFY_FROM: from, NOTIFY_TO: to, SMTP_USER: user } = config;
  if (host === undefined || from === undefined || to === undefined) return [];
  const { SmtpMailer } = await import("@ringkv/mail-smtp");
  const notifier = new SmtpMailer({
    host,
    port: config.SMTP_PORT,
    credentials: user === undefined ? null : { user, password: smtpPasswordIn(config) ?? "" },
    secure: config.SMTP_SECURE,
    requireTls: config.SMTP_REQUIRE_TLS && !config.SMTP_SECURE,
    rejectUnauthorized: config.SMTP_TLS_REJECT_UNAUTHORIZED,
    from,
    to,
  });
  const rules = { digestMs: config.NOTIFY_DIGEST_MS, perHourMax: config.NOTIFY_MAX_PER_HOUR };
  const batchMax = config.NOTIFY_OUTBOX_MAX;
  return [{ name: "mail", notifier, rules, batchMax, listedMax: MAIL_LISTED_MAX }];
}

async function webhooksIn(config: Config, clock: Clock): Promise<Receiver[]> {
  const urls = config.NOTIFY_WEBHOOKS ?? [];
  if (urls.length === 0) return [];
  const { Webhook } = await import("@ringkv/webhook-axios");
  const rules = targetRulesIn(config);
  const secret = webhookSecretIn(config);
  return urls.map((url, index) => {
    const notifier = new Webhook({ ...rules, url, secret, clock });
    const sizes = { batchMax: WEBHOOK_BATCH_MAX, listedMax: WEBHOOK_BATCH_MAX };
    return { name: `webhook${index + 1}`, notifier, rules: null, ...sizes };
  });
}
