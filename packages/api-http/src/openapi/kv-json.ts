/** `/kv`: JSON in, JSON out. */

import { JSON_DEPTH_MAX } from "@ringkv/core";
import { z } from "zod";
import type { ApiCode } from "../error-status.js";
import { jsonWriteSchema } from "../json-write.js";
import { listedSchema, listSchema } from "../kv-listing.js";
import { ttlSchema } from "../options.js";
import { absentReadingSchema, readingSchema } from "../reading-schema.js";
import { deleteReceiptSchema, putReceiptSchema } from "../receipt-schema.js";
import { keySchema } from "../words.js";
import { ETAG, LOCATION, optional } from "./headers.js";
import { json, type Operation, QUORUM, type Terms } from "./operation.js";

const PATH = "/kv";

const WRITES: readonly ApiCode[] = [...QUORUM, "store_full", "not_supported"];

export function kvJson(terms: Terms): Operation[] {
  return [writeJson(terms, "post"), writeJson(terms, "put"), get(terms), remove(terms)];
}

export function writeJson({ options, valueBytesMax }: Terms, method: "post" | "put"): Operation {
  const { w, r, timeout, ttl, explain } = options;
  return {
    method,
    path: PATH,
    tag: "json",
    summary: "Store a JSON value",
    description:
      "`POST` and `PUT` do the same. The value is kept as the bytes that were sent, as " +
      `\`application/json\`, at most ${valueBytesMax} of them, ${JSON_DEPTH_MAX} levels deep. ` +
      "Names repeated inside the value are data; fields of the request that are repeated or " +
      "unknown are 400. The body is `application/json` (or `+json`) in UTF-8, or it is 415.",
    request: {
      query: z.object({ w, r, timeout, ttl, explain }),
      headers: z.object({ "KV-TTL": ttlSchema.optional() }),
      body: {
        required: true,
        content: {
          "application/json": {
            schema: jsonWriteSchema,
            examples: {
              value: { value: { key: "user:7", value: { name: "Ada" } } },
              expiring: { value: { key: "session:1", value: "open", ttl: 60 } },
            },
          },
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

function get({ options }: Terms): Operation {
  const { w, r, timeout, explain } = options;
  return {
    method: "get",
    path: PATH,
    tag: "json",
    summary: "Read a value in JSON, or list keys",
    description:
      "With `key`: its value. A value that is JSON is embedded byte for byte; text as a " +
      "string; anything else, and text " +
      'or JSON that is not valid UTF-8 or says another charset, in base64 with `"encoding":' +
      '"base64"`. `application/json` that is no JSON is a string.\n\n' +
      "With `prefix` instead, which is empty for all keys: the keys that begin with it, in the " +
      "order of their bytes, of the whole cluster, from any node. A page may hold fewer items " +
      "than " +
      "`limit`, or none: `cursor` alone says whether more follow. It is good for the same " +
      "prefix, on " +
      "any node, for as long as the cluster keeps its secret; `limit` and `values` may change. " +
      "What is " +
      "written while pages are walked may be in them or not; a key that was there all along " +
      "comes " +
      "once. `explain` is refused here.",
    request: {
      query: z.object({
        key: keySchema.optional(),
        ...listSchema.partial().shape,
        w,
        r,
        timeout,
        explain,
      }),
    },
    answers: {
      200: {
        description: "The value, with `ETag`; or a page of keys, without.",
        content: json(z.union([readingSchema, listedSchema])),
        headers: optional(ETAG),
      },
      404: { description: "No such key.", content: json(absentReadingSchema) },
    },
    problems: [...QUORUM, "not_supported"],
  };
}

function remove({ options }: Terms): Operation {
  const { w, r, timeout, explain } = options;
  return {
    method: "delete",
    path: PATH,
    tag: "json",
    summary: "Delete a key",
    description: "As `DELETE /kv/{key}`.",
    request: { query: z.object({ key: keySchema, w, r, timeout, explain }) },
    answers: { 200: { description: "Deleted.", content: json(deleteReceiptSchema) } },
    problems: WRITES,
  };
}
