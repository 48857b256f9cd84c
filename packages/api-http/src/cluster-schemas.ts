/** What a node finds out by asking the others: where a key lies, whether all copies are equal. */

import { z } from "zod";
import {
  countSchema,
  keySchema,
  memberStateSchema,
  nodeIdSchema,
  partitionSchema,
  versionSchema,
} from "./words.js";

export const locationSchema = z
  .object({
    key: keySchema,
    partition: partitionSchema,
    walk: z.array(nodeIdSchema).describe("All members, in the order in which they are asked."),
    owners: z.array(nodeIdSchema).describe("The first N of the walk."),
    holders: z.array(
      z.object({
        node: nodeIdSchema,
        state: memberStateSchema,
        version: versionSchema.nullable().describe("Null: no copy, or no answer."),
        answered: z.boolean(),
      }),
    ),
  })
  .meta({ id: "Location" });

export const verificationSchema = z
  .object({
    equal: z.boolean().describe("Everybody was asked, and all owners hold the same."),
    partitions: countSchema.describe("How many were compared."),
    differing: z.array(partitionSchema),
    notAsked: z.array(nodeIdSchema).describe("Members that could not be asked."),
    wrongDigests: z
      .array(z.object({ node: nodeIdSchema, partition: partitionSchema }))
      .describe("Running sums that do not match the records; their nodes will rebuild them."),
    damaged: z
      .array(z.object({ node: nodeIdSchema, partition: partitionSchema, records: countSchema }))
      .describe("Records that are not what was stored; their nodes will mend them."),
  })
  .meta({ id: "Verification" });
