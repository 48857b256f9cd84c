/** What of a node's answer does not fit the OpenAPI document, in words. */

import { openApiDocument } from "@ringkv/api-http/openapi";
import { Conformance, type Exchange } from "@ringkv/testing";

/** Only bounds of requests depend on these, and answers are what is looked at. */
const ANY_NODE = { version: "0", replicaCount: 64, valueBytesMax: 1_048_576 };

const conformance = new Conformance(openApiDocument(ANY_NODE));

/** Nothing when the answer is as described. */
export function misfitsOf(exchange: Exchange): string[] {
  return conformance.problemsOf(exchange);
}
