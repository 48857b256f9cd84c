/** A checker that lets everything through would prove nothing: each rule catches what it is for. */

import { Conformance, type Exchange } from "./conformance.js";

const name = { type: "string", pattern: "^[a-z]+$" };
const thing = { type: "object", properties: { name }, required: ["name"] };
const problem = {
  type: "object",
  properties: { code: { type: "string" }, status: { type: "integer" } },
  required: ["code", "status"],
};
const tag = { required: true, schema: { type: "string", pattern: '^".+"$' } };
const expires = { required: false, schema: { type: "integer", minimum: 0 } };
const ref = (to: string) => ({ schema: { $ref: `#/components/schemas/${to}` } });

const count = { get: { responses: { "200": { content: { "*/*": {} } } } } };

const conformance = new Conformance({
  components: {
    schemas: { Thing: thing, Problem: problem },
    responses: { not_found: { content: { "application/problem+json": ref("Problem") } } },
  },
  paths: {
    "/things/{key}": {
      get: {
        responses: {
          "200": {
            headers: { ETag: tag, "KV-Expires-At": expires },
            content: { "application/json": ref("Thing"), "text/plain": { schema: name } },
          },
          "404": { $ref: "#/components/responses/not_found" },
        },
      },
      put: { responses: { "204": {} } },
    },
    "/things/count": count,
    "/count": count,
  },
});

const FINE: Exchange = {
  method: "GET",
  target: "/things/a/b?r=1",
  status: 200,
  headers: { "content-type": "application/json", etag: '"1"' },
  body: '{"name":"x"}',
};
const PROBLEM = { "content-type": "application/problem+json", "x-request-id": "1" };
const refused = (code: string) => JSON.stringify({ code, status: 404 });

it.each<[why: string, change: Partial<Exchange>]>([
  ["as described", {}],
  ["a header that may be there", { headers: { ...FINE.headers, "kv-expires-at": "5" } }],
  ["another content type", { headers: { "content-type": "text/plain", etag: '"1"' }, body: "x" }],
  [
    "an answer described elsewhere",
    { status: 404, headers: { "content-type": "application/problem+json" }, body: refused("x") },
  ],
  ["HEAD, as GET without a body", { method: "HEAD", body: "" }],
  ["nothing where nothing is described", { method: "PUT", status: 204, headers: {}, body: "" }],
  ["a path of its own before a parameter", { target: "/things/count", headers: {}, body: "?" }],
  [
    "a method that only the wider path has",
    { method: "PUT", target: "/things/count", status: 204, headers: {}, body: "" },
  ],
  ["a path in other letters", { target: "/%63ount", headers: {}, body: "?" }],
  ["a path that cannot be decoded", { target: "/things/%ff" }],
  ["a slash too many", { target: "/count/", headers: {}, body: "?" }],
  ["an unknown path", { target: "/x", headers: PROBLEM, body: refused("not_found") }],
  ["a malformed one", { target: "/x", headers: PROBLEM, body: refused("invalid_request") }],
  [
    "a method that is not there",
    { method: "POST", headers: { ...PROBLEM, allow: "GET" }, body: refused("method_not_allowed") },
  ],
])("passes %s", (_why, change) => {
  expect(conformance.problemsOf({ ...FINE, ...change })).toEqual([]);
});

it.each<[why: string, change: Partial<Exchange>, problem: RegExp]>([
  ["a field of another type", { body: '{"name":1}' }, /must be string/],
  ["a value off its pattern", { body: '{"name":"X"}' }, /must match pattern/],
  ["a missing field", { body: "{}" }, /must have required property/],
  ["a field that is not described", { body: '{"name":"x","y":1}' }, /additional properties/],
  ["a status that is not described", { status: 201 }, /no such status/],
  ["a type that is not described", { headers: { "content-type": "a/b", etag: '"1"' } }, /type not/],
  [
    "another type than that of an answer described elsewhere",
    { status: 404, headers: { "content-type": "a/b" } },
    /type not/,
  ],
  ["a missing header", { headers: { "content-type": "application/json" } }, /missing: ETag/],
  ["a header off its pattern", { headers: { ...FINE.headers, etag: "1" } }, /header ETag/],
  ["a header that is no number", { headers: { ...FINE.headers, "kv-expires-at": "x" } }, /integer/],
  ["a telling header elsewhere", { headers: { ...FINE.headers, location: "/" } }, /not described/],
  ["a body, to HEAD", { method: "HEAD" }, /to HEAD/],
  ["a body where there is none", { method: "PUT", status: 204, headers: {} }, /a body is not/],
  ["text off its pattern", { headers: { ...FINE.headers, "content-type": "text/plain" } }, /body/],
  ["another problem elsewhere", { target: "/x", headers: PROBLEM, body: refused("y") }, /but as y/],
  ["no problem elsewhere", { target: "/x" }, /content type/],
  [
    "a refused method without Allow",
    { method: "POST", headers: PROBLEM, body: refused("method_not_allowed") },
    /missing: Allow/,
  ],
])("catches %s", (_why, change, problem) => {
  expect(conformance.problemsOf({ ...FINE, ...change })).toEqual([expect.stringMatching(problem)]);
});
