/** The client against nodes that answer as they are told, over real connections. */

import {
  answerJson,
  answerProblem,
  answerReceipt,
  answerValue,
  cutOff,
  deadUrl,
  type Reply,
  StubNode,
  saysNothing,
  VERSION,
} from "../test-support/stub-node.js";
import { type ClientOptions, RingkvClient, type RingkvError } from "./index.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const it of open.splice(0)) await it.close();
});

async function stage(replies: readonly (Reply | "dead")[], options: Partial<ClientOptions> = {}) {
  const nodes: StubNode[] = [];
  const urls: string[] = [];
  for (const reply of replies) {
    if (reply === "dead") urls.push(await deadUrl());
    else {
      const node = await StubNode.open(reply);
      open.push(node);
      nodes.push(node);
      urls.push(node.url);
    }
  }
  const client = new RingkvClient({ nodes: urls, patienceMs: 0, ...options });
  open.push(client);
  return { client, nodes, urls };
}

async function failureOf(promise: Promise<unknown>): Promise<RingkvError> {
  return promise.then(
    (value) => {
      throw new Error(`it answered ${JSON.stringify(value)}`);
    },
    (error: RingkvError) => error,
  );
}

const REFUSED = { status: 503, code: "quorum_unreachable", retryable: true } as const;

describe("a value", () => {
  it("is sent as it is, and its receipt names the node that answered", async () => {
    const { client, nodes } = await stage([answerReceipt]);
    const receipt = await client.put("user:1/é", Buffer.from([0, 255]), { w: 1, ttlSeconds: 60 });
    expect(receipt).toMatchObject({
      key: "user:1/é",
      version: VERSION,
      stored: ["node2", "node3"],
    });
    expect(receipt.answeredBy).toBe(nodes[0]?.url);
    const [asked] = nodes[0]?.asked ?? [];
    expect(asked?.method).toBe("PUT");
    expect(asked?.url).toBe("/kv/user%3A1%2F%C3%A9?w=1&ttl=60");
    expect(asked?.headers["content-type"]).toBe("application/octet-stream");
    expect([...(asked?.body ?? [])]).toEqual([0, 255]);
  });

  it.each([
    ["text", (client: RingkvClient) => client.put("a", "é"), "text/plain; charset=utf-8", "é"],
    [
      "JSON",
      (client: RingkvClient) => client.putJson("a", { n: 1 }),
      "application/json",
      '{"n":1}',
    ],
    [
      "a type of its own",
      (client: RingkvClient) => client.put("a", "<p>", { contentType: "text/html" }),
      "text/html",
      "<p>",
    ],
    ["nothing", (client: RingkvClient) => client.put("a", ""), "text/plain; charset=utf-8", ""],
  ])("of %s is sent with its type", async (_what, put, type, body) => {
    const { client, nodes } = await stage([answerReceipt]);
    await put(client);
    const [asked] = nodes[0]?.asked ?? [];
    expect(asked?.headers["content-type"]).toBe(type);
    expect(asked?.body.toString()).toBe(body);
  });

  it.each([".", "..", "a/../b", "%2F", "a b+c?d#e", "batch", "é"])(
    "under the key %j arrives under that key",
    async (key) => {
      const { client, nodes } = await stage([answerReceipt]);
      const { key: stored } = await client.put(key, "x");
      expect(stored).toBe(key);
      expect(nodes[0]?.asked[0]?.url).toBe(`/kv/${encodeURIComponent(key)}`);
    },
  );

  it("comes back byte for byte, with all that is known of it", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { client } = await stage([answerValue(bytes, { "KV-Expires-At": "1732100000000" })]);
    const reading = await client.get("a", { r: 2, timeoutMs: 250 });
    expect(reading).toMatchObject({ version: VERSION, contentType: "text/plain" });
    expect(reading?.expiresAt).toBe(1_732_100_000_000);
    expect(Buffer.compare(reading?.value ?? Buffer.alloc(0), bytes)).toBe(0);
  });

  it("that is absent is null in every form", async () => {
    const { client } = await stage([answerProblem({ status: 404, code: "not_found" })]);
    expect(await client.get("a")).toBeNull();
    expect(await client.getText("a")).toBeNull();
    expect(await client.getJson("a")).toBeNull();
  });

  it("is not taken from something that is no node", async () => {
    const { client } = await stage([
      (_asked, response) => void response.writeHead(200).end("<html>"),
    ]);
    expect(await failureOf(client.get("a"))).toMatchObject({ code: "malformed_answer" });
    const { client: other } = await stage([
      (_a, response) => void response.writeHead(404).end("?"),
    ]);
    expect(await failureOf(other.get("a"))).toMatchObject({
      code: "malformed_answer",
      status: 404,
    });
  });
});

describe("what can never succeed is refused before it is sent", () => {
  it.each([
    ["an empty key", (client: RingkvClient) => client.put("", "x")],
    ["half a surrogate pair", (client: RingkvClient) => client.put("a\ud800", "x")],
    [
      "a value without a JSON form",
      (client: RingkvClient) => client.putJson("a", undefined as never),
    ],
  ])("%s", async (_what, put) => {
    const { client, nodes } = await stage([answerReceipt]);
    const failure = await failureOf((async () => put(client))());
    expect(failure).toMatchObject({ code: "invalid_request", outcome: "not-applied" });
    expect(nodes[0]?.asked).toEqual([]);
  });

  it.each([[[]], [["http://"]], [["http://a?b"]]])("nodes %j", (nodes) => {
    expect(() => new RingkvClient({ nodes })).toThrow(/node/);
  });
});

describe("a node that does not answer", () => {
  it("is passed over: the next one is asked, and kept to", async () => {
    const { client, nodes } = await stage(["dead", answerReceipt, answerReceipt]);
    await client.put("a", "1");
    await client.put("a", "2");
    expect(nodes.map(({ asked }) => asked.length)).toEqual([2, 0]);
  });

  it("and refuses a connection stored nothing, so a write goes on", async () => {
    const { client, urls } = await stage(["dead", "dead"]);
    const failure = await failureOf(client.put("a", "1"));
    expect(failure).toMatchObject({ code: "unreachable", outcome: "not-applied", retryable: true });
    expect(failure.attempts.map(({ node }) => node)).toEqual(urls);
    expect(failure.message).toContain("connection refused");
  });

  it("and cuts the connection leaves a write unknown: nobody else is asked", async () => {
    const { client, nodes } = await stage([cutOff, answerReceipt]);
    const failure = await failureOf(client.put("a", "1"));
    expect(failure).toMatchObject({ code: "broken_off", outcome: "unknown" });
    expect(nodes[1]?.asked).toEqual([]);
  });

  it("and cuts the connection is passed over when the caller allows it", async () => {
    const { client } = await stage([cutOff, answerReceipt]);
    await expect(client.put("a", "1", { retryUnknown: true })).resolves.toMatchObject({ key: "a" });
  });

  it("and cuts the connection of a read is passed over", async () => {
    const { client } = await stage([cutOff, answerValue("x")]);
    expect(await client.getText("a")).toBe("x");
  });

  it("in time leaves a write unknown, and a read goes on", async () => {
    const { client, nodes } = await stage([saysNothing, answerValue("x")], {
      answerTimeoutMs: 500,
    });
    const failure = await failureOf(client.put("a", "1"));
    expect(failure).toMatchObject({ code: "timeout", outcome: "unknown" });
    expect(nodes[1]?.asked).toEqual([]);
    expect(await client.getText("a")).toBe("x");
  });

  it("leaves the whole unknown, whatever the next one says of the repetition", async () => {
    const { client } = await stage([cutOff, answerProblem(REFUSED)]);
    const failure = await failureOf(client.put("a", "1", { retryUnknown: true }));
    expect(failure).toMatchObject({ code: "quorum_unreachable", outcome: "unknown" });
  });
});

describe("a node that refuses", () => {
  it.each`
    status | code                    | outcome          | retryable | asked | why
    ${400} | ${"invalid_request"}    | ${"not-applied"} | ${false}  | ${0}  | ${"it can never succeed"}
    ${413} | ${"too_large"}          | ${"not-applied"} | ${false}  | ${0}  | ${"nor can this"}
    ${503} | ${"quorum_unreachable"} | ${"not-applied"} | ${true}   | ${1}  | ${"another may reach more"}
    ${503} | ${"quorum_unreachable"} | ${"unknown"}     | ${true}   | ${0}  | ${"it may be stored"}
    ${503} | ${"recovering"}         | ${"not-applied"} | ${true}   | ${1}  | ${"another is up"}
    ${429} | ${"overloaded"}         | ${"not-applied"} | ${true}   | ${1}  | ${"another has room"}
    ${500} | ${"internal"}           | ${"unknown"}     | ${false}  | ${0}  | ${"a bug"}
  `("a write with $code, $outcome: the next is asked $asked times, $why", async (row) => {
    const { client, nodes } = await stage([answerProblem(row), answerReceipt]);
    const outcome = client.put("a", "1");
    if (row.asked === 0) {
      const { status, code, retryable } = row;
      const failure = await failureOf(outcome);
      expect(failure).toMatchObject({ status, code, retryable, outcome: row.outcome });
      expect(failure.requestId).toBe("req-1");
    } else await outcome;
    expect(nodes[1]?.asked).toHaveLength(row.asked);
  });

  it("passes on what only some problems say", async () => {
    const more = { needed: 2, answered: ["node1"], failed: ["node2"] };
    const { client } = await stage([answerProblem({ ...REFUSED, more })]);
    const { problem } = await failureOf(client.put("a", "1"));
    expect(problem).toMatchObject(more);
  });

  it("is asked again while the caller is patient", async () => {
    let refusals = 2;
    const { client, nodes } = await stage(
      [
        (asked, response) => {
          const reply = refusals-- > 0 ? answerProblem(REFUSED) : answerReceipt;
          reply(asked, response);
        },
      ],
      { patienceMs: 10_000 },
    );
    await client.put("a", "1");
    expect(nodes[0]?.asked).toHaveLength(3);
  });

  it.each([
    [502, "unknown"],
    [302, "not-applied"],
    [404, "not-applied"],
  ])("with status %i and no problem document leaves a write %s", async (status, outcome) => {
    const { client } = await stage([(_asked, response) => void response.writeHead(status).end()]);
    expect(await failureOf(client.put("a", "1"))).toMatchObject({
      code: "malformed_answer",
      outcome,
    });
  });
});

describe("a caller's signal", () => {
  it("ends a write that had left: its outcome is unknown", async () => {
    const { client, nodes } = await stage([saysNothing, answerReceipt]);
    const controller = new AbortController();
    const arrived = nodes[0]?.nextAsked();
    const failure = failureOf(client.put("a", "1", { signal: controller.signal }));
    await arrived;
    controller.abort();
    expect(await failure).toMatchObject({ code: "aborted", outcome: "unknown" });
    expect(nodes[1]?.asked).toEqual([]);
  });

  it("that is aborted already sends nothing", async () => {
    const { client, nodes } = await stage([answerReceipt]);
    const failure = await failureOf(client.put("a", "1", { signal: AbortSignal.abort() }));
    expect(failure).toMatchObject({ code: "aborted", outcome: "not-applied" });
    expect(nodes[0]?.asked).toEqual([]);
  });

  it("ends the pause between two rounds", async () => {
    const { client, nodes } = await stage([answerProblem(REFUSED)], { patienceMs: 600_000 });
    const controller = new AbortController();
    const arrived = nodes[0]?.nextAsked();
    const failure = failureOf(client.put("a", "1", { signal: controller.signal }));
    await arrived;
    controller.abort();
    expect(await failure).toMatchObject({ outcome: expect.stringMatching(/unknown|not-applied/) });
  });
});

describe("a list", () => {
  it("is taken page by page, each asked for when the last is used up", async () => {
    const pages = [
      { items: [{ key: "a", version: VERSION }], cursor: "one" },
      { items: [], cursor: "two" },
      { items: [{ key: "b", version: VERSION }], cursor: null },
    ];
    const { client, nodes } = await stage([
      (asked, response) =>
        answerJson(pages[nodes[0] ? nodes[0].asked.length - 1 : 0])(asked, response),
    ]);
    const keys: string[] = [];
    for await (const { key } of client.list({ prefix: "é&", limit: 5, values: true })) {
      keys.push(`${key}${nodes[0]?.asked.length}`);
    }
    expect(keys).toEqual(["a1", "b3"]);
    expect(nodes[0]?.asked.map(({ url }) => url)).toEqual([
      "/kv?prefix=%C3%A9%26&limit=5&values=true",
      "/kv?prefix=%C3%A9%26&limit=5&values=true&cursor=one",
      "/kv?prefix=%C3%A9%26&limit=5&values=true&cursor=two",
    ]);
  });

  it("goes on at another node when its node goes away", async () => {
    const first = answerJson({ items: [{ key: "a", version: VERSION }], cursor: "one" });
    const second = answerJson({ items: [{ key: "b", version: VERSION }], cursor: null });
    const { client, nodes } = await stage([first, second]);
    const keys: string[] = [];
    for await (const { key } of client.list()) {
      keys.push(key);
      await nodes[0]?.close();
    }
    expect(keys).toEqual(["a", "b"]);
  });
});

describe("a batch", () => {
  const results = [{ status: 201 }, { status: 404, value: null }];

  it("answers with one result for each operation", async () => {
    const { client, nodes } = await stage([answerJson({ atomic: false, results })]);
    const ops = [{ op: "put", key: "a", value: 1 } as const, { op: "get", key: "b" } as const];
    expect(await client.batch(ops)).toEqual(results);
    expect(JSON.parse(String(nodes[0]?.asked[0]?.body))).toEqual({ ops });
  });

  it("of reads alone is repeated like a read, one with a write is not", async () => {
    const { client } = await stage([cutOff, answerJson({ results })]);
    await expect(client.batch([{ op: "get", key: "a" }])).resolves.toEqual(results);
    const { client: other } = await stage([cutOff, answerJson({ results })]);
    const failure = await failureOf(other.batch([{ op: "delete", key: "a" }]));
    expect(failure.outcome).toBe("unknown");
  });
});

describe("a task", () => {
  it("is not made twice: an unknown outcome is told", async () => {
    const { client, nodes } = await stage([cutOff, answerJson({ id: "1" }, 201)]);
    expect(await failureOf(client.tasks.add("milk"))).toMatchObject({ outcome: "unknown" });
    expect(nodes[1]?.asked).toEqual([]);
  });

  it("is listed, changed and removed under its id", async () => {
    const task = { id: "a/b", title: "milk", completed: false, created_at: "now" };
    const { client, nodes } = await stage([answerJson({ tasks: [task], ...task })]);
    expect(await client.tasks.list()).toEqual([task]);
    await client.tasks.change("a/b", { completed: true });
    await client.tasks.remove("a/b");
    expect(nodes[0]?.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /tasks",
      "PUT /tasks/a%2Fb",
      "DELETE /tasks/a%2Fb",
    ]);
  });
});

it("reads the probes of a node that is not ready", async () => {
  const { client } = await stage([
    (_asked, response) =>
      void response.writeHead(503).end("[+]redis ok\n[-]state failed\nreadyz check failed\n"),
  ]);
  expect(await client.cluster.readiness()).toEqual({
    ready: false,
    checks: [
      { check: "redis", ok: true },
      { check: "state", ok: false },
    ],
  });
});

it("takes events as they come, and ends with the caller's signal", async () => {
  const { client } = await stage([
    (_asked, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(': hello\n\nevent: member\ndata: {"node":\ndata: "node2"}\nid: 7\n\n');
    },
  ]);
  const controller = new AbortController();
  const seen: unknown[] = [];
  for await (const event of client.cluster.events({ signal: controller.signal })) {
    seen.push(event);
    controller.abort();
  }
  expect(seen).toEqual([{ event: "member", data: '{"node":\n"node2"}', id: "7" }]);
});
