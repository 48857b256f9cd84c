/** What is told of notifications: by `/status`, and after a test message. */

import type { NoticesStatus, TestResult } from "@ringkv/engine";
import { z } from "zod";
import type { Sent } from "./sent.js";
import { countSchema } from "./words.js";

const channelSchema = z.object({
  waiting: countSchema.describe("For the next message, on the leader."),
  isSending: z.boolean().describe("A message is on its way, or tried again."),
  delivered: countSchema,
  givenUp: countSchema.describe("Told of in a message that failed for a day, or was refused."),
  dropped: countSchema.describe("Made room for newer ones."),
  messages: countSchema.describe("Mails or calls that were taken."),
} satisfies Record<keyof NoticesStatus["channels"][string], z.ZodType>);

export const notificationsSchema = z
  .object({
    outbox: z
      .object({
        waiting: countSchema.describe("Notices kept here until they are settled."),
        dropped: countSchema.describe("Made room for newer ones and were never told."),
      } satisfies Record<keyof NonNullable<NoticesStatus["outbox"]>, z.ZodType>)
      .nullable()
      .describe("Null while this node's Redis does not answer."),
    channels: z
      .record(z.string(), channelSchema)
      .describe("Two for each receiver, writes and alerts: since this start of the node."),
  } satisfies Record<keyof NoticesStatus, z.ZodType>)
  .meta({ id: "Notifications" });

export const notifyTestSchema = z
  .object({
    delivered: z.boolean().describe("To every receiver."),
    results: z.array(
      z.object({
        receiver: z.string().describe("`mail`, or `webhook1` and so on."),
        delivered: z.boolean(),
        answer: z.string().describe("What the other side said, or what kept it from that."),
      } satisfies Record<keyof TestResult, z.ZodType>),
    ),
  })
  .meta({ id: "NotifyTest" });

export type NotifyTested = Sent<typeof notifyTestSchema>;
