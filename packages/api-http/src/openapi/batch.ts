/** `POST /kv/batch`: many operations in one request. */

import { z } from "zod";
import { BATCH_BYTES_MAX, BATCH_OPS_MAX, batchSchema } from "../json-batch.js";
import { batchedSchema } from "../kv-batch.js";
import { json, type Operation, STANDING, type Terms } from "./operation.js";

const EXAMPLE = {
  ops: [
    { op: "put", key: "user:7", value: { name: "Ada" }, ttl: 60 },
    { op: "get", key: "user:7" },
    { op: "delete", key: "user:8" },
  ],
};

export function batch({ options, valueBytesMax }: Terms): Operation[] {
  const { w, r, timeout } = options;
  return [
    {
      method: "post",
      path: "/kv/batch",
      tag: "json",
      summary: "Many operations in one request",
      description:
        "Not a transaction: each operation has a result of its own, in its place, with the " +
        "status " +
        "and the fields that such a request alone is answered. Operations on one key are done in " +
        `their order, the others side by side. At most ${BATCH_OPS_MAX} operations and ` +
        `${BATCH_BYTES_MAX} bytes, each value at most ${valueBytesMax}; values read beyond ` +
        `${BATCH_BYTES_MAX} bytes are 413 in their results. One wrong operation refuses all, and ` +
        "`detail` names it, as `ops.3`. `w`, `r` and `timeout` hold for all. A key named " +
        "`batch` is " +
        "reached by the other methods.",
      request: {
        query: z.object({ w, r, timeout }),
        body: {
          required: true,
          content: {
            "application/json": {
              schema: batchSchema,
              examples: { mixed: { value: EXAMPLE } },
            },
          },
        },
      },
      answers: { 200: { description: "One result per operation.", content: json(batchedSchema) } },
      problems: [...STANDING, "too_large", "unsupported_media_type", "not_supported"],
    },
  ];
}
