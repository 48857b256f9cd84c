/** What a read answers in JSON. */

import { z } from "zod";
import { explanationSchema } from "./explanation-schema.js";
import { expiresAtSchema, jsonValueSchema, keySchema, versionSchema } from "./words.js";

/** Beside the value, whose text is passed on as it was written. */
export const readingRestSchema = z.object({
  encoding: z
    .literal("base64")
    .optional()
    .describe("Left out when `value` is JSON, or text in a string."),
  version: versionSchema,
  contentType: z.string().describe("As stored; `application/octet-stream` if none was given."),
  expiresAt: expiresAtSchema.optional(),
});

export const readingSchema = z
  .object({
    key: keySchema,
    value: jsonValueSchema,
    ...readingRestSchema.shape,
    explain: explanationSchema.optional(),
  })
  .meta({
    id: "Reading",
    description:
      "`value` is JSON as it was stored, byte for byte; text as a string; anything else in " +
      'base64, with `"encoding":"base64"`.',
  });

export const absentReadingSchema = z
  .object({ key: keySchema, value: z.null(), explain: explanationSchema.optional() })
  .meta({ id: "AbsentReading", description: "There is no such key: not a problem document." });
