/** Batches through real gRPC, on a fake node. */

import { type NodeId, QuorumUnreachable, TooLarge } from "@ringkv/core";
import { type OpenApi, openApi } from "../test-support/open-api.js";
import type { BatchOperation } from "./generated/ringkv/v1/BatchOperation.js";

const bytes = (text: string) => Buffer.from(text);

const put = (key: string, text: string): BatchOperation => ({ put: { key, value: bytes(text) } });
const get = (key: string): BatchOperation => ({ get: { key } });
const remove = (key: string): BatchOperation => ({ delete: { key } });

describe("a batch over gRPC", () => {
  let open: OpenApi;

  beforeEach(async () => {
    open = await openApi();
  });

  afterEach(() => open.end());

  it("has one result for each operation, in their order", async () => {
    const operations = [put("a", "1"), get("a"), put("a", "2"), remove("a"), remove("b"), get("a")];
    const { response } = await open.batch({ operations });
    expect(response?.results).toMatchObject([
      { result: "put", put: { created: true, receipt: { key: "a", w: 2 } } },
      { result: "get", get: { found: true, value: bytes("1") } },
      { result: "put", put: { created: false } },
      { result: "delete", delete: { existed: true } },
      { result: "delete", delete: { existed: false } },
      { result: "get", get: { found: false } },
    ]);
  });

  it("hands on W, R and the time that is left", async () => {
    await open.batch({ operations: [get("a")], w: 1, r: 2 }, { timeoutMs: 5_000 });
    await open.batch({ operations: [] });
    expect(open.node.batches).toMatchObject([
      { w: 1, r: 2, timeoutMs: expect.any(Number) },
      { operations: [], w: null, r: null, timeoutMs: null },
    ]);
  });

  it.each([
    { wrong: {}, complaint: "operations.1: put, get or delete" },
    { wrong: put("", "1"), complaint: "operations.1: key: empty" },
    { wrong: { put: { key: "a", w: 1 } }, complaint: "operations.1: w: give it once" },
    { wrong: { delete: { key: "a", w: 1 } }, complaint: "operations.1: w: give it once" },
    { wrong: { get: { key: "a", r: 1 } }, complaint: "operations.1: r: give it once" },
    { wrong: { put: { key: "a", ttlSeconds: 0 } }, complaint: "operations.1: ttl_seconds" },
  ])("refuses all for $wrong: $complaint", async ({ wrong, complaint }) => {
    const ending = await open.batch({ operations: [put("a", "1"), wrong] });
    expect(ending.status).toBe("INVALID_ARGUMENT");
    expect(ending.details).toContain(complaint);
    expect(open.node.batches).toEqual([]);
  });

  it("refuses more operations than a thousand, and values that are too large", async () => {
    const operations = Array.from({ length: 1_001 }, () => get("a"));
    expect((await open.batch({ operations })).status).toBe("RESOURCE_EXHAUSTED");
    expect((await open.batch({ operations: operations.slice(1) })).status).toBe("OK");
    const large = await open.batch({ operations: [put("a", "x".repeat(1_025))] });
    expect(large).toMatchObject({ status: "RESOURCE_EXHAUSTED", details: /^operations\.0/ });
  });

  it("counts the values of all its operations in the node's load", async () => {
    let bytesSeen = -1;
    open.node.before = async () => {
      try {
        open.load.enter(1_000_000);
      } catch {
        bytesSeen = 1;
      }
    };
    await open.batch({ operations: [put("a", "x".repeat(600))] });
    expect(bytesSeen).toBe(1);
  });

  it("tells of each operation why it was not done, and does the others", async () => {
    const failures = [
      new QuorumUnreachable({
        needed: 2,
        answered: ["node1" as NodeId],
        failed: [],
        outcome: "unknown",
      }),
      new TooLarge("beyond what one batch reads"),
      new TypeError("a bug"),
    ];
    open.node.before = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
    };
    const sent = { metadata: { "x-request-id": "batch-1" } };
    const operations = [put("a", "1"), get("a"), get("b"), put("c", "1")];
    const { status, response } = await open.batch({ operations }, sent);
    expect(status).toBe("OK");
    expect(response?.results).toMatchObject([
      { failure: { code: "quorum_unreachable", outcome: "unknown", retryable: true, status: 4 } },
      { failure: { code: "too_large", outcome: "not-applied", retryable: false, status: 8 } },
      { failure: { code: "internal", outcome: "unknown", status: 13 } },
      { put: { created: true } },
    ]);
    expect(response?.results[2]?.failure?.detail).not.toContain("a bug");
    expect(open.logged).toMatchObject([{ fields: { requestId: "batch-1" } }]);
  });
});
