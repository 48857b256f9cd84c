/** What an operator sends to a node, and is answered: drain, and faults made on purpose. */

import { FAULT_DELAY_MS_MAX, FAULT_KINDS, FAULT_SECONDS_MAX, type Fault } from "@ringkv/engine";
import { z } from "zod";
import type { Sent } from "./sent.js";
import { countSchema, nodeIdSchema } from "./words.js";

/** How long a fault lasts unless it is said. */
export const FAULT_SECONDS = 30;

export const faultSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS).describe("What goes wrong."),
  node: z.string().optional().describe("Which member takes part; this one unless said."),
  peer: z.string().optional().describe("For `cut` and `delay`: the other end of the link."),
  delayMs: z.int().min(1).max(FAULT_DELAY_MS_MAX).optional().describe("For `delay`."),
  seconds: z
    .int()
    .min(1)
    .max(FAULT_SECONDS_MAX)
    .optional()
    .describe(`${FAULT_SECONDS} unless said.`),
});

export const inflictedSchema = z
  .object({
    node: nodeIdSchema.describe("Who takes part."),
    kind: z.enum(FAULT_KINDS),
    peer: nodeIdSchema.nullable().describe("Null: none, or all."),
    delayMs: countSchema,
    seconds: countSchema,
  } satisfies Record<keyof Fault | "node", z.ZodType>)
  .meta({ id: "InflictedFault" });

const activeFaultSchema = z.object({
  kind: z.enum(["isolate", "cut", "delay"]),
  peer: nodeIdSchema.nullable().describe("Null: every member."),
  delayMs: countSchema.nullable().describe("Null: messages are lost."),
  secondsLeft: countSchema,
});

export type ActiveFault = Sent<typeof activeFaultSchema>;

export const activeFaultsSchema = z
  .object({ node: nodeIdSchema, active: z.array(activeFaultSchema) })
  .meta({ id: "ActiveFaults", description: "What is broken on purpose on this node." });

export const drainSchema = z.strictObject({});

export const drainingSchema = z
  .object({ node: nodeIdSchema, draining: z.literal(true) })
  .meta({ id: "Draining" });

export const boardSessionSchema = z
  .object({ board: z.literal("/queues").describe("Where the board is.") })
  .meta({ id: "BoardSession" });
