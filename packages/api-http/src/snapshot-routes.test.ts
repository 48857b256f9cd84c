import { createHash } from "node:crypto";
import { once } from "node:events";
import { get, type IncomingMessage, type Server } from "node:http";
import {
  type Key,
  type PackedRecord,
  packRecord,
  QuorumUnreachable,
  versionAt,
} from "@ringkv/core";
import request from "supertest";
import { hold, NOW_MS, openApi } from "../test-support/fake-node.js";
import { listen } from "../test-support/raw-client.js";
import { createServerFor } from "./server.js";

const NDJSON = "application/x-ndjson";

describe("GET /snapshot", () => {
  it("is one JSON document with every record under its key", async () => {
    const { app, node } = openApi();
    const version = hold(node, {
      key: "a b",
      value: Buffer.from('{"n":1.0}'),
      contentType: "application/json",
    });
    hold(node, { key: "gone", value: null });
    hold(node, { key: "__proto__", value: Buffer.from([0xff]), expiresAtMs: 5 });
    const answer = await request(app).get("/snapshot").expect(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.text).toContain('"value":{"n":1.0}');
    expect(answer.body).toMatchObject({
      format: "ringkv-snapshot",
      formatVersion: 1,
      scope: "node",
      node: "node1",
      cluster: "test",
      prefix: "",
      takenAt: new Date(NOW_MS).toISOString(),
      finishedAt: new Date(NOW_MS).toISOString(),
      count: 3,
      entries: {
        "a b": { value: { n: 1 }, version, contentType: "application/json" },
        gone: { value: null, tombstone: true, version },
      },
    });
    expect(Object.entries(answer.body.entries)).toContainEqual([
      "__proto__",
      expect.objectContaining({ base64: "/w==", expiresAt: 5 }),
    ]);
    const hashed = answer.text.slice(0, answer.text.indexOf(',"sha256"'));
    expect(answer.body.sha256).toBe(createHash("sha256").update(hashed).digest("hex"));
  });

  it("is a line per record for who asks for lines", async () => {
    const { app, node } = openApi();
    hold(node, { key: "a", value: Buffer.from("text"), contentType: "text/plain" });
    const answer = await request(app)
      .get("/snapshot")
      .set("accept", NDJSON)
      .buffer(true)
      .expect(200);
    expect(answer.headers["content-type"]).toBe(NDJSON);
    const lines = answer.text.trimEnd().split("\n");
    expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual([
      "format",
      "key",
      "finishedAt",
    ]);
    expect(JSON.parse(lines[1] as string)).toMatchObject({ key: "a", value: "text" });
  });

  it("asks for the scope and the prefix that it is given", async () => {
    const { app, node } = openApi();
    await request(app).get("/snapshot?scope=cluster&prefix=user%3A").expect(200);
    await request(app).get("/snapshot?scope=node").expect(200);
    expect(node.snapshots).toEqual([
      { scope: "cluster", prefix: "user:" },
      { scope: "node", prefix: "" },
    ]);
  });

  it.each([
    { query: "scope=world", complaint: "scope: node or cluster" },
    { query: "scope=", complaint: "scope: node or cluster" },
    { query: `prefix=${"x".repeat(1_025)}`, complaint: "prefix: at most 1024 bytes" },
    { query: "limit=5", complaint: "unknown parameter: limit" },
    { query: "prefix=%ff", complaint: /invalid percent-encoding/ },
  ])("refuses $query", async ({ query, complaint }) => {
    const { app, node } = openApi();
    const answer = await request(app).get(`/snapshot?${query}`).expect(400);
    expect(answer.body.detail).toMatch(complaint);
    expect(node.snapshots).toEqual([]);
  });

  it("is refused like a read when the engine refuses it", async () => {
    const { app, node } = openApi();
    const nodes = { needed: 1, answered: [], failed: [], outcome: "not-applied" as const };
    node.failure = () => Promise.reject(new QuorumUnreachable(nodes));
    const answer = await request(app).get("/snapshot?scope=cluster").expect(503);
    expect(answer.body).toMatchObject({ code: "quorum_unreachable", needed: 1 });
  });

  it("answers HEAD without reading anything, and no other method", async () => {
    const { app, node } = openApi();
    let isRead = false;
    node.recordBatches = async function* () {
      isRead = true;
      yield [];
    };
    const answer = await request(app).head("/snapshot").expect(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(isRead).toBe(false);
    const refusal = await request(app).post("/snapshot").expect(405);
    expect(refusal.headers["allow"]).toBe("GET, HEAD, OPTIONS");
  });
});

describe("a snapshot on its way", () => {
  let api: ReturnType<typeof openApi>;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    api = openApi();
    server = createServerFor(api.app);
    port = await listen(server);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = async (path = "/snapshot"): Promise<IncomingMessage> => {
    const [response] = await once(get({ port, path, host: "127.0.0.1", agent: false }), "response");
    return response as IncomingMessage;
  };

  it("is broken off when it cannot be completed, so that it never looks whole", async () => {
    api.node.recordBatches = async function* () {
      yield [large("a")];
      throw new QuorumUnreachable({ needed: 1, answered: [], failed: [], outcome: "not-applied" });
    };
    const response = await open();
    let text = "";
    const reading = (async () => {
      for await (const piece of response) text += String(piece);
    })();
    await expect(reading).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(response.complete).toBe(false);
    expect(text).not.toContain("sha256");
  });

  it("waits for a client that does not read, and ends with it", async () => {
    let [given, isLeft] = [0, false];
    const left = new Promise<void>((resolve) => {
      api.node.recordBatches = async function* () {
        try {
          for (;;) {
            given++;
            yield [large(`${given}`)];
          }
        } finally {
          isLeft = true;
          resolve();
        }
      };
    });
    const response = await open();
    // It ends with `given` standing still: whatever the sockets hold is full then.
    let before = -1;
    while (before !== given) {
      before = given;
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(isLeft).toBe(false);
    response.destroy();
    await left;
    expect(given).toBeLessThan(200);
  });

  it("takes two at once and refuses the third", async () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    api.node.recordBatches = async function* () {
      yield [large("a")];
      await finished;
    };
    const running = [await open(), await open("/snapshot?scope=cluster")];
    const third = await open();
    expect(third.statusCode).toBe(429);
    expect(third.headers["retry-after"]).toBe("1");
    finish();
    for (const response of running) {
      response.resume();
      await once(response, "end");
    }
    const later = await open();
    expect(later.statusCode).toBe(200);
    later.destroy();
  });
});

function large(key: string): PackedRecord {
  return packRecord({
    key: key as Key,
    version: versionAt({ ms: NOW_MS, counter: 0 }, 1),
    value: Buffer.alloc(100_000, "v"),
    contentType: "",
    expiresAtMs: null,
  });
}
