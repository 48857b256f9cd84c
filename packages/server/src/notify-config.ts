/**
 * What an operator can set of notifications: a part of the configuration in config.ts. Secrets may
 * stand in files, as containers are given them.
 */

import { targetOf } from "@ringkv/webhook-axios";
import { z } from "zod";
import { fileOf, flag } from "./secret-file.js";

const RECIPIENTS_MAX = 50;
const PATTERNS_MAX = 100;
const PATTERN_LENGTH_MAX = 1_024;
const WEBHOOKS_MAX = 4;
const SECRET_LENGTH_MAX = 1_024;

const email = z.email("must be a plain address, like kv@example.org").max(254);
const secret = z.string().max(SECRET_LENGTH_MAX);

const secretFile = fileOf(secret);

/** Parts between commas, none of them empty. */
function list<T extends z.ZodType<unknown, string>>(part: T, countMax: number) {
  return z
    .string()
    .transform((text) => text.split(",").map((one) => one.trim()))
    .pipe(z.array(part).max(countMax));
}

export const notifyShape = {
  NOTIFY_ENABLED: flag
    .optional()
    .describe("false: nobody is told anything; empty: on when there is somebody to tell."),
  NOTIFY_KEYS: list(z.string().min(1).max(PATTERN_LENGTH_MAX), PATTERNS_MAX)
    .default(["*"])
    .describe("Patterns of the keys whose writes are told, with * and ?, divided by commas."),
  NOTIFY_INCLUDE_VALUES: flag
    .default(false)
    .describe("true: values of up to 4096 bytes are told too, in the clear."),
  NOTIFY_DIGEST_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(5_000)
    .describe("What comes so soon after a mail is gathered into the next one."),
  NOTIFY_MAX_PER_HOUR: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(60)
    .describe("Mails about writes in an hour, and as many alerts; beyond it they gather."),
  NOTIFY_OUTBOX_MAX: z.coerce
    .number()
    .int()
    .min(100)
    .max(1_000_000)
    .default(50_000)
    .describe("Notices that a node keeps until they are told; beyond it the oldest are dropped."),
  NOTIFY_FROM: email.optional().describe("The sender of mails."),
  NOTIFY_TO: list(email, RECIPIENTS_MAX)
    .optional()
    .describe("The recipients of mails, divided by commas."),
  SMTP_HOST: z
    .string()
    .regex(/^[\w.:-]{1,253}$/, "must be a host's name or address")
    .optional()
    .describe("The mail server; empty: no mails."),
  SMTP_PORT: z.coerce.number().int().min(1).max(65_535).default(587).describe("Its port."),
  SMTP_USER: z.string().max(SECRET_LENGTH_MAX).optional().describe("Empty: no login."),
  SMTP_PASSWORD: secret.optional().describe("The login's password."),
  SMTP_PASSWORD_FILE: secretFile.optional().describe("A file that holds it instead."),
  SMTP_SECURE: flag.default(false).describe("true: TLS from the first byte, as on port 465."),
  SMTP_REQUIRE_TLS: flag
    .default(true)
    .describe("false: a server without STARTTLS is sent mails in the clear."),
  SMTP_TLS_REJECT_UNAUTHORIZED: flag
    .default(true)
    .describe("false: the mail server's certificate may be anybody's."),
  NOTIFY_WEBHOOKS: list(z.string().min(1), WEBHOOKS_MAX)
    .optional()
    .describe("URLs that are sent the same as JSON, divided by commas."),
  NOTIFY_WEBHOOK_SECRET: secret.min(8).optional().describe("With it they are signed."),
  NOTIFY_WEBHOOK_SECRET_FILE: secretFile.optional().describe("A file that holds it instead."),
  NOTIFY_WEBHOOK_ALLOW_HTTP: flag.default(false).describe("true: also without encryption."),
  NOTIFY_WEBHOOK_ALLOW_PRIVATE: flag
    .default(false)
    .describe("true: also to private and local addresses, such as other containers."),
};

type NotifyConfig = z.infer<z.ZodObject<typeof notifyShape>>;

/** The rules between these settings, in the words that an operator needs when one is broken. */
export function notifyRelations(config: NotifyConfig) {
  const rule = (path: keyof typeof notifyShape, holds: boolean, message: string) => {
    return { path, holds, message };
  };
  const isMailing = config.SMTP_HOST !== undefined;
  const twice = (one: unknown, other: unknown) => one !== undefined && other !== undefined;
  return [
    rule("NOTIFY_FROM", !isMailing || config.NOTIFY_FROM !== undefined, "SMTP_HOST needs a sender"),
    rule("NOTIFY_TO", !isMailing || config.NOTIFY_TO !== undefined, "SMTP_HOST needs somebody"),
    rule(
      "SMTP_PASSWORD_FILE",
      !twice(config.SMTP_PASSWORD, config.SMTP_PASSWORD_FILE),
      "is given beside SMTP_PASSWORD",
    ),
    rule(
      "SMTP_PASSWORD",
      config.SMTP_USER === undefined || smtpPasswordIn(config) !== undefined,
      "SMTP_USER needs one",
    ),
    rule(
      "NOTIFY_WEBHOOK_SECRET_FILE",
      !twice(config.NOTIFY_WEBHOOK_SECRET, config.NOTIFY_WEBHOOK_SECRET_FILE),
      "is given beside NOTIFY_WEBHOOK_SECRET",
    ),
    ...(config.NOTIFY_WEBHOOKS ?? []).map((url, index) => {
      const refusal = refusalOf(url, config);
      return rule("NOTIFY_WEBHOOKS", refusal === null, `number ${index + 1}: ${refusal}`);
    }),
  ];
}

export function smtpPasswordIn(config: NotifyConfig): string | undefined {
  return config.SMTP_PASSWORD ?? config.SMTP_PASSWORD_FILE;
}

export function webhookSecretIn(config: NotifyConfig): string | null {
  return config.NOTIFY_WEBHOOK_SECRET ?? config.NOTIFY_WEBHOOK_SECRET_FILE ?? null;
}

/** Whether there is anybody to tell, and nobody has said not to. */
export function isNotifying(config: NotifyConfig): boolean {
  const hasReceiver = config.SMTP_HOST !== undefined || config.NOTIFY_WEBHOOKS !== undefined;
  return hasReceiver && config.NOTIFY_ENABLED !== false;
}

export function targetRulesIn(config: NotifyConfig) {
  return {
    allowHttp: config.NOTIFY_WEBHOOK_ALLOW_HTTP,
    allowPrivate: config.NOTIFY_WEBHOOK_ALLOW_PRIVATE,
  };
}

/** Why the URL may not be used, without repeating it; null: it may. */
function refusalOf(url: string, config: NotifyConfig): string | null {
  try {
    targetOf(url, targetRulesIn(config));
    return null;
  } catch (thrown) {
    return (thrown as Error).message;
  }
}
