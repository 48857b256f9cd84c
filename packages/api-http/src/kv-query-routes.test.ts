/** The query form: `/kv`, JSON in and JSON out, and nothing altered on the way. */

import { JSON_DEPTH_MAX } from "@ringkv/core";
import request from "supertest";
import { hold, NOW_MS, openApi } from "../test-support/fake-node.js";

const JSON_TYPE = "application/json";

function post(app: ReturnType<typeof openApi>["app"], body: string | Buffer, type = JSON_TYPE) {
  return request(app).post("/kv").set("Content-Type", type).send(body);
}

describe("POST and PUT /kv", () => {
  it.each(["post", "put"] as const)("%s stores the value as JSON, also at /kv/", async (method) => {
    for (const path of ["/kv", "/kv/"]) {
      const { app, node } = openApi();
      const call = request(app)[method](path);
      const answer = await call.send({ key: "a b", value: { n: 1 } });
      expect(answer.status).toBe(201);
      expect(answer.headers["location"]).toBe("/kv/a%20b");
      expect(answer.headers["etag"]).toBe(`"${answer.body.version}"`);
      expect(answer.body).toMatchObject({ key: "a b", created: true, stored: ["node2", "node3"] });
      expect(node.textOf("a b")).toBe('{"n":1}');
      expect(node.writes[0]).toMatchObject({ contentType: JSON_TYPE, expiresAtMs: null });
    }
  });

  it.each([
    ["a number that no double holds", "9007199254740993"],
    ["a number beyond infinity", "1e400"],
    ["minus zero", "-0"],
    ["a trailing zero", "1.0"],
    ["a repeated name", '{"a":1,"a":2}'],
    ["names that look like numbers", '{"b":1,"10":2,"2":3}'],
    ["white space inside", '{ "a" :\t[ 1 ,\n2 ] }'],
    ["escapes that need not be", '"\\u0041\\/\\n"'],
    ["half a surrogate pair, escaped", '"\\ud800"'],
    ["__proto__ as data", '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
    ["strings full of punctuation", '{"}],:\\"\\\\":"{[,:\\\\\\""}'],
    ["what Redis would read as a command", '"*3\\r\\n$3\\r\\nSET\\r\\n"'],
    ["null", "null"],
    ["an empty string", '""'],
    ["the deepest nesting", `${"[".repeat(JSON_DEPTH_MAX - 1)}${"]".repeat(JSON_DEPTH_MAX - 1)}`],
  ])("keeps %s byte for byte, in and out", async (_what, value) => {
    const { app, node } = openApi();
    const spaced = ` { "ttl" : 5 , "value" :  ${value}\n, "key":"k" } `;
    await post(app, spaced).expect(201);
    expect(node.textOf("k")).toBe(value);
    const answer = await request(app).get("/kv?key=k").expect(200);
    expect(answer.text).toContain(`{"key":"k","value":${value},"version":`);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("takes the time to live from the body", async () => {
    const { app, node } = openApi();
    const answer = await post(app, '{"key":"a","value":1,"ttl":60}').expect(201);
    expect(answer.body.expiresAt).toBe(NOW_MS + 60_000);
    expect(node.writes[0]?.expiresAtMs).toBe(NOW_MS + 60_000);
  });

  it("takes a JSON value of exactly the limit, and not one byte more", async () => {
    const { app, node } = openApi({ valueBytesMax: 100 });
    const body = (length: number) => `{"key":"a","value":"${"x".repeat(length - 2)}"}`;
    await post(app, body(100)).expect(201);
    expect((await post(app, body(101)).expect(413)).body.code).toBe("too_large");
    expect((await post(app, body(50_000)).expect(413)).body.code).toBe("too_large");
    expect(node.writes).toHaveLength(1);
  });

  it.each<[why: string, body: string | Buffer]>([
    ["nothing at all", ""],
    ["null", "null"],
    ["an array", "[]"],
    ["a string", '"x"'],
    ["a number", "1"],
    ["cut short", '{"key":"a","value":1'],
    ["bytes behind the end", '{"key":"a","value":1}x'],
    ["two documents", '{"key":"a","value":1}{"key":"b","value":2}'],
    ["a byte order mark", '\ufeff{"key":"a","value":1}'],
    ["invalid UTF-8", Buffer.from('{"key":"a","value":"\xff"}', "latin1")],
    ["a surrogate in UTF-8", Buffer.from('{"key":"a","value":"\xed\xa0\x80"}', "latin1")],
    ["a comment", '{"key":"a",/* */"value":1}'],
    ["a comma too many", '{"key":"a","value":1,}'],
    ["NaN", '{"key":"a","value":NaN}'],
    ["no key", '{"value":1}'],
    ["no value", '{"key":"a"}'],
    ["an empty key", '{"key":"","value":1}'],
    ["a key that is a number", '{"key":1,"value":1}'],
    ["a key that is null", '{"key":null,"value":1}'],
    ["a key that is an array", '{"key":["a"],"value":1}'],
    ["a key that is an object", '{"key":{"a":1},"value":1}'],
    ["a key with half a surrogate pair", '{"key":"a\\ud800","value":1}'],
    ["a key of 1,025 bytes", JSON.stringify({ key: `${"é".repeat(512)}x`, value: 1 })],
    ["an unknown field", '{"key":"a","value":1,"foo":2}'],
    ["a field of the store's own", '{"key":"a","value":1,"version":"0"}'],
    ["the owner", '{"key":"a","value":1,"owner":"me"}'],
    ["__proto__", '{"key":"a","value":1,"__proto__":{"admin":true}}'],
    ["constructor", '{"key":"a","value":1,"constructor":{"prototype":{"admin":true}}}'],
    ["an escaped __proto__", '{"key":"a","value":1,"\\u005f_proto__":{"admin":true}}'],
    ["an empty field name", '{"key":"a","value":1,"":2}'],
    ["the key twice", '{"key":"a","key":"b","value":1}'],
    ["the value twice", '{"key":"a","value":1,"value":2}'],
    ["the value twice, once escaped", '{"key":"a","value":1,"valu\\u0065":2}'],
    ["too deep", `{"key":"a","value":${"[".repeat(64)}${"]".repeat(64)}}`],
    ["far too deep", `{"key":"a","value":${"[".repeat(5_000)}${"]".repeat(5_000)}}`],
    ["ttl -1", '{"key":"a","value":1,"ttl":-1}'],
    ["ttl 0", '{"key":"a","value":1,"ttl":0}'],
    ["ttl 1.5", '{"key":"a","value":1,"ttl":1.5}'],
    ["ttl 1e308", '{"key":"a","value":1,"ttl":1e308}'],
    ["ttl 1e400", '{"key":"a","value":1,"ttl":1e400}'],
    ["ttl 2^53", '{"key":"a","value":1,"ttl":9007199254740992}'],
    ["ttl as text", '{"key":"a","value":1,"ttl":"10"}'],
    ["ttl null", '{"key":"a","value":1,"ttl":null}'],
  ])("refuses %s with 400, and stores nothing", async (_why, body) => {
    const { app, node, logged } = openApi({ valueBytesMax: 100_000 });
    const answer = await post(app, body).expect(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", outcome: "not-applied" });
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(node.writes).toEqual([]);
    expect(logged).toEqual([]);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("refuses a time to live that is given twice, even if equal", async () => {
    const { app, node } = openApi();
    const body = { key: "a", value: 1, ttl: 5 };
    await request(app).post("/kv?ttl=5").send(body).expect(400);
    await request(app).post("/kv").set("KV-TTL", "5").send(body).expect(400);
    expect(node.writes).toEqual([]);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json; charset=latin1",
    "application/json; charset=utf-8; charset=utf-16",
    "application/json; boundary=x",
  ])("refuses a body of type %s with 415", async (type) => {
    const { app, node } = openApi();
    const answer = await post(app, '{"key":"a","value":1}', type).expect(415);
    expect(answer.body.code).toBe("unsupported_media_type");
    expect(node.writes).toEqual([]);
  });

  it.each([
    "application/json;charset=UTF-8",
    'Application/JSON; charset="utf-8"',
    "application/ld+json",
  ])("takes a body of type %s", async (type) => {
    await post(openApi().app, '{"key":"a","value":1}', type).expect(201);
  });
});

describe("GET /kv?key=", () => {
  it.each`
    contentType                     | bytes                 | value        | encoding     | why
    ${"application/json"}           | ${'{ "a":1 }'}        | ${{ a: 1 }}  | ${undefined} | ${"JSON is embedded"}
    ${"application/ld+json"}        | ${"[1]"}              | ${[1]}       | ${undefined} | ${"and its kin"}
    ${"application/json"}           | ${"{broken"}          | ${"{broken"} | ${undefined} | ${"what is no JSON is text"}
    ${"application/json"}           | ${'1,"x":2'}          | ${'1,"x":2'} | ${undefined} | ${"and cannot add fields"}
    ${"application/json"}           | ${""}                 | ${""}        | ${undefined} | ${"nothing is no JSON"}
    ${"text/plain"}                 | ${'say "é"'}          | ${'say "é"'} | ${undefined} | ${"text is a string"}
    ${"text/plain; charset=utf-8"}  | ${"1"}                | ${"1"}       | ${undefined} | ${"even if it looks like JSON"}
    ${"text/plain; charset=utf-16"} | ${"ab"}               | ${"YWI="}    | ${"base64"}  | ${"not text that we can read"}
    ${"text/plain"}                 | ${[0xff]}             | ${"/w=="}    | ${"base64"}  | ${"not UTF-8"}
    ${"application/json"}           | ${[0x22, 0xff, 0x22]} | ${"Iv8i"}    | ${"base64"}  | ${"not UTF-8 either"}
    ${"application/octet-stream"}   | ${"ab"}               | ${"YWI="}    | ${"base64"}  | ${"bytes"}
    ${""}                           | ${"ab"}               | ${"YWI="}    | ${"base64"}  | ${"bytes without a type"}
  `("$contentType $bytes: $why", async ({ contentType, bytes, value, encoding }) => {
    const { app, node } = openApi();
    const version = hold(node, { key: "a", value: Buffer.from(bytes), contentType });
    const answer = await request(app).get("/kv?key=a").expect(200);
    expect(answer.body).toEqual({
      key: "a",
      value,
      version,
      contentType: contentType || "application/octet-stream",
      ...(encoding ? { encoding } : {}),
    });
    expect(answer.headers["etag"]).toBe(`"${version}"`);
  });

  it("says when it expires", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a", expiresAtMs: NOW_MS + 5 });
    const { body } = await request(app).get("/kv/?key=a");
    expect(body.expiresAt).toBe(NOW_MS + 5);
  });

  it("answers an absent key with 404 and null, as the contract has it", async () => {
    const answer = await request(openApi().app).get("/kv?key=no%22ne").expect(404);
    expect(answer.text).toBe('{"key":"no\\"ne","value":null}');
    expect(answer.headers["content-type"]).toBe(JSON_TYPE);
  });

  it.each([
    ["", 400, "key"],
    ["?key=", 400, "empty"],
    ["?key=a&key=b", 400, "twice"],
    ["?key=a&%6bey=b", 400, "twice"],
    ["?key[]=a", 400, "key[]"],
    ["?key[a]=b", 400, "key[a]"],
    ["?key=a&ttl=5", 400, "ttl"],
    ["?key=a&foo=1", 400, "foo"],
    ["?key=%ff", 400, "percent"],
    ["?limit=5", 400, "limit"],
    ["?cursor=abc", 400, "cursor"],
  ])("refuses GET /kv%s with %i", async (query, status, named) => {
    const { app, node } = openApi();
    const answer = await request(app).get(`/kv${query}`).expect(status);
    expect(answer.body.detail).toContain(named);
    expect(node.reads).toEqual([]);
  });
});

describe("DELETE /kv?key=", () => {
  it("writes a tombstone and answers with a receipt", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a+b" });
    const answer = await request(app).delete("/kv?key=a%2Bb&w=2").expect(200);
    expect(answer.body).toMatchObject({ key: "a+b", existed: true });
    expect(node.writes[0]).toMatchObject({ key: "a+b", value: null, w: 2 });
  });

  it("needs a key", async () => {
    const { app, node } = openApi();
    await request(app).delete("/kv").expect(400);
    expect(node.writes).toEqual([]);
  });
});

it("takes no other method, and says which ones it takes", async () => {
  const answer = await request(openApi().app).patch("/kv").expect(405);
  expect(answer.headers["allow"]).toBe("GET, HEAD, POST, PUT, DELETE, OPTIONS");
  expect(answer.body.code).toBe("method_not_allowed");
});
