/** What `?explain=1` adds to an answer. */

import { z } from "zod";
import { nodeIdSchema, partitionSchema, versionSchema } from "./words.js";

export const explanationSchema = z
  .object({
    partition: partitionSchema,
    walk: z.array(nodeIdSchema).describe("All members, in the order in which they are asked."),
    asked: z.array(
      z.object({
        node: nodeIdSchema,
        answer: z
          .string()
          .describe(
            "`stored`, `repeated`, `stale`, `unvouched`, `found`, `absent`, `damaged`, or why " +
              "there was no answer.",
          ),
        version: versionSchema.nullable().describe("What the node holds, where it said so."),
        ms: z.number().min(0).describe("From the request's start to the node's answer."),
      }),
    ),
    winner: z
      .object({ version: versionSchema, nodes: z.array(nodeIdSchema) })
      .nullable()
      .describe("Null: there is no value."),
    why: z.string(),
  })
  .meta({ id: "Explanation", description: "Who was asked, who said what and when, who won, why." });
