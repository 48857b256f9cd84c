/**
 * A snapshot as one JSON document, a restore's answer, and what its failures add. How a snapshot is
 * written and read is core's; a file is checked there record by record, and never as a whole.
 */

import { SNAPSHOT_FORMAT, SNAPSHOT_FORMAT_VERSION } from "@ringkv/core";
import type { RestoreReport } from "@ringkv/engine";
import { z } from "zod";
import {
  countSchema,
  expiresAtSchema,
  jsonValueSchema,
  nodeIdSchema,
  versionSchema,
} from "./words.js";

const HEX_32 = "^[0-9a-f]{8}$";

const entrySchema = z
  .object({
    version: versionSchema,
    contentType: z.string(),
    expiresAt: expiresAtSchema.optional(),
    tombstone: z.literal(true).optional().describe("A deletion mark; `value` is null then."),
    value: jsonValueSchema.optional(),
    base64: z.string().optional().describe("Instead of `value`: bytes that are neither."),
    checksum: z
      .string()
      .meta({ pattern: HEX_32, description: "XXH32 of the record. Others may leave it out." }),
  })
  .meta({ id: "SnapshotEntry" });

export const snapshotFileSchema = z
  .object({
    format: z.literal(SNAPSHOT_FORMAT),
    formatVersion: z.literal(SNAPSHOT_FORMAT_VERSION),
    scope: z.enum(["node", "cluster"]),
    node: nodeIdSchema.describe("Who took it."),
    cluster: z.string(),
    prefix: z.string(),
    takenAt: z.iso.datetime(),
    entries: z.record(z.string(), entrySchema).describe("By key."),
    finishedAt: z.iso.datetime(),
    count: countSchema.describe("Of entries."),
    sha256: z
      .string()
      .meta({ pattern: "^[0-9a-f]{64}$", description: 'Of all bytes before `,"sha256"`.' }),
  })
  .meta({ id: "Snapshot" });

export const reportShape = {
  restored: countSchema.describe("Held now, with this version (`merge`), or written anew."),
  skippedOlder: countSchema.describe("A newer version was held (`merge`)."),
  skippedExpired: countSchema.describe("Had expired: nothing to write anew (`overwrite`)."),
  total: countSchema,
} satisfies Record<keyof RestoreReport, z.ZodType>;

export const restoredSchema = z
  .object({ mode: z.enum(["merge", "overwrite"]), dryRun: z.boolean(), ...reportShape })
  .meta({ id: "Restored" });

/** What every failure of a restore says besides: what became of the records before it. */
export const restoreProblemShape = {
  read: z
    .object({ records: countSchema, bytes: countSchema })
    .nullable()
    .describe("Of a restore: what had been read without a flaw; null: not known.")
    .optional(),
  restored: reportShape.restored.optional(),
  skippedOlder: reportShape.skippedOlder.optional(),
  skippedExpired: reportShape.skippedExpired.optional(),
  total: reportShape.total.optional(),
};
