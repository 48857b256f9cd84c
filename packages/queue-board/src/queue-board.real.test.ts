import type { IncomingMessage, ServerResponse } from "node:http";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import request from "supertest";
import { createQueueBoard } from "./index.js";

describe("the board", () => {
  let redis: TestRedis;
  let connection: Redis;
  let queue: Queue;
  let worker: Worker | null = null;
  const shown: (Queue | null)[] = [null];

  beforeAll(async () => {
    redis = await openRedis();
    connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    queue = new Queue("notifications", { connection });
  });
  beforeEach(() => {
    shown[0] = queue;
  });
  afterAll(async () => {
    await worker?.close();
    await queue.close();
    connection.disconnect();
    await redis.close();
  });

  function open() {
    const board = createQueueBoard({ path: "/queues", queues: () => shown });
    return (incoming: IncomingMessage, response: ServerResponse) => {
      board(incoming, response, (thrown) => {
        response.writeHead(thrown === undefined ? 404 : 500).end();
      });
    };
  }

  it("shows a queue as soon as there is one", async () => {
    const app = open();
    shown[0] = null;
    expect((await request(app).get("/api/queues").expect(200)).body.queues).toEqual([]);
    shown[0] = queue;
    const [one] = (await request(app).get("/api/queues").expect(200)).body.queues;
    expect(one.name).toBe("notifications");
  });

  it("serves its pages and what they need itself, and says nothing of its maker", async () => {
    const page = await request(open()).get("/").expect(200);
    expect(page.headers["x-powered-by"]).toBe(undefined);
    const scripts = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+\.(?:js|css))"/g)];
    expect(scripts.length).toBeGreaterThan(1);
    for (const [, path] of scripts) await request(open()).get(`/${path}`).expect(200);
  });

  it("has a failed job tried once more", async () => {
    const job = await queue.add("mail-writes", {});
    let isWell = false;
    const running = new Worker(
      "notifications",
      async () => {
        if (!isWell) throw new Error("no such user");
      },
      { connection },
    );
    worker = running;
    await new Promise<void>((resolve) => running.once("failed", () => resolve()));
    const app = open();
    const listed = await request(app).get("/api/queues?activeQueue=notifications&status=failed");
    expect(JSON.stringify(listed.body)).toContain("no such user");
    isWell = true;
    const done = new Promise<void>((resolve) => running.once("completed", () => resolve()));
    await request(app).put(`/api/queues/notifications/${job.id}/retry`).expect(204);
    await done;
  });
});
