/** The interface as a whole: which routes there are, and what every failure looks like. */

import {
  InvalidRequest,
  type NodeId,
  QuorumUnreachable,
  Recovering,
  ShuttingDown,
  StoreFull,
  StoreUnavailable,
} from "@ringkv/core";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

interface Layer {
  readonly route?: {
    readonly path: string | RegExp;
    readonly stack: readonly { method?: string }[];
  };
}

const stackOf = ({ app }: ReturnType<typeof openApi>) =>
  app.router.stack as unknown as readonly Layer[];

it("has these routes and no others", () => {
  const stack = stackOf(openApi());
  const routes = stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const methods = new Set(route.stack.map(({ method }) => method ?? "else 405"));
    return [`${String(route.path)}: ${[...methods].join(", ")}`];
  });
  expect(routes).toEqual([
    "/^\\/kv\\/./s: get, post, put, delete, options, else 405",
    "/kv: get, post, put, delete, options, else 405",
    "/: get, options, else 405",
    "/app/tasks: get, options, else 405",
    "/app/keys: get, options, else 405",
    "/app/drills: get, options, else 405",
    "/assets/:file: get, options, else 405",
    "/health: get, options, else 405",
    "/livez: get, options, else 405",
    "/readyz: get, options, else 405",
    "/heartbeat: get, options, else 405",
    "/status: get, options, else 405",
    "/metrics: get, options, else 405",
    "/cluster/locate: get, options, else 405",
    "/verify: get, options, else 405",
    "/set: post, options, else 405",
    "/jobs: get, options, else 405",
    "/cluster: get, options, else 405",
    "/events: get, options, else 405",
    "/tasks: get, post, options, else 405",
    "/tasks/:id: put, delete, options, else 405",
    "/admin/drain: post, options, else 405",
    "/admin/faults: get, post, options, else 405",
    "/admin/board-session: post, options, else 405",
    "/snapshot: get, options, else 405",
    "/restore: post, options, else 405",
    "/admin/notify/test: post, options, else 405",
    "/openapi.json: get, options, else 405",
    "/docs: get, options, else 405",
    "/docs/:asset: get, options, else 405",
  ]);
});

it.each([
  "/app",
  "/nothing",
  "/KV/a",
  "/Health",
  "/kvx",
  "/clusters",
  "/internal",
  "/%2e%2e/health",
])("%s is no route: 404 with a problem document", async (path) => {
  const answer = await request(openApi().app).get(path).expect(404);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.body).toEqual({
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: "no such route",
    code: "not_found",
    outcome: "not-applied",
    retryable: false,
    requestId: answer.headers["x-request-id"],
  });
});

const nodes = (...names: string[]) => names as NodeId[];
const lostQuorum = (outcome: "unknown" | "not-applied") =>
  new QuorumUnreachable({ needed: 2, answered: nodes("node1"), failed: nodes("node2"), outcome });

describe("a failure of the engine", () => {
  it.each`
    failure                        | status | code                    | outcome          | retryable
    ${lostQuorum("unknown")}       | ${503} | ${"quorum_unreachable"} | ${"unknown"}     | ${true}
    ${lostQuorum("not-applied")}   | ${503} | ${"quorum_unreachable"} | ${"not-applied"} | ${true}
    ${new StoreUnavailable("x")}   | ${503} | ${"store_unavailable"}  | ${"not-applied"} | ${true}
    ${new Recovering("not yet")}   | ${503} | ${"recovering"}         | ${"not-applied"} | ${true}
    ${new ShuttingDown("leaving")} | ${503} | ${"shutting_down"}      | ${"not-applied"} | ${true}
    ${new StoreFull("unknown")}    | ${507} | ${"store_full"}         | ${"unknown"}     | ${true}
    ${new InvalidRequest("no")}    | ${400} | ${"invalid_request"}    | ${"not-applied"} | ${false}
  `("$code ($outcome) is $status, in both forms", async ({ failure, status, ...expected }) => {
    const { code, outcome, retryable } = expected;
    const { app, node, logged } = openApi();
    node.failure = () => Promise.reject(failure);
    const answers = [
      await request(app).put("/kv/a").send("x"),
      // A full store is still read from.
      ...(code === "store_full" ? [] : [await request(app).get("/kv/a")]),
      await request(app).delete("/kv?key=a"),
      await request(app).post("/kv").send({ key: "a", value: 1 }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ status, code, outcome, retryable });
      expect(answer.headers["retry-after"]).toBe(status === 503 ? "1" : undefined);
      if (code === "quorum_unreachable") {
        expect(answer.body).toMatchObject({ needed: 2, answered: ["node1"], failed: ["node2"] });
      }
    }
    expect(logged).toEqual([]);
  });

  it("that is a bug is logged in full and told as nothing", async () => {
    const { app, node, logged } = openApi();
    const bug = new TypeError("secret of 10.0.0.1");
    node.failure = () => Promise.reject(bug);
    const answer = await request(app).put("/kv/a").set("X-Request-Id", "id-1").send("x");
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "internal", outcome: "unknown", retryable: false });
    expect(answer.text).not.toMatch(/secret|10\.0|TypeError|\bat /);
    expect(logged).toEqual([
      {
        fields: { err: bug, requestId: "id-1", method: "PUT", path: "/kv/a" },
        message: "a request met a bug",
      },
    ]);
  });
});

describe("X-Request-Id", () => {
  it("is given back on every kind of answer", async () => {
    const { app } = openApi();
    const id = "Abc_1.2-3";
    for (const path of ["/kv/a", "/kv?key=a", "/kv?foo", "/health", "/readyz", "/nothing"]) {
      const answer = await request(app).get(path).set("X-Request-Id", id);
      expect(answer.headers["x-request-id"]).toBe(id);
    }
  });

  it.each(["", "a b", "a\tb", "x".repeat(65), "a,b", "<b>", "é"])(
    "is replaced when it is %j",
    async (id) => {
      const answer = await request(openApi().app).get("/livez").set("X-Request-Id", id);
      expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe("requests in flight", () => {
  it("are limited by the bytes that they bring, too; what brings none is served", async () => {
    const { app, node } = openApi({ inFlightBytesMax: 1_000 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      node.failure = async () => {
        resolve();
        await held;
        throw new Recovering("not yet");
      };
    });
    const first = request(app)
      .put("/kv/a")
      .send("x".repeat(900))
      .then(({ status }) => status);
    await arrived;
    node.failure = null;
    await request(app).put("/kv/b").send("x".repeat(101)).expect(429);
    await request(app).put("/kv/b").send("x".repeat(100)).expect(201);
    await request(app).get("/kv/b").expect(200);
    const chunked = request(app).put("/kv/b");
    chunked.write("x");
    await chunked.expect(429);
    release();
    expect(await first).toBe(503);
    await request(app).put("/kv/b").send("x".repeat(1_024)).expect(200);
  });

  it("are limited, and the next one is told to come back", async () => {
    const { app, node } = openApi({ inFlightMax: 2 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived = () => {};
    const bothArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let count = 0;
    node.failure = async () => {
      if (++count === 2) arrived();
      await held;
      throw new Recovering("not yet");
    };
    // Supertest sends when somebody waits for the answer.
    const statusOf = (answer: request.Response) => answer.status;
    const first = request(app).get("/kv/a").then(statusOf);
    const second = request(app).put("/kv/a").send("x").then(statusOf);
    await bothArrived;

    const refused = await request(app).put("/kv/b").send("x").expect(429);
    expect(refused.headers["retry-after"]).toBe("1");
    expect(refused.body).toMatchObject({
      code: "overloaded",
      outcome: "not-applied",
      retryable: true,
    });
    expect(count).toBe(2);

    release();
    expect(await first).toBe(503);
    expect(await second).toBe(503);
    node.failure = null;
    await request(app).put("/kv/b").send("x").expect(201);
  });
});

it("opens nothing to other origins and believes no header about itself", async () => {
  const { app, node } = openApi();
  const answer = await request(app)
    .put("/kv/a")
    .set("Origin", "null")
    .set("Host", "evil.example")
    .set("X-Forwarded-Host", "evil.example")
    .set("X-HTTP-Method-Override", "DELETE")
    .set("X-Original-URL", "/kv/b")
    .send("x");
  expect(answer.status).toBe(201);
  expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  expect(JSON.stringify(answer.headers) + answer.text).not.toContain("evil");
  expect([...node.records.keys()]).toEqual(["a"]);
});
