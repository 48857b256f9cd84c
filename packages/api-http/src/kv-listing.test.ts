import { type Key, QuorumUnreachable } from "@ringkv/core";
import request from "supertest";
import { hold, NOW_MS, openApi, SECRET } from "../test-support/fake-node.js";
import { Cursors } from "./cursors.js";
import { listedSchema } from "./kv-listing.js";

/** An API whose node holds these keys; the value says which. */
function holding(...keys: readonly string[]) {
  const api = openApi();
  for (const key of keys) hold(api.node, { key, value: Buffer.from(`value of ${key}`) });
  return api;
}

async function pagesOf(app: ReturnType<typeof openApi>["app"], query: string) {
  const pages: string[][] = [];
  let cursor: string | null = "";
  while (cursor !== null && pages.length < 100) {
    const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await request(app).get(`/kv?${query}${more}`).expect(200);
    pages.push(listedSchema.parse(body).items.map(({ key }) => key));
    cursor = body.cursor;
  }
  return pages;
}

describe("GET /kv?prefix=", () => {
  it("lists keys and versions in the order of bytes, and nothing else of them", async () => {
    const { app } = holding("b", "a:2", "a:1", "a:🔑", "a:\uffff");
    const version = hold(openApi().node, { key: "any" });
    const { body } = await request(app).get("/kv?prefix=a:").expect(200);
    expect(body).toEqual({
      items: ["a:1", "a:2", "a:\uffff", "a:🔑"].map((key) => ({ key, version })),
      cursor: null,
    });
  });

  it("takes an empty prefix for all keys, and a slash at the end of the path", async () => {
    const { app, node } = holding("b", "a");
    const { body } = await request(app).get("/kv/?prefix=").expect(200);
    expect(body.items).toHaveLength(2);
    expect(node.lists).toEqual([
      { prefix: "", after: null, limit: 100, values: false, r: null, timeoutMs: null },
    ]);
  });

  it("goes page by page, and each key comes once", async () => {
    const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
    const { app } = holding(...keys, "other");
    const pages = await pagesOf(app, "prefix=k&limit=4");
    expect(pages).toEqual([keys.slice(0, 4), keys.slice(4, 8), keys.slice(8)]);
    // A node that knows no more than the secret goes on.
    const cursor = new Cursors(SECRET).seal("k", "k7" as Key);
    const { body } = await request(app).get(`/kv?prefix=k&cursor=${cursor}`).expect(200);
    expect(body.items.map(({ key }: { key: string }) => key)).toEqual(["k8", "k9"]);
  });

  it("adds values as the query form gives them, byte for byte, when asked to", async () => {
    const { app, node } = openApi();
    const json = '{"n":9007199254740993, "n":1e400}';
    hold(node, { key: "json", value: Buffer.from(json), contentType: "application/json" });
    const expiresAtMs = NOW_MS + 5_000;
    hold(node, {
      key: "text",
      value: Buffer.from("naïve"),
      contentType: "text/plain",
      expiresAtMs,
    });
    const version = hold(node, { key: "bytes", value: Buffer.from([255]) });
    const { text } = await request(app).get("/kv?prefix=&values=true").expect(200);
    const rest = (type: string) => `"version":"${version}","contentType":"${type}"`;
    expect(text).toBe(
      `{"items":[{"key":"bytes","value":"/w==","encoding":"base64",` +
        `${rest("application/octet-stream")}},` +
        `{"key":"json","value":${json},${rest("application/json")}},` +
        `{"key":"text","value":"naïve",${rest("text/plain")},"expiresAt":${expiresAtMs}}],` +
        `"cursor":null}`,
    );
    expect(listedSchema.safeParse(JSON.parse(text)).success).toBe(true);
  });

  it("hands limit, r, timeout and the place of the cursor to the engine", async () => {
    const { app, node } = openApi();
    const cursor = new Cursors(SECRET).seal("a b", "a b/c" as Key);
    const query = `prefix=a+b&limit=1000&r=2&w=2&timeout=250&values=false&cursor=${cursor}`;
    await request(app).get(`/kv?${query}`).expect(200);
    expect(node.lists).toEqual([
      { prefix: "a b", after: "a b/c", limit: 1_000, values: false, r: 2, timeoutMs: 250 },
    ]);
  });

  it.each([
    ["prefix=a&key=b", "key or prefix"],
    ["prefix=a&prefix=b", "twice"],
    ["prefix=a&limit=0", "limit"],
    ["prefix=a&limit=1001", "limit"],
    ["prefix=a&limit=1e2", "limit"],
    ["prefix=a&limit=", "limit"],
    ["prefix=a&values=yes", "values"],
    ["prefix=a&values=", "values"],
    ["prefix=a&explain=1", "explain"],
    ["prefix=a&ttl=5", "ttl"],
    ["prefix=a&foo=1", "foo"],
    ["prefix=a&r=3", "r"],
    [`prefix=${"p".repeat(1_025)}`, "prefix"],
    ["prefix=%ff", "percent"],
    ["prefix=a&cursor=", "cursor"],
    ["prefix=a&cursor=abc", "cursor"],
    [`prefix=a&cursor=${new Cursors("another secret").seal("a", "ab" as Key)}`, "cursor"],
    [`prefix=a&cursor=${new Cursors(SECRET).seal("b", "bc" as Key)}`, "another prefix"],
  ])("refuses ?%s", async (query, named) => {
    const { app, node } = openApi();
    const { body } = await request(app).get(`/kv?${query}`).expect(400);
    expect(body.code).toBe("invalid_request");
    expect(body.detail).toContain(named);
    expect(node.lists).toEqual([]);
  });

  it("says so when the engine cannot list all keys", async () => {
    const { app, node } = openApi();
    const nodes = { needed: 1, answered: [], failed: [], outcome: "not-applied" } as const;
    node.failure = () => Promise.reject(new QuorumUnreachable(nodes));
    const { body } = await request(app).get("/kv?prefix=").expect(503);
    expect(body).toMatchObject({ code: "quorum_unreachable", needed: 1, retryable: true });
  });
});
