import { QuorumUnreachable, TooLarge } from "@ringkv/core";
import request from "supertest";
import { hold, NOW_MS, openApi } from "../test-support/fake-node.js";
import { batchedSchema } from "./kv-batch.js";

type Api = ReturnType<typeof openApi>;

function post(app: Api["app"], body: string | object, query = "") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return request(app).post(`/kv/batch${query}`).type("application/json").send(text);
}

describe("POST /kv/batch", () => {
  it("answers each operation in its place, as such a request alone is answered", async () => {
    const { app, node } = openApi();
    hold(node, { key: "old", value: Buffer.from('"x"'), contentType: "application/json" });
    const ops = [
      { op: "put", key: "new", value: { a: [1] } },
      { op: "put", key: "old", value: null, ttl: 60 },
      { op: "get", key: "new" },
      { op: "get", key: "absent" },
      { op: "delete", key: "new" },
      { op: "delete", key: "new" },
    ];
    const { body } = await post(app, { ops }).expect(200);
    expect(body.atomic).toBe(false);
    expect(batchedSchema.safeParse(body).success).toBe(true);
    expect(body.results).toMatchObject([
      { op: "put", status: 201, key: "new", created: true, stored: ["node2", "node3"], w: 2 },
      { op: "put", status: 200, key: "old", created: false, expiresAt: NOW_MS + 60_000 },
      { op: "get", status: 200, key: "new", value: { a: [1] }, contentType: "application/json" },
      { op: "get", status: 404, key: "absent", value: null },
      { op: "delete", status: 200, key: "new", existed: true },
      { op: "delete", status: 200, key: "new", existed: false },
    ]);
    expect(node.batches).toHaveLength(1);
  });

  it("keeps values byte for byte, however deep, and options for all operations", async () => {
    const { app, node } = openApi();
    const value = `${"[".repeat(63)}9007199254740993${"]".repeat(63)}`;
    const put = `{"value": ${value} ,"key":"a,]}\\"","op":"put"}`;
    const body = `{"ops" : [ ${put},{"op":"get","key":"g"}]}`;
    await post(app, body, "?w=1&r=2&timeout=250").expect(200);
    expect(node.textOf('a,]}"')).toBe(value);
    expect(node.writes[0]).toMatchObject({ contentType: "application/json", w: 1, timeoutMs: 250 });
    expect(node.reads[0]).toEqual({ key: "g", r: 2, timeoutMs: 250 });
    expect(node.batches[0]?.readBytesMax).toBe(16 * 1_024 * 1_024);
  });

  it("answers an empty batch with nothing", async () => {
    const { text } = await post(openApi().app, { ops: [] }).expect(200);
    expect(text).toBe('{"atomic":false,"results":[]}');
  });

  it("tells why an operation failed, and what is known of it, beside the others", async () => {
    const { app, node, logged } = openApi();
    const failed = { needed: 2, answered: [], failed: [], outcome: "unknown" } as const;
    const failures = [new QuorumUnreachable(failed), new TooLarge("16"), new TypeError("a bug")];
    node.failure = () => Promise.reject(failures.shift());
    const ops = ["a", "b", "c"].map((key) => ({ op: "get", key }));
    const { body } = await post(app, { ops }).expect(200);
    const known = { code: "quorum_unreachable", outcome: "unknown", retryable: true };
    expect(body.results).toMatchObject([
      { op: "get", key: "a", status: 503, ...known, needed: 2 },
      { op: "get", key: "b", status: 413, code: "too_large" },
      { op: "get", key: "c", status: 500, code: "internal", outcome: "unknown" },
    ]);
    expect(JSON.stringify(body)).not.toContain("a bug");
    expect(logged.map(({ message }) => message)).toEqual(["an operation of a batch met a bug"]);
  });

  const put = { op: "put", key: "k", value: 1 };
  it.each([
    { body: "", named: "JSON", why: "no body" },
    { body: "[]", named: "object", why: "no object" },
    { body: "{}", named: "ops", why: "no operations" },
    { body: '{"ops":{}}', named: "ops: a list", why: "no list" },
    { body: '{"ops":[],"atomic":true}', named: "unknown field: atomic", why: "a wish unknown" },
    { body: '{"ops":[],"ops":[]}', named: "twice", why: "two lists" },
    { body: { ops: [put, 7] }, named: "ops.1", why: "a number" },
    { body: { ops: [put, { op: "swap", key: "k" }] }, named: "ops.1.op", why: "another operation" },
    { body: { ops: [put, { op: "put", key: "k" }] }, named: "ops.1", why: "no value" },
    { body: { ops: [put, { op: "get" }] }, named: "ops.1.key", why: "no key" },
    {
      body: { ops: [put, { op: "get", key: "" }] },
      named: "ops.1.key: the key is empty",
      why: "no key",
    },
    {
      body: { ops: [put, { op: "get", key: "k".repeat(1_025) }] },
      named: "ops.1",
      why: "long key",
    },
    { body: '{"ops":[{"op":"get","key":"\\ud800"}]}', named: "ops.0.key", why: "half a character" },
    {
      body: { ops: [put, { op: "get", key: "k", value: 1 }] },
      named: "ops.1",
      why: "value to get",
    },
    { body: { ops: [put, { ...put, ttl: 0 }] }, named: "ops.1.ttl", why: "a bad time to live" },
    { body: { ops: [{ ...put, w: 1 }] }, named: "ops.0", why: "an option of one operation" },
    {
      body: '{"ops":[{"op":"get","key":"a","key":"b"}]}',
      named: "ops.0: field given twice",
      why: "two keys",
    },
    { body: '{"ops":[{"op":"get","key":"a","__proto__":{}}]}', named: "ops.0", why: "__proto__" },
    {
      body: `{"ops":[{"op":"put","key":"a","value":${"[".repeat(64)}${"]".repeat(64)}}]}`,
      named: "deeper",
      why: "too deep",
    },
  ])("refuses all of it for $why, with 400, and nothing is stored", async ({ body, named }) => {
    const { app, node } = openApi();
    const answer = await post(app, body).expect(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", outcome: "not-applied" });
    expect(answer.body.detail).toContain(named);
    expect(node.batches).toEqual([]);
  });

  it("refuses what is too much of anything with 413", async () => {
    const { app, node } = openApi();
    const many = Array.from({ length: 1_001 }, () => ({ op: "get", key: "k" }));
    expect((await post(app, { ops: many }).expect(413)).body.detail).toContain("1000 operations");
    const large = [put, { ...put, value: "v".repeat(1_023) }];
    expect((await post(app, { ops: large }).expect(413)).body.detail).toContain("ops.1");
    const body = `{"ops":[]}${" ".repeat(16 * 1_024 * 1_024)}`;
    expect((await post(app, body).expect(413)).body.code).toBe("too_large");
    expect(node.batches).toEqual([]);
    const most = Array.from({ length: 1_000 }, () => ({ op: "get", key: "k" }));
    expect((await post(app, { ops: most }).expect(200)).body.results).toHaveLength(1_000);
  });

  it.each([
    { query: "?ttl=5", headers: {}, status: 400, why: "a time to live for all" },
    { query: "?explain=1", headers: {}, status: 400, why: "an explanation" },
    { query: "?w=3", headers: {}, status: 400, why: "more copies than there are" },
    { query: "", headers: { "KV-TTL": "5" }, status: 400, why: "a time to live in a header" },
    { query: "", headers: { "If-None-Match": "*" }, status: 501, why: "a condition" },
    { query: "", headers: { "Content-Type": "text/plain" }, status: 415, why: "plain text" },
  ])("refuses $why with $status", async ({ query, headers, status }) => {
    const { app, node } = openApi();
    await post(app, { ops: [put] }, query)
      .set(headers)
      .expect(status);
    expect(node.batches).toEqual([]);
  });

  it("leaves the key named batch to the other methods", async () => {
    const { app, node } = openApi();
    await request(app).put("/kv/batch").send("v").expect(201);
    expect(node.textOf("batch")).toBe("v");
    await request(app).get("/kv/batch").expect(200);
    await request(app).delete("/kv/batch").expect(200);
    await request(app).post("/kv/batch/").type("application/json").send("{}").expect(405);
    await request(app).post("/kv/%62atch").type("application/json").send('{"ops":[]}').expect(200);
    expect(node.batches).toHaveLength(1);
  });
});
