/** What a node says of itself: to probes, to operators, to the course's collections. */

import type { NodeId } from "@ringkv/core";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";

const LEADERSHIP = { isLeader: false, leader: "node2", term: 7 };

describe("GET /health", () => {
  it("is ok while the node can serve, majority or not", async () => {
    const { app, node } = openApi();
    const expected = { status: "ok", node: "node1", state: "up", ...LEADERSHIP };
    expect((await request(app).get("/health").expect(200)).body).toEqual(expected);
    node.checks = node.checks.map((it) => ({ ...it, ok: it.check !== "majority" }));
    expect((await request(app).get("/health").expect(200)).body).toEqual(expected);
  });

  it.each(["redis", "state"])("is 503 when %s is not all right", async (broken) => {
    const { app, node } = openApi();
    node.checks = node.checks.map((it) => ({ ...it, ok: it.check !== broken }));
    expect((await request(app).get("/health").expect(503)).body.status).toBe("unavailable");
  });
});

it.each([
  { majority: true, status: 200, why: "it coordinates, and takes writes" },
  { majority: false, status: 503, why: "it does not know yet what time it is" },
])("GET /health of a node that recovers is $status: $why", async ({ majority, status }) => {
  const { app, node } = openApi();
  node.state = "recovering";
  const holds: Record<string, boolean> = { redis: true, state: false, majority };
  node.checks = node.checks.map((it) => ({ ...it, ok: holds[it.check] === true }));
  const { body } = await request(app).get("/health").expect(status);
  expect(body.state).toBe("recovering");
  await request(app).get("/readyz").expect(503);
});

describe("probes", () => {
  it("/livez lives, whatever else is broken", async () => {
    const { app, node } = openApi();
    node.checks = node.checks.map((it) => ({ ...it, ok: false }));
    expect((await request(app).get("/livez").expect(200)).text).toBe("ok\n");
  });

  it("/readyz lists its checks when asked", async () => {
    const { app } = openApi();
    expect((await request(app).get("/readyz").expect(200)).text).toBe("ok\n");
    const verbose = await request(app).get("/readyz?verbose").expect(200);
    expect(verbose.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(verbose.text).toBe("[+]redis ok\n[+]state ok\n[+]majority ok\nreadyz check passed\n");
  });

  it("/readyz is 503 and names what failed, asked or not", async () => {
    const { app, node } = openApi();
    node.checks = node.checks.map((it) => ({ ...it, ok: it.check !== "redis" }));
    const answer = await request(app).get("/readyz").expect(503);
    expect(answer.text).toBe("[-]redis failed\n[+]state ok\n[+]majority ok\nreadyz check failed\n");
  });

  it("are answered while the node takes no more requests", async () => {
    const { app } = openApi({ inFlightMax: 0 });
    await request(app).get("/kv/a").expect(429);
    for (const path of ["/livez", "/readyz", "/health", "/heartbeat", "/status"]) {
      await request(app).get(path).expect(200);
    }
  });
});

it("GET /heartbeat says that the node is alive, and where", async () => {
  const { body } = await request(openApi().app).get("/heartbeat").expect(200);
  expect(body).toEqual({ status: "alive", node: "node1", port: 8_001, ...LEADERSHIP });
});

it.each(["/health", "/heartbeat", "/status"])(
  "GET %s says who leads, and when nobody does",
  async (path) => {
    const { app, node } = openApi();
    node.led = { isLeader: true, leader: "node1" as NodeId, term: 8 };
    expect((await request(app).get(path)).body).toMatchObject({ isLeader: true, term: 8 });
    node.led = { isLeader: false, leader: null, term: 9 };
    expect((await request(app).get(path)).body).toMatchObject({ leader: null, term: 9 });
  },
);

describe("GET /status", () => {
  it("counts the jobs of each queue, and says null when its Redis does not answer", async () => {
    const { app, queue } = openApi();
    expect((await request(app).get("/status")).body.queues).toEqual({
      replication: { waiting: 0 },
    });
    queue.counts = () => Promise.reject(new Error("away"));
    expect((await request(app).get("/status")).body.queues).toEqual({ replication: null });
  });

  it("adds to the engine's status what only the process knows", async () => {
    const { body } = await request(openApi().app).get("/status").expect(200);
    expect(body).toMatchObject({
      node: "node1",
      state: "up",
      incarnation: 3,
      records: 0,
      version: "1.2.3",
      uptimeSeconds: 0,
      memory: { rssBytes: expect.any(Number), heapUsedBytes: expect.any(Number) },
      requestsInFlight: 0,
      ...LEADERSHIP,
    });
  });

  it.each([
    ["always", "always: on disk"],
    ["everysec", "everysec: a crash of Redis can lose"],
    ["none", "none: nothing survives a restart"],
    [null, "unknown: Redis has not answered"],
  ] as const)("says loudly what durability %s means", async (durability, words) => {
    const { app, node } = openApi();
    node.durability = durability;
    const { body } = await request(app).get("/status");
    expect(body.durability).toBe(durability);
    expect(body.persistence).toContain(words);
  });
});

describe("GET /cluster/locate", () => {
  it("says where a key belongs and who holds it", async () => {
    const { body } = await request(openApi().app).get("/cluster/locate?key=a%2Fb").expect(200);
    expect(body).toMatchObject({
      key: "a/b",
      partition: expect.any(Number),
      walk: ["node2", "node3", "node1"],
      owners: ["node2", "node3"],
    });
    expect(body.holders).toHaveLength(3);
  });

  it.each(["", "?key=", "?key=a&key=b", "?key=a&w=1", "?kee=a"])("refuses %s", async (query) => {
    const answer = await request(openApi().app).get(`/cluster/locate${query}`).expect(400);
    expect(answer.body.code).toBe("invalid_request");
  });
});

it("carries headers that keep browsers from doing anything with the answers", async () => {
  const { headers } = await request(openApi().app).get("/status");
  expect(headers).toMatchObject({
    "content-security-policy": "default-src 'none';frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  expect(headers["strict-transport-security"]).toBeUndefined();
  expect(headers["etag"]).toBeUndefined();
});

describe("GET /verify", () => {
  it("tells what differs, and which sums are wrong", async () => {
    const { body } = await request(openApi().app).get("/verify").expect(200);
    expect(body).toEqual({
      equal: false,
      partitions: 1_024,
      differing: [7],
      notAsked: [],
      wrongDigests: [{ node: "node2", partition: 9 }],
      damaged: [{ node: "node2", partition: 7, records: 2 }],
    });
  });

  it("takes no parameters", async () => {
    await request(openApi().app).get("/verify?key=a").expect(400);
  });
});

it.each(["/health", "/status", "/cluster/locate", "/verify"])(
  "%s takes no other methods",
  async (path) => {
    const answer = await request(openApi().app).post(path).send({}).expect(405);
    expect(answer.headers["allow"]).toBe("GET, HEAD, OPTIONS");
    await request(openApi().app).options(path).expect(204);
    await request(openApi().app).head(path);
  },
);
