/** The document describes what is routed, all of it and nothing else, and is a valid one. */

import { Conformance } from "@ringkv/testing";
import { Validator } from "@seriousme/openapi-schema-validator";
import request from "supertest";
import { takeProblems } from "../../test-support/checked-answers.js";
import { DEFAULTS, openApi } from "../../test-support/fake-node.js";
import { HTTP_STATUS } from "../error-status.js";
import { keyOf } from "../request-target.js";
import { keySchema } from "../words.js";
import { openApiDocument } from "./document.js";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, { readonly description: string }>;
}

interface Media {
  readonly schema: object;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

const document = openApiDocument(DEFAULTS);
const paths = document.paths as unknown as Record<string, Record<string, Operation>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

it("is a valid OpenAPI 3.1 document", async () => {
  const { openapi } = document;
  expect(openapi).toBe("3.1.1");
  expect(await new Validator().validate({ ...structuredClone(document) })).toEqual({ valid: true });
});

it("would be refused if it were not", async () => {
  const broken = { ...structuredClone(document), paths: { "/x": { get: { responses: 1 } } } };
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

/** The router's own words for the paths of the document. */
const ROUTED: Record<string, string> = {
  "/^\\/kv\\/./s": "/kv/{key}",
  "/docs/:asset": "/docs/{asset}",
  "/assets/:file": "/assets/{file}",
  "/tasks/:id": "/tasks/{id}",
};
/** Part of another route, whose pattern takes it. */
const WITHIN: Record<string, string> = { "/kv/batch": "/kv/{key}" };

it("describes each route of the router with the methods that the route says it has", async () => {
  const { app } = openApi();
  const stack = app.router.stack as unknown as readonly { route?: { path: unknown } }[];
  const routed = stack.flatMap(({ route }) => (route === undefined ? [] : [String(route.path)]));
  const described = routed.map((path) => ROUTED[path] ?? path);
  expect(Object.keys(paths).filter((it) => !(it in WITHIN))).toEqual(
    expect.arrayContaining(described),
  );
  for (const path of described) {
    const { headers } = await request(app).options(path.replace(/\{\w+\}/, "x"));
    const methods = Object.keys(paths[path] ?? {}).map((method) => method.toUpperCase());
    const implied = methods.includes("GET") ? [...methods, "HEAD"] : methods;
    const allowed = String(headers["allow"]).split(", ");
    expect([path, ...new Set(implied)].toSorted()).toEqual([path, ...allowed].toSorted());
  }
});

it("describes nothing that is not routed", async () => {
  const { app } = openApi();
  const asked = operations.map(async ({ path, method }) => {
    // Its answer does not end by itself.
    const asking = path === "/events" ? "head" : method;
    const call = request(app)[asking as "get"](path.replace(/\{\w+\}/, "x"));
    const { status, body } = (await call) as { status: number; body: { detail?: string } };
    expect([path, method, status, body.detail]).not.toEqual([path, method, 404, "no such route"]);
    expect([path, method, status]).not.toEqual([path, method, 405]);
  });
  await Promise.all(asked);
}, 30_000);

it("gives every operation a name of its own and a line of text", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operation } of operations) expect(operation.summary).toMatch(/^\S.{5,79}$/);
});

it("tells which problems come with a status", () => {
  const { description } = paths["/kv/{key}"]?.["put"]?.responses["503"] ?? {};
  for (const code of ["quorum_unreachable", "store_unavailable", "recovering", "shutting_down"]) {
    expect(description).toContain(`\`${code}\``);
  }
});

it("has a schema for each code, with its status", () => {
  const schemas = document.components?.schemas as Record<string, { properties?: object }>;
  for (const [code, status] of Object.entries(HTTP_STATUS)) {
    expect(schemas[`Problem_${code}`]?.properties).toMatchObject({
      code: { enum: [code] },
      status: { enum: [status] },
    });
  }
});

it.each(["/kv", "/kv/batch"])("gives examples that are taken by POST %s", async (path) => {
  const { app } = openApi();
  const media = paths[path]?.["post"]?.requestBody?.content["application/json"];
  const examples = Object.values(media?.examples ?? {});
  expect(examples.length).toBeGreaterThan(0);
  for (const { value } of examples) {
    const { status } = await request(app)
      .post(path)
      .send(value as object);
    expect([200, 201]).toContain(status);
  }
});

it.each([2, 3])("bounds W by the node's N, %i", (replicaCount) => {
  const { paths: described } = openApiDocument({ ...DEFAULTS, replicaCount });
  const parameters: unknown = described?.["/kv/{key}"]?.put?.parameters;
  const schema = { type: "integer", minimum: 1, maximum: replicaCount };
  expect(parameters).toContainEqual(
    expect.objectContaining({ name: "w", in: "query", schema: expect.objectContaining(schema) }),
  );
});

it.each([
  "a",
  "",
  "x".repeat(1_024),
  "x".repeat(1_025),
  "é".repeat(512),
  `${"é".repeat(512)}x`,
  "𝄞".repeat(256),
])("takes a key for one exactly where the URL's reader does", (key) => {
  const isKey = () => {
    try {
      return keyOf(key) === key;
    } catch {
      return false;
    }
  };
  expect(keySchema.safeParse(key).success).toBe(isKey());
});

describe("an answer that is not as described", () => {
  it("fails the test that sees it", async () => {
    const { app, node } = openApi();
    const location = await node.locate(keyOf("a"));
    node.locate = async () => ({ ...location, shoeSize: 43 });
    await request(app).get("/cluster/locate?key=a").expect(200);
    expect(takeProblems()).toEqual([expect.stringContaining("additional properties")]);
  });

  const conformance = new Conformance(document);
  const fine = {
    method: "GET",
    target: "/livez",
    status: 200,
    headers: { "content-type": "text/plain; charset=utf-8", "x-request-id": "1" },
    body: "ok\n",
  };

  it.each([
    ["nothing", {}, 0],
    ["another word", { body: "dead\n" }, 1],
    ["another status", { status: 503 }, 1],
    ["another type", { headers: { ...fine.headers, "content-type": "text/html" } }, 1],
    ["no request id", { headers: { "content-type": "text/plain; charset=utf-8" } }, 1],
  ])("is told by %s", (_why, change, problems) => {
    expect(conformance.problemsOf({ ...fine, ...change })).toHaveLength(problems);
  });
});
