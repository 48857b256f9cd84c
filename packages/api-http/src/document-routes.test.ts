/** The document and its pages, which need nothing but this node. */

import request from "supertest";
import { DEFAULTS, openApi } from "../test-support/fake-node.js";
import { openApiDocument } from "./openapi/document.js";

it("GET /openapi.json is the document with this node's bounds", async () => {
  const { app } = openApi({ replicaCount: 3 });
  const { body } = await request(app).get("/openapi.json").expect(200);
  const expected: unknown = JSON.parse(
    JSON.stringify(openApiDocument({ ...DEFAULTS, replicaCount: 3 })),
  );
  expect(body).toEqual(expected);
  expect(body.info).toMatchObject({ title: "ringkv", version: "1.2.3" });
});

const PAGE_POLICY =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;" +
  "connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'";

describe("GET /docs", () => {
  const namedIn = (page: string) =>
    [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map((it) => it[1]);

  it.each(["/docs", "/docs/"])("%s names only what this node serves", async (path) => {
    const { app } = openApi();
    const { text } = await request(app).get(path).expect(200);
    const named = namedIn(text);
    expect(named).toHaveLength(4);
    for (const asset of named) {
      const answer = await request(app).get(String(asset)).expect(200);
      const size = (answer.text ?? (answer.body as Buffer)).length;
      expect(size).toBeGreaterThan(50);
    }
  });

  it("lets a browser ask no other origin, and run nothing that stands in the page", async () => {
    const { app } = openApi();
    const { headers, text } = await request(app).get("/docs");
    expect(headers["content-security-policy"]).toBe(PAGE_POLICY);
    expect(text).not.toMatch(/<script>|<style|\son\w+=|style=/);
    const { text: start } = await request(app).get("/docs/start.js");
    for (const ours of [text, start]) expect(ours).not.toMatch(/\/\/\w|https?:/);
    expect(start).toContain("validatorUrl: null");
  });

  it("loosens the policy of nothing else", async () => {
    const { app } = openApi();
    for (const path of ["/status", "/openapi.json", "/docs/start.js", "/docs/nothing"]) {
      const { headers } = await request(app).get(path);
      expect(headers["content-security-policy"]).toBe("default-src 'none';frame-ancestors 'none'");
    }
  });

  it.each([
    "/docs/index.html",
    "/docs/package.json",
    "/docs/swagger-ui-bundle.js.map",
    "/docs/constructor",
    "/docs/%2e%2e%2fpackage.json",
    "/docs/..%2f..%2fpackage.json",
    "/docs/swagger-ui.css/x",
  ])("has no %s", async (path) => {
    const answer = await request(openApi().app).get(path).expect(404);
    expect(answer.body.code).toBe("not_found");
  });

  it("takes no parameters and no other methods", async () => {
    const { app } = openApi();
    for (const path of ["/docs", "/docs/start.js", "/openapi.json"]) {
      await request(app).get(`${path}?url=x`).expect(400);
      await request(app).post(path).expect(405);
      await request(app).head(path).expect(200);
    }
  });

  it("is limited like any other request: its parts are large", async () => {
    const { app } = openApi({ inFlightMax: 0 });
    await request(app).get("/docs/swagger-ui-bundle.js").expect(429);
  });
});
