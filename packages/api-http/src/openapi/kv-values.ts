/** `/kv/{key}`: the value itself. */

import { CONTENT_TYPE_BYTES_MAX } from "@ringkv/core";
import { z } from "zod";
import type { ApiCode } from "../error-status.js";
import { ttlSchema } from "../options.js";
import { absentReadingSchema } from "../reading-schema.js";
import { deleteReceiptSchema, putReceiptSchema } from "../receipt-schema.js";
import { keySchema } from "../words.js";
import { CONTENT_RANGE, ETAG, EXPIRES_AT, LAST_MODIFIED, LOCATION, optional } from "./headers.js";
import { json, type Operation, QUORUM, type Terms } from "./operation.js";

const PATH = "/kv/{key}";

const params = z.object({
  key: keySchema.describe(
    "The rest of the path, percent-decoded once from the raw URL: `/` and `%2F` are the same " +
      "byte. `#` and bytes above 127 are refused unless encoded, the keys `.` and `..` are " +
      "resolved away by most clients (use `/kv?key=`).",
  ),
});

const ttlHeader = { "KV-TTL": ttlSchema.optional() };

const WRITES: readonly ApiCode[] = [...QUORUM, "store_full", "not_supported"];

/** Headers of a request that ask for a part of a value, or spare it. */
const readHeaders = z.object({
  "If-None-Match": z.string().optional().describe("Versions in quotes, or `*`: 304 if one holds."),
  Range: z.string().optional().describe("One range of bytes; anything else means the whole value."),
  "If-Range": z.string().optional().describe("`Range` holds only for this version."),
  "If-Match": z.string().optional().describe("501: a copy cannot vouch for the others."),
  "If-Unmodified-Since": z.string().optional().describe("501, as `If-Match`."),
});

/** Any content type: whatever was stored. */
const anyBytes = { "*/*": { schema: z.string().meta({ format: "binary" }) } };

export function kvValues(terms: Terms): Operation[] {
  return [put(terms), get(terms, "get"), get(terms, "head"), remove(terms)];
}

function put({ options, valueBytesMax }: Terms): Operation {
  const { w, r, timeout, ttl, explain } = options;
  return {
    method: "put",
    path: PATH,
    tag: "values",
    summary: "Store a value",
    description:
      `The body is the value, any bytes, at most ${valueBytesMax}; without a coding (\`gzip\` is ` +
      "415). `Content-Type` is kept and given back. The time to live stands in one place only, " +
      "the query or the `KV-TTL` header, or it is 400. `If-Match` and `If-None-Match` are 501: " +
      "this store cannot compare and set.",
    request: {
      params,
      query: z.object({ w, r, timeout, ttl, explain }),
      headers: z.object({
        ...ttlHeader,
        "Content-Type": z.string().max(CONTENT_TYPE_BYTES_MAX).optional(),
      }),
      body: {
        required: false,
        description: "The value. No body: a value of no bytes.",
        content: {
          "*/*": { schema: z.string().meta({ format: "binary" }), example: "hello" },
        },
      },
    },
    answers: {
      200: { description: "Replaced.", content: json(putReceiptSchema), headers: ETAG },
      201: {
        description: "New.",
        content: json(putReceiptSchema),
        headers: { ...ETAG, ...LOCATION },
      },
    },
    problems: [...WRITES, "too_large", "unsupported_media_type"],
  };
}

function get({ options }: Terms, method: "get" | "head"): Operation {
  const { w, r, timeout, explain } = options;
  const head = { ...ETAG, ...EXPIRES_AT, ...LAST_MODIFIED };
  return {
    method,
    path: PATH,
    tag: "values",
    summary: method === "get" ? "Read a value" : "Read a value's headers",
    description:
      "The raw value with the content type that it was stored with. With `?explain=1` the answer " +
      "is that of `GET /kv?key=`, in JSON, because a raw value has no room for it. " +
      "`If-Modified-Since` is ignored: its seconds cannot tell two writes apart.",
    request: { params, query: z.object({ w, r, timeout, explain }), headers: readHeaders },
    answers: {
      200: {
        description: "The value; with `?explain=1` a `Reading`, without `Last-Modified`.",
        content: anyBytes,
        headers: { ...head, ...optional(LAST_MODIFIED) },
      },
      206: {
        description: "The part of it that `Range` names.",
        content: anyBytes,
        headers: { ...head, ...CONTENT_RANGE },
      },
      304: { description: "`If-None-Match` names the version.", headers: head },
      404: {
        description: "No such key; with `?explain=1` an `AbsentReading`.",
        content: json(absentReadingSchema),
      },
    },
    problems: [...QUORUM, "not_found", "range_not_satisfiable", "not_supported"],
  };
}

function remove({ options }: Terms): Operation {
  const { w, r, timeout, explain } = options;
  return {
    method: "delete",
    path: PATH,
    tag: "values",
    summary: "Delete a key",
    description: "Idempotent: a key that is absent is deleted too, and the receipt says so.",
    request: { params, query: z.object({ w, r, timeout, explain }) },
    answers: { 200: { description: "Deleted.", content: json(deleteReceiptSchema) } },
    problems: WRITES,
  };
}
