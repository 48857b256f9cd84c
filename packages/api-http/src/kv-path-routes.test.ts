/** The path form: `/kv/{key}`, the value itself. */

import { msOf } from "@ringkv/core";
import request from "supertest";
import { hold, NOW_MS, openApi } from "../test-support/fake-node.js";

const ETAG = /^"[0-9a-f]{20}"$/;

describe("PUT /kv/{key}", () => {
  it("stores new bytes with their type and answers 201 with a receipt", async () => {
    const { app, node } = openApi();
    const answer = await request(app)
      .put("/kv/user:1")
      .set("Content-Type", "text/plain; charset=utf-8")
      .send("hello");

    expect(answer.status).toBe(201);
    expect(answer.headers["location"]).toBe("/kv/user%3A1");
    expect(answer.headers["etag"]).toMatch(ETAG);
    const version = answer.headers["etag"]?.slice(1, -1);
    expect(answer.body).toEqual({
      key: "user:1",
      version,
      partition: expect.any(Number),
      primary: "node2",
      stored: ["node2", "node3"],
      standIns: [],
      w: 2,
      created: true,
    });
    expect(node.textOf("user:1")).toBe("hello");
    expect(node.writes[0]).toMatchObject({
      contentType: "text/plain; charset=utf-8",
      expiresAtMs: null,
      w: null,
      timeoutMs: null,
    });
  });

  it("answers 200 without Location when it replaces", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a" });
    const answer = await request(app).put("/kv/a").send("x");
    expect(answer.status).toBe(200);
    expect(answer.headers["location"]).toBeUndefined();
    expect(answer.body.created).toBe(false);
  });

  it("keeps any bytes, and none at all", async () => {
    const { app, node } = openApi();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await request(app).put("/kv/all").set("Content-Type", "image/x").send(bytes).expect(201);
    await request(app).put("/kv/none").expect(201);
    expect([...(node.writes[0]?.value ?? [])]).toEqual([...bytes]);
    expect(node.writes[1]).toMatchObject({ value: Buffer.alloc(0), contentType: "" });
    const read = await request(app).get("/kv/all").buffer(true).responseType("blob");
    expect(Buffer.compare(read.body as Buffer, bytes)).toBe(0);
  });

  it("takes its options from the query and the KV-TTL header", async () => {
    const { app, node } = openApi();
    const answer = await request(app).put("/kv/a?w=1&timeout=250&ttl=60&r=2").send("x");
    expect(answer.body).toMatchObject({ w: 1, expiresAt: NOW_MS + 60_000 });
    await request(app).put("/kv/b").set("KV-TTL", "5").send("x").expect(201);
    expect(node.writes[0]).toMatchObject({ w: 1, timeoutMs: 250, expiresAtMs: NOW_MS + 60_000 });
    expect(node.writes[1]).toMatchObject({ expiresAtMs: NOW_MS + 5_000 });
  });

  it("explains itself when asked", async () => {
    const { app } = openApi();
    const { body } = await request(app).put("/kv/a?explain=1").send("x");
    expect(body.explain).toEqual({
      partition: body.partition,
      walk: ["node2", "node3", "node1"],
      asked: [
        { node: "node2", answer: "stored", version: body.version, ms: 1.235 },
        { node: "node3", answer: "stored", version: body.version, ms: 1.235 },
      ],
      winner: { version: body.version, nodes: ["node2", "node3"] },
      why: "on disk on 2 nodes, and w=2 asks for 2",
    });
  });

  it("takes a value of exactly the limit, and not one byte more", async () => {
    const { app, node } = openApi({ valueBytesMax: 100 });
    await request(app).put("/kv/a").send("x".repeat(100)).expect(201);
    const answer = await request(app).put("/kv/b").send("x".repeat(101)).expect(413);
    expect(answer.body).toMatchObject({ code: "too_large", outcome: "not-applied" });
    expect(node.writes).toHaveLength(1);
  });
});

describe("GET /kv/{key}", () => {
  it("gives back the value with all that is known of it", async () => {
    const { app, node } = openApi();
    const version = hold(node, { key: "a", contentType: "text/css", expiresAtMs: NOW_MS + 1 });
    const answer = await request(app).get("/kv/a").expect(200);
    expect(answer.text).toBe("v");
    expect(answer.headers).toMatchObject({
      "content-type": "text/css",
      "content-length": "1",
      etag: `"${version}"`,
      "last-modified": new Date(msOf(version)).toUTCString(),
      "kv-expires-at": String(NOW_MS + 1),
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "no-cache",
    });
    expect(answer.headers["x-powered-by"]).toBeUndefined();
  });

  it("answers HEAD with the same headers and no body", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a", value: Buffer.alloc(700) });
    const answer = await request(app).head("/kv/a").expect(200);
    expect(answer.headers["content-length"]).toBe("700");
    expect(answer.headers["etag"]).toMatch(ETAG);
    await request(app).head("/kv/absent").expect(404);
  });

  it("has no type of its own: what came without one is a stream of bytes", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a" });
    hold(node, { key: "b", contentType: "text/x\r\nSet-Cookie: a=b" });
    for (const key of ["a", "b"]) {
      const { headers } = await request(app).get(`/kv/${key}`);
      expect(headers["content-type"]).toBe("application/octet-stream");
      expect(headers["set-cookie"]).toBeUndefined();
    }
  });

  it("answers 404 with a problem document for an absent or deleted key", async () => {
    const { app, node } = openApi();
    hold(node, { key: "gone", value: null });
    for (const key of ["absent", "gone"]) {
      const answer = await request(app).get(`/kv/${key}`).expect(404);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(answer.body).toMatchObject({ code: "not_found", status: 404, retryable: false });
    }
  });

  it.each`
    given                          | status | why
    ${"*"}                         | ${304} | ${"any version will do"}
    ${'"VERSION"'}                 | ${304} | ${"exactly this one"}
    ${'W/"VERSION"'}               | ${304} | ${"weakly this one"}
    ${'"other", W/"x" ,"VERSION"'} | ${304} | ${"this one among others"}
    ${'"other"'}                   | ${200} | ${"another one"}
    ${"VERSION"}                   | ${200} | ${"a tag has quotes"}
    ${'"VERSION0"'}                | ${200} | ${"a longer tag is another tag"}
  `("If-None-Match $given is $status: $why", async ({ given, status }) => {
    const { app, node } = openApi();
    const version = hold(node, { key: "a" });
    const header = String(given).replace("VERSION", version);
    const answer = await request(app).get("/kv/a").set("If-None-Match", header).expect(status);
    expect(answer.headers["etag"]).toBe(`"${version}"`);
    expect(answer.text).toBe(status === 304 ? "" : answer.text);
  });

  it.each`
    range              | status | text            | why
    ${"bytes=0-3"}     | ${206} | ${"0123"}       | ${"the beginning"}
    ${"bytes=7-"}      | ${206} | ${"789"}        | ${"from there on"}
    ${"bytes=-2"}      | ${206} | ${"89"}         | ${"the end"}
    ${"bytes=5-99"}    | ${206} | ${"56789"}      | ${"as far as there is"}
    ${"bytes=10-"}     | ${416} | ${null}         | ${"behind the end"}
    ${"bytes=0-1,4-5"} | ${200} | ${"0123456789"} | ${"several ranges are not supported"}
    ${"lines=1-2"}     | ${200} | ${"0123456789"} | ${"another unit"}
    ${"nonsense"}      | ${200} | ${"0123456789"} | ${"not a range"}
  `("Range $range is $status: $why", async ({ range, status, text }) => {
    const { app, node } = openApi();
    hold(node, { key: "a", value: Buffer.from("0123456789"), contentType: "text/plain" });
    const answer = await request(app).get("/kv/a").set("Range", range).expect(status);
    if (status === 416) expect(answer.headers["content-range"]).toBe("bytes */10");
    else expect(answer.text).toBe(text);
    if (status === 206) expect(answer.headers["content-range"]).toMatch(/^bytes \d-\d\/10$/);
  });

  it("gives a range of the version that If-Range names, and else the whole", async () => {
    const { app, node } = openApi();
    const version = hold(node, { key: "a", value: Buffer.from("0123456789") });
    const ranged = () => request(app).get("/kv/a").set("Range", "bytes=0-0");
    await ranged().set("If-Range", `"${version}"`).expect(206);
    await ranged().set("If-Range", '"other"').expect(200);
    await ranged().set("If-Range", `W/"${version}"`).expect(200);
  });

  it("passes R and the time-out on, and answers with JSON when asked to explain", async () => {
    const { app, node } = openApi();
    const version = hold(node, { key: "a", contentType: "text/plain" });
    const { body } = await request(app).get("/kv/a?r=2&timeout=30000&explain=1").expect(200);
    expect(node.reads[0]).toEqual({ key: "a", r: 2, timeoutMs: 30_000 });
    expect(body).toMatchObject({
      key: "a",
      value: "v",
      version,
      explain: {
        asked: [{ node: "node2", answer: "found", version, ms: 0.5 }],
        winner: { version, nodes: ["node2"] },
        why: "the newest version among the answers",
      },
    });
    const absent = await request(app).get("/kv/none?explain=1").expect(404);
    expect(absent.body).toMatchObject({
      key: "none",
      value: null,
      explain: { winner: null, why: "no node holds the key" },
    });
  });
});

describe("DELETE /kv/{key}", () => {
  it("writes a tombstone and says whether there was a value; again is no error", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a" });
    const first = await request(app).delete("/kv/a").expect(200);
    const second = await request(app).delete("/kv/a?w=1").expect(200);
    expect(first.body).toMatchObject({ key: "a", existed: true, stored: ["node2", "node3"] });
    expect(first.body.created).toBeUndefined();
    expect(second.body).toMatchObject({ existed: false, w: 1 });
    expect(node.writes).toHaveLength(2);
    expect(node.writes[0]).toMatchObject({ key: "a", value: null });
  });
});

describe("what is refused, with nothing stored", () => {
  it.each`
    method      | url              | headers                                       | status | code
    ${"put"}    | ${"/kv/a"}       | ${{ "If-Match": '"x"' }}                      | ${501} | ${"not_supported"}
    ${"put"}    | ${"/kv/a"}       | ${{ "If-None-Match": "*" }}                   | ${501} | ${"not_supported"}
    ${"put"}    | ${"/kv/a"}       | ${{ "If-Match": "x".repeat(5000) }}           | ${501} | ${"not_supported"}
    ${"delete"} | ${"/kv/a"}       | ${{ "If-Match": "*" }}                        | ${501} | ${"not_supported"}
    ${"delete"} | ${"/kv/a"}       | ${{ "If-Unmodified-Since": "today" }}         | ${501} | ${"not_supported"}
    ${"get"}    | ${"/kv/a"}       | ${{ "If-Match": "*" }}                        | ${501} | ${"not_supported"}
    ${"put"}    | ${"/kv/a"}       | ${{ "Content-Range": "bytes 0-1/2" }}         | ${400} | ${"invalid_request"}
    ${"put"}    | ${"/kv/a"}       | ${{ "Content-Encoding": "gzip" }}             | ${415} | ${"unsupported_media_type"}
    ${"put"}    | ${"/kv/a"}       | ${{ "Content-Encoding": "br, gzip" }}         | ${415} | ${"unsupported_media_type"}
    ${"put"}    | ${"/kv/a"}       | ${{ "Content-Type": `a/${"b".repeat(255)}` }} | ${400} | ${"invalid_request"}
    ${"put"}    | ${"/kv/a?ttl=5"} | ${{ "KV-TTL": "5" }}                          | ${400} | ${"invalid_request"}
    ${"put"}    | ${"/kv/a"}       | ${{ "KV-TTL": "soon" }}                       | ${400} | ${"invalid_request"}
    ${"delete"} | ${"/kv/a?ttl=5"} | ${{}}                                         | ${400} | ${"invalid_request"}
    ${"post"}   | ${"/kv/batch"}   | ${{}}                                         | ${415} | ${"unsupported_media_type"}
    ${"post"}   | ${"/kv/a"}       | ${{}}                                         | ${405} | ${"method_not_allowed"}
    ${"patch"}  | ${"/kv/a"}       | ${{}}                                         | ${405} | ${"method_not_allowed"}
    ${"trace"}  | ${"/kv/a"}       | ${{}}                                         | ${405} | ${"method_not_allowed"}
  `("$method $url is $status $code", async ({ method, url, headers, status, code }) => {
    const { app, node } = openApi();
    const call = request(app)[method as "put"](url);
    const answer = await call.set(headers).send(method === "put" ? "x" : undefined);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ status, code, outcome: "not-applied", retryable: false });
    if (status === 405) expect(answer.headers["allow"]).toBe("GET, HEAD, PUT, DELETE, OPTIONS");
    expect(node.writes).toEqual([]);
    expect(node.reads).toEqual([]);
  });

  it.each([
    ["w=0", "w"],
    ["w=3", "w"],
    ["w=-1", "w"],
    ["w=1.0", "w"],
    ["w=1e0", "w"],
    ["w=%201", "w"],
    ["w=", "w"],
    ["w", "w"],
    ["r=3", "r"],
    ["timeout=0", "timeout"],
    ["timeout=30001", "timeout"],
    ["ttl=0", "ttl"],
    ["ttl=-1", "ttl"],
    ["ttl=1e308", "ttl"],
    ["ttl=9007199254740992", "ttl"],
    ["ttl=9007199254740993", "ttl"],
    ["ttl=3153600001", "ttl"],
    ["explain=yes", "explain"],
    ["w=1&w=1", "w"],
    ["w[]=1", "w[]"],
    ["w[a]=1", "w[a]"],
    ["a[__proto__]=b&a[length]=100000000", "a[__proto__]"],
    ["__proto__=1", "__proto__"],
    ["constructor=1", "constructor"],
    ["W=1", "W"],
    ["key=b", "key"],
    ["quorum=1", "quorum"],
    ["w=%zz", "percent-encoding"],
    ["w=%ff", "percent-encoding"],
  ])("the query %s, naming %s", async (query, named) => {
    const { app, node } = openApi();
    const answer = await request(app).put(`/kv/a?${query}`).send("x").expect(400);
    expect(answer.body.code).toBe("invalid_request");
    expect(answer.body.detail).toContain(named);
    expect(node.writes).toEqual([]);
  });
});

describe("OPTIONS /kv/{key}", () => {
  it("lists the methods, and opens nothing to other origins", async () => {
    const { app } = openApi();
    const answer = await request(app).options("/kv/a").set("Origin", "https://evil.example");
    expect(answer.status).toBe(204);
    expect(answer.headers["allow"]).toBe("GET, HEAD, PUT, DELETE, OPTIONS");
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });
});
