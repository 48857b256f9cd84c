/**
 * `GET /kv?prefix=`: keys in the order of their bytes, page by page. Parse, call, render; which
 * keys there are is decided behind `Lists`, and where the next page begins is sealed in cursors.ts.
 */

import { InvalidRequest, KEY_BYTES_MAX } from "@ringkv/core";
import type { Listed, ListedItem } from "@ringkv/engine";
import type { Request, Response } from "express";
import { z } from "zod";
import type { KvDeps } from "./kv-deps.js";
import { parse, wholeNumber } from "./options.js";
import { recordFields } from "./reading.js";
import { queryOf } from "./request-target.js";
import { sendText } from "./respond.js";
import { expiresAtSchema, keySchema, versionSchema } from "./words.js";

export const LIST_LIMIT_DEFAULT = 100;
export const LIST_LIMIT_MAX = 1_000;

const LIST_OPTIONS = ["w", "r", "timeout"] as const;
const PARAMETERS = ["prefix", "limit", "cursor", "values"] as const;

export const listSchema = z.strictObject({
  prefix: z
    .string()
    .refine(
      (prefix) => Buffer.byteLength(prefix) <= KEY_BYTES_MAX,
      `at most ${KEY_BYTES_MAX} bytes`,
    )
    .describe("What the keys begin with; empty: all keys."),
  limit: wholeNumber(LIST_LIMIT_MAX, "How many items at most.").optional(),
  cursor: z.string().describe("From the page before.").optional(),
  values: z.enum(["true", "false"], "true or false").describe("Adds the values.").optional(),
});

export const listedSchema = z
  .object({
    items: z.array(
      z.object({
        key: keySchema,
        version: versionSchema,
        value: z.unknown().describe("With `values=true`, as in `GET /kv?key=`.").optional(),
        encoding: z.literal("base64").optional(),
        contentType: z.string().optional(),
        expiresAt: expiresAtSchema.optional(),
      }),
    ),
    cursor: z.string().nullable().describe("For the next page; null: that was all."),
  })
  .meta({ id: "Listed", description: "A page of keys, in the order of their bytes." });

export async function list(deps: KvDeps, request: Request, response: Response): Promise<void> {
  const query = queryOf(request.url);
  if (query.has("key")) throw new InvalidRequest("key or prefix: one of them");
  const { r, timeoutMs } = deps.options.read(query, LIST_OPTIONS, PARAMETERS);
  const given = Object.fromEntries([...query].filter(([name]) => isParameter(name)));
  const { prefix, limit, cursor, values } = parse(listSchema, given);
  deps.guard.demandKey(request, prefix);
  const after = cursor === undefined ? null : deps.cursors.open(cursor, prefix);
  const listed = await deps.node.list({
    prefix,
    after,
    limit: limit ?? LIST_LIMIT_DEFAULT,
    values: values === "true",
    r,
    timeoutMs,
  });
  const next = listed.next === null ? null : deps.cursors.seal(prefix, listed.next);
  sendText(request, response, {
    status: 200,
    headers: [],
    contentType: "application/json",
    body: textOf(listed, next),
  });
}

function isParameter(name: string): boolean {
  return PARAMETERS.some((parameter) => parameter === name);
}

function textOf({ items }: Listed, cursor: string | null): string {
  return `{"items":[${items.map(itemText).join(",")}],"cursor":${JSON.stringify(cursor)}}`;
}

/** With a value as in the query form: a JSON value is passed on as it was written. */
function itemText({ key, version, record }: ListedItem): string {
  if (record === null) return JSON.stringify({ key, version });
  return `{"key":${JSON.stringify(key)},${recordFields(record)}}`;
}
