import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "ringkv-pages-"));
  writeFileSync(path.join(folder, "index.html"), "<!doctype html><title>ringkv</title>");
  writeFileSync(path.join(folder, "app.js"), "export {};");
  writeFileSync(path.join(folder, "app.js.map"), "{}");
});
afterAll(() => rmSync(folder, { recursive: true }));

const openPages = () => openApi({}, { pagesFolder: folder }).app;

it.each(["/", "/app/tasks", "/app/keys", "/app/drills"])("serves the page at %s", async (at) => {
  const answer = await request(openPages()).get(at).expect(200);
  expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(answer.text).toContain("<title>ringkv</title>");
});

it("lets the page ask its node and the members, and nobody else", async () => {
  const { headers } = await request(openPages()).get("/");
  expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
  expect(headers["content-security-policy"]).toContain("connect-src 'self' http://127.0.0.1:8002;");
  expect(headers["content-security-policy"]).not.toContain("unsafe");
});

it("serves what was built, compressed, and asks browsers to look whether it is new", async () => {
  const app = openPages();
  const answer = await request(app).get("/assets/app.js").expect(200);
  expect(answer.headers).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "content-encoding": "gzip",
    "cache-control": "no-cache",
  });
  const again = request(app)
    .get("/assets/app.js")
    .set("If-None-Match", answer.headers["etag"] ?? "");
  await again.expect(304);
});

it.each(["/assets/app.js.map", "/assets/..%2Fsecret", "/assets/index.html", "/app/other"])(
  "has nothing at %s",
  async (at) => {
    await request(openPages()).get(at).expect(404);
  },
);

it("says what to do when nothing was built", async () => {
  const { body } = await request(openApi().app).get("/").expect(404);
  expect(body.detail).toContain("npm run build");
});

it("is read only", async () => {
  await request(openPages()).post("/").expect(405);
});
