/** Listings through real gRPC, on a fake node. */

import { jest } from "@jest/globals";
import { type Key, QuorumUnreachable } from "@ringkv/core";
import { HOSTILE_KEYS } from "@ringkv/testing/contracts";
import { collect } from "../test-support/grpc-client.js";
import { type OpenApi, openApi } from "../test-support/open-api.js";
import type { ListItem__Output } from "./generated/ringkv/v1/ListItem.js";
import type { ListRequest } from "./generated/ringkv/v1/ListRequest.js";

const nameOf = (index: number) => `key ${String(index).padStart(5, "0")}`;

/** Some megabytes: far more than what is on its way between two processes. */
const PAGES = 4;
const many = Array.from({ length: PAGES * 1_000 }, (_, index) => nameOf(index));

jest.setTimeout(30_000);

describe("a listing over gRPC", () => {
  let open: OpenApi;

  beforeEach(async () => {
    open = await openApi();
  });

  afterEach(() => open.end());

  async function fill(keys: readonly string[], text?: string): Promise<void> {
    const rest = { contentType: "text/plain", expiresAtMs: null, w: null, timeoutMs: null };
    for (const key of keys) {
      await open.node.write({ key: key as Key, value: Buffer.from(text ?? `of ${key}`), ...rest });
    }
  }

  const list = async (request: ListRequest) => {
    const { messages, status } = await collect(open.store.List(request));
    return { items: messages.flatMap(({ items }) => items), status };
  };

  const keysOf = ({ items }: { items: readonly ListItem__Output[] }) => items.map(({ key }) => key);

  it("has every key in order, page after page", async () => {
    const keys = Array.from({ length: 2_500 }, (_, index) => nameOf(index));
    await fill(keys.toReversed());
    const listed = await list({});
    expect(listed.status).toBe("OK");
    expect(keysOf(listed)).toEqual(keys);
    expect(open.node.lists.map(({ after, limit }) => [after, limit])).toEqual([
      [null, 1_000],
      [nameOf(999), 1_000],
      [nameOf(1_999), 1_000],
    ]);
    expect(open.load.count).toBe(0);
  });

  it.each([
    { request: { limit: 2 }, expected: ["a", "aa"] },
    { request: { prefix: "a" }, expected: ["a", "aa", "ab"] },
    { request: { prefix: "a", after: "aa" }, expected: ["ab"] },
    { request: { prefix: "a", after: "aa", limit: 1 }, expected: ["ab"] },
    { request: { after: "b" }, expected: [] },
    { request: { limit: 4_000_000_000 }, expected: ["a", "aa", "ab", "b"] },
  ])("$request gives $expected", async ({ request, expected }) => {
    await fill(["a", "aa", "ab", "b"]);
    expect(keysOf(await list(request))).toEqual(expected);
  });

  it("has values only when they are asked for", async () => {
    await fill(["a"]);
    expect((await list({})).items[0]).not.toHaveProperty("value");
    const { items } = await list({ values: true, r: 2 });
    expect(items).toMatchObject([
      { key: "a", value: Buffer.from("of a"), contentType: "text/plain" },
    ]);
    expect(open.node.lists.map(({ values, r }) => [values, r])).toEqual([
      [false, null],
      [true, 2],
    ]);
  });

  it("puts many keys into one message, and few large values", async () => {
    await fill(
      Array.from({ length: 1_000 }, (_, index) => nameOf(index)),
      "x".repeat(1_000),
    );
    const sizes = async (values: boolean) => {
      const { messages } = await collect(open.store.List({ values }));
      return messages.map(({ items }) => items.length);
    };
    expect(await sizes(false)).toEqual([1_000]);
    expect(Math.max(...(await sizes(true)))).toBe(17);
  });

  it("lists hostile keys as they are", async () => {
    await fill(HOSTILE_KEYS);
    expect(new Set(keysOf(await list({})))).toEqual(new Set(HOSTILE_KEYS));
  });

  it.each([{ prefix: "x".repeat(1_025) }, { after: "x".repeat(1_025) }, { r: 3 }])(
    "refuses %j",
    async (request) => {
      expect((await list(request)).status).toBe("INVALID_ARGUMENT");
      expect(open.node.lists).toEqual([]);
    },
  );

  it("ends with why it cannot go on, after what it had", async () => {
    await fill(Array.from({ length: 1_200 }, (_, index) => nameOf(index)));
    let pages = 0;
    open.node.before = async () => {
      const told = { needed: 1, answered: [], failed: [], outcome: "not-applied" } as const;
      if (++pages > 1) throw new QuorumUnreachable(told);
    };
    const { items, status } = await list({});
    expect(items).toHaveLength(1_000);
    expect(status).toBe("UNAVAILABLE");
  });

  it("asks for no more pages than its reader takes, and for none when he has gone", async () => {
    await fill(many, "x".repeat(1_000));
    const call = open.store.List({ values: true });
    call.on("error", () => {});
    await new Promise((resolve) => call.once("readable", resolve));
    await settled(() => open.node.lists.length);
    expect(open.node.lists.length).toBeLessThan(PAGES);
    call.cancel();
    while (open.load.count > 0) await new Promise((resolve) => setImmediate(resolve));
    const asked = open.node.lists.length;
    await settled(() => open.node.lists.length);
    expect(open.node.lists.length).toBe(asked);
  });

  it("gives up on a client that does not read for too long", async () => {
    await fill(many, "x".repeat(1_000));
    let giveUp = () => {};
    open.node.impatience = new Promise((resolve) => {
      giveUp = resolve;
    });
    const call = open.store.List({ values: true });
    await new Promise((resolve) => call.once("readable", resolve));
    await settled(() => open.node.lists.length);
    expect(open.load.count).toBe(1);
    giveUp();
    while (open.load.count > 0) await new Promise((resolve) => setImmediate(resolve));
    const { status, messages } = await collect(call);
    expect(status).toBe("RESOURCE_EXHAUSTED");
    expect(messages.flatMap(({ items }) => items).length).toBeLessThan(many.length);
  });

  it("asks each page for the time that the deadline leaves", async () => {
    await fill(["a"]);
    await collect(open.store.List({}, { deadline: Date.now() + 10_000 }));
    await list({});
    expect(open.node.lists[0]?.timeoutMs).toBeLessThan(10_000);
    expect(open.node.lists[1]?.timeoutMs).toBeNull();
  });
});

/** Resolves when a number has not changed for many turns of the event loop. */
async function settled(numberNow: () => number): Promise<void> {
  let last = -1;
  for (let quiet = 0; quiet < 200; quiet++) {
    if (numberNow() !== last) quiet = 0;
    last = numberNow();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
