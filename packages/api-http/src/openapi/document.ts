/**
 * The OpenAPI document, generated from the schemas that validate requests and type answers. It is
 * put together from one list of operations per topic; a route that is not in one of them is not
 * described, and a test says so.
 */

import { OpenAPIRegistry, OpenApiGeneratorV31 } from "@asteasolutions/zod-to-openapi";
import { optionsSchema } from "../options.js";
import { historySchema, momentSchema } from "../overview-schemas.js";
import { CODES, problemSchema, problemSchemas } from "../problem-schema.js";
import { batch } from "./batch.js";
import { cluster } from "./cluster.js";
import { demonstration } from "./demonstration.js";
import { documents } from "./documents.js";
import { kvJson } from "./kv-json.js";
import { kvValues } from "./kv-values.js";
import { BEARER, type Operation, optionsOn, refusal, routeOf, type Terms } from "./operation.js";
import { operator } from "./operator.js";
import { pages } from "./pages.js";
import { snapshots } from "./snapshot.js";

export interface DocumentOptions {
  /** Of this program. */
  readonly version: string;
  readonly replicaCount: number;
  readonly valueBytesMax: number;
}

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31["generateDocument"]>;

const DESCRIPTION = `A fault-tolerant key-value store. Any node takes any request.

What holds everywhere:

- Failures are problem documents (RFC 9457). \`code\` is the contract; \`outcome\` says whether the
  request may have had an effect: \`not-applied\` or \`unknown\`, never "failed", for that cannot be
  known.
- \`X-Request-Id\` is taken if it is sane, and given back.
- \`HEAD\` is answered wherever \`GET\` is. Another method that a path does not have is 405
  \`method_not_allowed\` with \`Allow\`; another path is 404 \`not_found\`.
- An option that is unknown, given twice, or out of its range is 400 with its name.
- A path may end in a slash, except a key's, where the slash is part of the key.
- \`/queues\` shows the background jobs in a browser. What its pages ask is not described here.
- Where tokens are set, every route but those marked as open wants one:
  \`Authorization: Bearer …\`. None, or one that does not hold, is 401 \`unauthenticated\`; one
  whose scopes or prefix are not enough is 403 \`forbidden\`, whether or not the key exists. A
  token that is bound to a prefix reaches the keys below it and nothing that concerns all keys.`;

const TAGS = [
  { name: "values", description: "The value itself, any bytes." },
  { name: "json", description: "JSON in, JSON out." },
  { name: "cluster", description: "What a node knows of itself and of the others." },
  { name: "probes", description: "For whoever decides where clients are sent." },
  { name: "snapshots", description: "Files of records, and back." },
  { name: "operator", description: "What people look at and act on." },
  { name: "demonstration", description: "A task list, and older names from courses." },
  { name: "documents", description: "This document and its pages." },
  { name: "pages", description: "The dashboard." },
  { name: "methods", description: "`OPTIONS`, on every path." },
] as const;

export function openApiDocument(options: DocumentOptions): OpenApiDocument {
  const { version, replicaCount, valueBytesMax } = options;
  const registry = new OpenAPIRegistry();
  for (const operation of operations({ options: optionsSchema(replicaCount).shape, valueBytesMax }))
    registry.registerPath(routeOf(operation));
  registry.registerComponent("securitySchemes", BEARER, {
    type: "http",
    scheme: "bearer",
    description: "Only where tokens are set: see docs/security.md.",
  });
  for (const code of CODES) registry.registerComponent("responses", code, refusal([code]));
  return new OpenApiGeneratorV31([
    ...[problemSchema, ...problemSchemas, historySchema, momentSchema].map((schema) => ({
      type: "schema" as const,
      schema,
    })),
    ...registry.definitions,
  ]).generateDocument({
    openapi: "3.1.1",
    info: {
      title: "ringkv",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The node that serves this document." }],
    tags: [...TAGS],
  });
}

/** For other methods it is a key like others, described as `/kv/{key}`. */
const BATCH_PATH = "/kv/batch";

/** In the order of the router's table. */
function operations(terms: Terms): Operation[] {
  const described = [
    ...kvValues(terms),
    ...kvJson(terms),
    ...batch(terms),
    ...cluster(),
    ...snapshots(),
    ...operator(),
    ...demonstration(terms),
    ...documents(),
    ...pages(),
  ];
  const paths = [...new Set(described.map(({ path }) => path))];
  const methodsOf = (path: string) =>
    described.filter((it) => it.path === path).map(({ method }) => method);
  const asked = paths.filter((path) => path !== BATCH_PATH);
  return [...described, ...asked.map((path) => optionsOn(path, methodsOf(path)))];
}
