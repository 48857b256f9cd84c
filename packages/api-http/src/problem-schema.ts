/**
 * Problem documents, one schema per code: what a client may branch on. A new code without a row in
 * `MEANINGS` does not compile.
 */

import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { type ApiCode, HTTP_STATUS } from "./error-status.js";
import { restoreProblemShape } from "./snapshot-schema.js";
import { nodeIdSchema } from "./words.js";

/** When each code is answered, for whoever reads the description of a route. */
export const MEANINGS: Readonly<Record<ApiCode, string>> = {
  invalid_request: "the request can never succeed as written",
  unauthenticated: "tokens are set, and the request brought none that holds",
  forbidden: "the token does not allow this: its scopes, or the prefix of its keys",
  not_found: "no such key, or no such route",
  method_not_allowed: "the route has no such method; `Allow` lists those that it has",
  request_timeout: "the request took too long to arrive",
  too_large: "the value or the body is above its limit",
  unsupported_media_type: "a body of another type, charset or content coding than is taken here",
  range_not_satisfiable: "no byte of the value is in the range; `Content-Range` tells its size",
  invalid_snapshot: "what was to be restored is cut short, altered, or no snapshot",
  overloaded: "as much in flight as this node takes, or too many wrong tokens from this address",
  uri_too_long: "the target above 8 KiB",
  headers_too_large: "headers above 8 KiB, or more than 100 of them",
  internal: "a bug; the node's log has it under the `requestId`",
  not_supported: "the store does not pretend to do this",
  quorum_unreachable: "fewer than W or R nodes answered",
  store_unavailable: "this node's Redis does not answer",
  recovering: "this node is not ready yet",
  shutting_down: "this node is leaving; another one will answer",
  store_full: "Redis is at its memory limit; nothing was evicted",
};

const outcomeSchema = z
  .enum(["not-applied", "unknown"])
  .describe("Whether the request may have had an effect: `not-applied`, it has none; `unknown`.");

const shape = {
  type: z.literal("about:blank").describe("`code` tells problems apart."),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe("For people; its wording may change."),
  code: z.string(),
  outcome: outcomeSchema,
  retryable: z.boolean().describe("Whether the same request, unchanged, can succeed later."),
  requestId: z.string().describe("Equal to `X-Request-Id`."),
  ...restoreProblemShape,
};

/** Whom a quorum missed. */
const quorumShape = {
  needed: z.int().min(1).describe("How many nodes W or R asks for."),
  answered: z.array(nodeIdSchema),
  failed: z.array(nodeIdSchema),
};

/** Any of them. */
export const problemSchema = z
  .object({
    ...shape,
    needed: quorumShape.needed.optional(),
    answered: quorumShape.answered.optional(),
    failed: quorumShape.failed.optional(),
  })
  .meta({ id: "Problem", description: "A failure, as RFC 9457 has it." });

export const CODES = Object.keys(HTTP_STATUS) as readonly ApiCode[];

/** One for each code. */
export const problemSchemas: readonly z.ZodType[] = CODES.map(schemaOf);

/** What the schema of a code is called in the OpenAPI document. */
export function problemIdOf(code: ApiCode): string {
  return `Problem_${code}`;
}

function schemaOf(code: ApiCode): z.ZodType {
  const status = HTTP_STATUS[code];
  const id = problemIdOf(code);
  const more = code === "quorum_unreachable" ? quorumShape : {};
  return z
    .object({
      ...shape,
      title: z.literal(STATUS_CODES[status] ?? "Error"),
      status: z.literal(status),
      code: z.literal(code),
      ...more,
    })
    .meta({ id, title: code, description: `${MEANINGS[code]}.` });
}
