/** What a write or a deletion answers. */

import { z } from "zod";
import { explanationSchema } from "./explanation-schema.js";
import {
  expiresAtSchema,
  keySchema,
  nodeIdSchema,
  partitionSchema,
  versionSchema,
} from "./words.js";

const shape = {
  key: keySchema,
  version: versionSchema,
  partition: partitionSchema,
  primary: nodeIdSchema.describe("The first owner of the partition."),
  stored: z
    .array(nodeIdSchema)
    .describe("Who had it on disk when the answer was given, stand-ins included."),
  standIns: z
    .array(nodeIdSchema)
    .describe("Those of `stored` that do not own the partition, and will hand it to its owners."),
  w: z.int().min(1).describe("W: how many nodes were asked for."),
};

const explained = { explain: explanationSchema.optional() };

export const putReceiptSchema = z
  .object({
    ...shape,
    created: z.boolean().describe("Whether no node that stored it had a value before."),
    expiresAt: expiresAtSchema.optional(),
    ...explained,
  })
  .meta({ id: "PutReceipt", description: "The write is on the disks of the nodes in `stored`." });

export const deleteReceiptSchema = z
  .object({
    ...shape,
    existed: z.boolean().describe("Whether a node that stored the deletion had a value before."),
    ...explained,
  })
  .meta({ id: "DeleteReceipt", description: "The deletion is on the disks of `stored`." });
