/** Put, Get and Delete through real gRPC, on a fake node. */

import { status } from "@grpc/grpc-js";
import { type Key, type NodeId, partitionOf, QuorumUnreachable } from "@ringkv/core";
import { HOSTILE_KEYS } from "@ringkv/testing/contracts";
import { NOW_MS } from "../test-support/fake-node.js";
import { type Clients, openClients } from "../test-support/grpc-client.js";
import { type OpenApi, openApi } from "../test-support/open-api.js";

const bytes = (text: string) => Buffer.from(text);

describe("the key-value store over gRPC", () => {
  let open: OpenApi;

  beforeEach(async () => {
    open = await openApi();
  });

  afterEach(() => open.end());

  const put: Clients["put"] = (request, sent) => open.put(request, sent);
  const get: Clients["get"] = (request, sent) => open.get(request, sent);
  const remove: Clients["remove"] = (request, sent) => open.remove(request, sent);

  it("puts, gets, deletes, and then does not find", async () => {
    const put1 = await put({ key: "a", value: bytes("1"), contentType: "text/plain" });
    expect(put1.response).toEqual({
      receipt: {
        key: "a",
        version: expect.stringMatching(/^[0-9a-f]{20}$/),
        partition: partitionOf("a" as Key),
        primary: "node2",
        stored: ["node2", "node1"],
        standIns: ["node1"],
        w: 2,
      },
      created: true,
    });
    const found = await get({ key: "a" });
    expect(found.response).toEqual({
      found: true,
      value: bytes("1"),
      contentType: "text/plain",
      version: put1.response?.receipt?.version,
    });
    expect((await put({ key: "a", value: bytes("2") })).response?.created).toBe(false);
    expect((await remove({ key: "a" })).response?.existed).toBe(true);
    expect((await remove({ key: "a" })).response?.existed).toBe(false);
    const absent = await get({ key: "a" });
    expect(absent.status).toBe("OK");
    expect(absent.response).toMatchObject({ found: false, version: "" });
  });

  it("keeps any bytes, none included", async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    for (const value of [all, Buffer.alloc(0), Buffer.alloc(1_024, 7)]) {
      await put({ key: "b", value });
      expect((await get({ key: "b" })).response).toMatchObject({ found: true, value });
    }
  });

  it("tells when a value will be absent", async () => {
    open.node.isClockFixed = true;
    const expiresAtMs = NOW_MS + 60_000;
    const answer = await put({ key: "a", value: bytes("1"), ttlSeconds: 60 });
    expect(answer.response?.receipt?.expiresAtMs).toBe(expiresAtMs);
    expect((await get({ key: "a" })).response?.expiresAtMs).toBe(expiresAtMs);
  });

  it("hands W and R on", async () => {
    await put({ key: "a", value: bytes("1"), w: 1 });
    await remove({ key: "a", w: 2 });
    await get({ key: "a", r: 2 });
    await get({ key: "a" });
    expect(open.node.writes.map(({ w }) => w)).toEqual([1, 2]);
    expect(open.node.reads.map(({ r }) => r)).toEqual([2, null]);
  });

  it("keeps hostile keys apart and intact", async () => {
    for (const [index, key] of HOSTILE_KEYS.entries()) {
      await put({ key, value: bytes(`of ${index}`) });
      await put({ key: `${key}x`, value: bytes("neighbour") });
      expect((await get({ key })).response?.value.toString()).toBe(`of ${index}`);
      expect([...open.node.records.keys()]).toContain(key);
    }
  });

  it.each([
    { request: { key: "" }, complaint: "key: empty" },
    { request: { key: "x".repeat(1_025) }, complaint: "key: at most 1024 bytes" },
    { request: { key: "ä".repeat(513) }, complaint: "key: at most 1024 bytes" },
    { request: { key: "a", w: 0 }, complaint: "w: a whole number from 1 to 2" },
    { request: { key: "a", w: 3 }, complaint: "w: a whole number from 1 to 2" },
    { request: { key: "a", ttlSeconds: 0 }, complaint: "ttl_seconds: a whole number from 1" },
    { request: { key: "a", ttlSeconds: 2 ** 32 - 1 }, complaint: "ttl_seconds" },
    { request: { key: "a", contentType: "x".repeat(256) }, complaint: "content_type: at most 255" },
    { request: { key: "a", contentType: "a\nb" }, complaint: "content_type: only Latin-1" },
    { request: { key: "a", contentType: "ключ" }, complaint: "content_type: only Latin-1" },
  ])("refuses a put of $request and stores nothing: $complaint", async ({ request, complaint }) => {
    const ending = await put({ value: bytes("1"), ...request });
    expect(ending).toMatchObject({ status: "INVALID_ARGUMENT", response: null });
    expect(ending.details).toContain(complaint);
    expect(ending.trailers).toMatchObject({
      "ringkv-code": "invalid_request",
      "ringkv-outcome": "not-applied",
      "ringkv-retryable": "false",
    });
    expect(open.node.writes).toEqual([]);
  });

  it("refuses text that is no UTF-8, where it would become another key", async () => {
    const path = "/ringkv.v1.KeyValueStore/Put";
    const asItIs = (answer: Buffer) => answer;
    const raw = async (key: readonly number[]) => {
      const message = Buffer.from([0x0a, key.length, ...key, 0x12, 1, 0x31]);
      const serialize = () => message;
      return new Promise<string>((resolve) => {
        open.store.makeUnaryRequest(path, serialize, asItIs, {}, (error) => {
          resolve(error === null ? "OK" : `${status[error.code]} ${error.details}`);
        });
      });
    };
    expect(await raw([0x61, 0xff])).toBe("INVALID_ARGUMENT key: not valid UTF-8");
    expect(await raw([0xed, 0xa0, 0x80])).toBe("INVALID_ARGUMENT key: not valid UTF-8");
    expect(await raw([0x61])).toBe("OK");
    expect(await raw([0xef, 0xbf, 0xbd])).toBe("OK"); // Sent as it is: a character like others.
    expect(open.node.writes.map(({ key }) => key)).toEqual(["a", "\ufffd"]);
  });

  it("refuses a value above the limit, and a message far above it before it has come", async () => {
    const large = await put({ key: "a", value: Buffer.alloc(1_025) });
    expect(large.status).toBe("RESOURCE_EXHAUSTED");
    expect(large.trailers).toMatchObject({ "ringkv-code": "too_large" });
    const value = Buffer.alloc(5_000_000);
    expect((await put({ key: "a", value })).status).toBe("RESOURCE_EXHAUSTED");
    const packing = openClients(open.port, { "grpc.default_compression_algorithm": 2 });
    const unpacked = await packing.put({ key: "a", value });
    expect(unpacked.status).toBe("RESOURCE_EXHAUSTED");
    expect(unpacked.trailers).not.toHaveProperty("ringkv-code"); // It was never a request.
    packing.close();
    expect(open.node.writes).toEqual([]);
    expect((await put({ key: "x".repeat(1_024), value: Buffer.alloc(1_024) })).status).toBe("OK");
  });

  it("refuses what is above the node's load, and takes it again later", async () => {
    await open.end();
    open = await openApi({ requestsMax: 2 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    open.node.before = () => held;
    const running = [get({ key: "a" }), put({ key: "a", value: bytes("1") })];
    while (open.load.count < 2) await new Promise((resolve) => setImmediate(resolve));
    const refused = await get({ key: "a" });
    expect(refused.status).toBe("RESOURCE_EXHAUSTED");
    expect(refused.trailers).toMatchObject({
      "ringkv-code": "overloaded",
      "ringkv-retryable": "true",
    });
    release();
    expect((await Promise.all(running)).map((it) => it.status)).toEqual(["OK", "OK"]);
    expect((await get({ key: "a" })).status).toBe("OK");
    expect(open.load.count).toBe(0);
  });

  it("gives the quorum the time that the deadline leaves, and no more", async () => {
    await get({ key: "a" }, { timeoutMs: 10_000 });
    await put({ key: "a", value: bytes("1") }, { timeoutMs: 3_600_000 });
    await get({ key: "a" });
    expect(open.node.reads[0]?.timeoutMs).toBeGreaterThan(9_000);
    expect(open.node.reads[0]?.timeoutMs).toBeLessThan(10_000);
    expect(open.node.writes[0]?.timeoutMs).toBe(30_000);
    expect(open.node.reads[1]?.timeoutMs).toBeNull();
  });

  it("ends a write that nobody waits for any more, and gives its place back", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    open.node.before = () => held;
    const call = open.store.Put({ key: "a", value: bytes("1") }, () => {});
    while (open.load.count === 0) await new Promise((resolve) => setImmediate(resolve));
    call.cancel();
    release();
    while (open.load.count > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(open.node.textOf("a")).toBe("1");
  });

  it.each([
    { outcome: "unknown", expected: "DEADLINE_EXCEEDED" },
    { outcome: "not-applied", expected: "UNAVAILABLE" },
  ] as const)("says $expected when the outcome is $outcome", async ({ outcome, expected }) => {
    const [needed, answered, failed] = [2, ["node1" as NodeId], ["node2" as NodeId]];
    open.node.before = async () => {
      throw new QuorumUnreachable({ needed, answered, failed, outcome });
    };
    const ending = await put({ key: "a", value: bytes("1") });
    expect(ending.status).toBe(expected);
    expect(ending.trailers).toMatchObject({
      "ringkv-code": "quorum_unreachable",
      "ringkv-outcome": outcome,
    });
    expect(ending.details).toContain("node2");
  });

  it("gives a harmless request id back, and makes one otherwise", async () => {
    const own = await get({ key: "a" }, { metadata: { "x-request-id": "my-id.1" } });
    expect(own.trailers["x-request-id"]).toBe("my-id.1");
    const odd = await get({ key: "" }, { metadata: { "x-request-id": "a b" } });
    expect(odd.trailers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("logs a bug in full under the request's name, and tells the client just that", async () => {
    open.node.before = async () => {
      throw new TypeError("undefined is not a function");
    };
    const ending = await get({ key: "a" }, { metadata: { "x-request-id": "bug-1" } });
    expect(ending.status).toBe("INTERNAL");
    expect(ending.details).not.toContain("undefined");
    expect(open.logged).toEqual([
      {
        fields: expect.objectContaining({
          requestId: "bug-1",
          method: "/ringkv.v1.KeyValueStore/Get",
        }),
        message: "a call met a bug",
      },
    ]);
  });

  it("serves many calls at once on one connection, each with its own answer", async () => {
    const keys = Array.from({ length: 95 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => put({ key, value: bytes(key) })));
    const found = await Promise.all(keys.map((key) => get({ key })));
    expect(found.map(({ response }) => response?.value.toString())).toEqual(keys);
  });
});
