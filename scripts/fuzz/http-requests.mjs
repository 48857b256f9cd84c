/**
 * Requests as bytes, by a grammar that knows how servers are fooled: lengths that contradict each
 * other, codings, folded lines, targets of other forms. Pure.
 *
 * Not among them is what ends the node (`/admin/drain`) and what never ends (`/events`).
 */

import fc from "fast-check";
import { anyBytes, mutated, rawKey } from "./arbitraries.mjs";

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS") },
  { weight: 1, arbitrary: fc.constantFrom("PATCH", "TRACE", "CONNECT", "STEAL", "get", "", "PRI") },
);

const ROUTES = [
  "/kv",
  "/kv?prefix=",
  "/kv?key=a",
  "/kv/batch",
  "/tasks",
  "/tasks/x",
  "/set",
  "/jobs",
];
const READ = ["/", "/livez", "/readyz", "/health", "/heartbeat", "/cluster/locate?key=a", "/docs"];
const ODD = ["*", "http://x/kv/a", "//kv/a", "/kv/", "/..%2fetc/passwd", "/kv/../x", "x:22", ""];
const target = fc.oneof(
  { weight: 4, arbitrary: rawKey.map((key) => `/kv/${key}`) },
  { weight: 2, arbitrary: fc.constantFrom(...ROUTES, ...READ) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.constant(`/kv/${"a".repeat(9_000)}`) },
);

const LENGTHS = [
  "Content-Length: 1",
  "Content-Length: 0",
  "Content-Length: -1",
  "Content-Length: 5",
];
const WRONG_LENGTHS = ["Content-Length: 99999999999", "Content-Length: 1, 2", "Content-Length : 1"];
const CODINGS = ["Transfer-Encoding: chunked", "Transfer-Encoding: xchunked", "TE: chunked"];
const OTHERS = [
  "Host: evil.example",
  "Connection: close",
  "Connection: Upgrade\r\nUpgrade: h2c",
  "Expect: 100-continue",
  "Expect: nothing",
  "Content-Encoding: gzip",
  "Content-Type: application/json",
  "Content-Type: text/plain",
  "Content-Type: application/json; charset=utf-16",
  "If-Match: *",
  'If-None-Match: W/"a"',
  "Range: bytes=0-0,1-1",
  "KV-TTL: 1e9",
  "Origin: null",
  "X-Request-Id: a\tb",
  "X-HTTP-Method-Override: DELETE",
  "X-A: b\r\n c",
  "X-A:\0",
  `X-A: ${"a".repeat(9_000)}`,
  ...Array.from({ length: 3 }, () => "a:b\r\n".repeat(120).trimEnd()),
];
const header = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...LENGTHS, ...WRONG_LENGTHS) },
  { weight: 2, arbitrary: fc.constantFrom(...CODINGS) },
  { weight: 4, arbitrary: fc.constantFrom(...OTHERS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);

const body = fc.oneof(
  fc.constantFrom("", "x", "0\r\n\r\n", "1\r\nx\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF\r\nx", "zz\r\n"),
  fc.constantFrom('{"key":"a","value":1}', '{"ops":[]}', "GET /kv/a HTTP/1.1\r\n\r\n"),
  fc.string({ maxLength: 64 }),
);

const request = fc
  .record({
    method,
    target,
    version: fc.oneof(
      { weight: 9, arbitrary: fc.constant("HTTP/1.1") },
      { weight: 1, arbitrary: fc.constantFrom("HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "", "http/1.1") },
    ),
    host: fc.oneof(
      { weight: 9, arbitrary: fc.constant(["Host: x"]) },
      { weight: 1, arbitrary: fc.constant(/** @type {string[]} */ ([])) },
    ),
    headers: fc.array(header, { maxLength: 5 }),
    body,
  })
  .map(({ method: verb, target: path, version, host, headers, body: rest }) => {
    const head = [`${verb} ${path} ${version}`, ...host, ...headers].join("\r\n");
    return Buffer.from(`${head}\r\n\r\n${rest}`, "latin1");
  });

/** What is sent on one connection. */
export const connectionBytes = fc.oneof(
  { weight: 4, arbitrary: request },
  { weight: 3, arbitrary: mutated(request) },
  { weight: 2, arbitrary: fc.tuple(request, mutated(request)).map((two) => Buffer.concat(two)) },
  { weight: 1, arbitrary: anyBytes },
);
