/**
 * How a route is described: what it takes, what it answers, and which problems it can answer with.
 * What all routes share (request ids, malformed requests, bugs) is added here, and stands nowhere
 * else.
 */

import type { ResponseConfig, RouteConfig } from "@asteasolutions/zod-to-openapi";
import type { z } from "zod";
import { type ApiCode, HTTP_STATUS } from "../error-status.js";
import type { optionsSchema } from "../options.js";
import { MEANINGS, problemIdOf } from "../problem-schema.js";
import { needOf } from "../route-needs.js";
import { ALLOW, type Headers, header, REQUEST_ID, RETRY_AFTER } from "./headers.js";

export type Method = "get" | "head" | "put" | "post" | "delete" | "options";
export type Tag =
  | "values"
  | "json"
  | "cluster"
  | "probes"
  | "snapshots"
  | "operator"
  | "demonstration"
  | "documents"
  | "pages"
  | "methods";

/** What depends on how a node is set up. */
export interface Terms {
  readonly options: ReturnType<typeof optionsSchema>["shape"];
  readonly valueBytesMax: number;
}

export interface DescribedAnswer {
  readonly description: string;
  readonly content?: NonNullable<ResponseConfig["content"]>;
  readonly headers?: Headers;
}

export interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly request?: RouteConfig["request"];
  /** By status; `X-Request-Id` need not be named. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** Beside those that any request can meet. */
  readonly problems: readonly ApiCode[];
}

/** What any request can meet, wherever it is sent. */
const EVERYWHERE: readonly ApiCode[] = [
  "invalid_request",
  "request_timeout",
  "uri_too_long",
  "headers_too_large",
  "internal",
];

/** What a request can meet wherever tokens are wanted; the last one after many wrong ones. */
const GUARDED: readonly ApiCode[] = ["unauthenticated", "forbidden", "overloaded"];

/** What the document calls a token. */
export const BEARER = "token";

/** What a request can meet that is counted among those in flight. */
export const COUNTED: readonly ApiCode[] = ["overloaded"];

/** What anything can meet that this node must be fit for. */
export const STANDING: readonly ApiCode[] = [
  ...COUNTED,
  "store_unavailable",
  "recovering",
  "shutting_down",
];

/** What anything can meet that needs other nodes' votes. */
export const QUORUM: readonly ApiCode[] = [...STANDING, "quorum_unreachable"];

export function routeOf(operation: Operation): RouteConfig {
  const { method, path, tag, summary, description, request, answers, problems } = operation;
  const need = needOf(path, method);
  const codes = [...new Set([...EVERYWHERE, ...(need === "open" ? [] : GUARDED), ...problems])];
  return {
    method,
    path,
    tags: [tag],
    // What is empty here says that nothing is wanted, whatever holds for the others.
    security: need === "open" ? [] : [{ [BEARER]: [] }],
    summary,
    operationId: operationIdOf(method, path),
    ...(description === undefined ? {} : { description }),
    ...(request === undefined ? {} : { request }),
    responses: { ...withRequestId(answers), ...problemsOf(codes, answers) },
  };
}

/** `OPTIONS` on a path that has these methods. */
export function optionsOn(path: string, methods: readonly Method[]): Operation {
  const all = methods.flatMap((it) => (it === "get" ? ["GET", "HEAD"] : [it.toUpperCase()]));
  const allowed = [...new Set([...all, "OPTIONS"])].join(", ");
  return {
    method: "options",
    path,
    tag: "methods",
    summary: `Which methods ${path} has: ${allowed}`,
    answers: { 204: { description: "Nothing for other origins.", headers: ALLOW } },
    problems: [],
  };
}

export function json(schema: z.ZodType): NonNullable<ResponseConfig["content"]> {
  return { "application/json": { schema } };
}

/** `OPTIONS` answers before anything is looked at, and names no request. */
function withRequestId(answers: Operation["answers"]): RouteConfig["responses"] {
  const named = Object.entries(answers).map(([status, answer]) => {
    if (status === "204") return [status, answer] as const;
    return [status, { ...answer, headers: { ...REQUEST_ID, ...answer.headers } }] as const;
  });
  return Object.fromEntries(named);
}

/** One response for each status: a body that an answer has besides is kept. */
function problemsOf(
  codes: readonly ApiCode[],
  answers: Operation["answers"],
): RouteConfig["responses"] {
  const statuses = new Set(codes.map((code) => HTTP_STATUS[code]));
  const responses = [...statuses].map((status) => {
    const same = codes.filter((code) => HTTP_STATUS[code] === status);
    const [code] = same;
    const besides = answers[status];
    const isShared = besides === undefined && same.length === 1;
    if (isShared) return [status, { $ref: `#/components/responses/${code}` }] as const;
    const { description, content, headers } = refusal(same);
    const response = {
      description: [besides?.description, description].filter(Boolean).join(" "),
      content: { ...besides?.content, ...content },
      headers: { ...besides?.headers, ...headers },
    };
    return [status, response] as const;
  });
  return Object.fromEntries(responses);
}

/** The answer for these codes, which have one status. */
export function refusal(codes: readonly ApiCode[]) {
  const told = codes.map((code) => `\`${code}\`: ${MEANINGS[code]}.`);
  const schemas = codes.map((code) => ({ $ref: `#/components/schemas/${problemIdOf(code)}` }));
  const [first] = schemas;
  const schema = first !== undefined && schemas.length === 1 ? first : { anyOf: schemas };
  return {
    description: told.join(" "),
    content: { "application/problem+json": { schema } },
    headers: { ...REQUEST_ID, ...headersOf(codes) },
  };
}

function headersOf(codes: readonly ApiCode[]): Headers {
  if (codes.some((code) => [429, 503].includes(HTTP_STATUS[code]))) return RETRY_AFTER;
  if (codes.includes("unauthenticated")) {
    return header("WWW-Authenticate", "`Bearer`.", { pattern: "^Bearer " });
  }
  if (codes.includes("method_not_allowed")) return ALLOW;
  if (codes.includes("range_not_satisfiable")) {
    return header("Content-Range", "`bytes */` and the value's size.", { pattern: "^bytes \\*/" });
  }
  if (codes.includes("unsupported_media_type")) {
    return {
      ...header("Accept-Post", "What is taken instead, where the type was wrong.", {}, false),
      ...header("Accept-Encoding", "`identity`, where the coding was wrong.", {}, false),
    };
  }
  return {};
}

/** `GET /cluster/locate`: `getClusterLocate`. */
function operationIdOf(method: Method, path: string): string {
  if (path === "/") return `${method}Root`;
  const words = path.split(/[^A-Za-z]+/).filter(Boolean);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
