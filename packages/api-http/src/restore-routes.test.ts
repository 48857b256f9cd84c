import { createHash } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import { gzipSync } from "node:zlib";
import {
  type Key,
  type PackedRecord,
  packRecord,
  QuorumUnreachable,
  type SnapshotForm,
  SnapshotWriter,
  versionAt,
} from "@ringkv/core";
import request from "supertest";
import { NOW_MS, openApi } from "../test-support/fake-node.js";
import { listen, open } from "../test-support/raw-client.js";
import { createServerFor } from "./server.js";

const NDJSON = "application/x-ndjson";
const HEAD = { scope: "node", node: "n", clusterId: "c", prefix: "", takenAtMs: NOW_MS } as const;

function record(key: string, value = "v"): PackedRecord {
  const version = versionAt({ ms: NOW_MS, counter: 0 }, 1);
  const rest = { version, contentType: "", expiresAtMs: null };
  return packRecord({ key: key as Key, value: Buffer.from(value), ...rest });
}

const RECORDS = Array.from({ length: 20 }, (_, index) => record(`key ${index}`));

function file(form: SnapshotForm, records = RECORDS): Buffer {
  const writer = new SnapshotWriter(form, createHash("sha256"));
  return Buffer.concat([writer.begin(HEAD), writer.records(records), writer.end(NOW_MS)]);
}

/** Supertest prints what it knows to be JSON anew; this it leaves alone. */
function send(api: ReturnType<typeof openApi>, body: Buffer, headers: object = {}) {
  return request(api.app)
    .post("/restore")
    .set({ "content-type": NDJSON, ...headers })
    .serialize((it: unknown) => it as string)
    .send(body);
}

describe("POST /restore without a body", () => {
  it("begins a recovery from the other nodes, and says how much there is to do", async () => {
    const { app, node } = openApi();
    const answer = await request(app).post("/restore").expect(202);
    expect(answer.body).toEqual({
      node: "node1",
      recovery: {
        isOver: false,
        partitionsLeft: 683,
        recordsLeft: 0,
        recordsCopied: 0,
        bytesCopied: 0,
        secondsLeft: null,
        notCompared: ["node2"],
      },
    });
    expect(node.recoveries).toBe(1);
  });

  it("refuses parameters, which would mean nothing, and other methods", async () => {
    const { app, node } = openApi();
    await request(app).post("/restore?mode=overwrite").expect(400);
    const answer = await request(app).get("/restore").expect(405);
    expect(answer.headers["allow"]).toBe("POST, OPTIONS");
    expect(node.recoveries).toBe(0);
  });
});

describe("POST /restore with a snapshot", () => {
  it.each([
    { form: "ndjson" as const, type: "application/x-ndjson" },
    { form: "ndjson" as const, type: "application/ndjson; charset=utf-8" },
    { form: "json" as const, type: "application/json" },
  ])("takes $type, and says what became of it", async ({ form, type }) => {
    const api = openApi();
    const answer = await send(api, file(form), { "content-type": type }).expect(200);
    expect(answer.body).toEqual({
      mode: "merge",
      dryRun: false,
      restored: 20,
      skippedOlder: 0,
      skippedExpired: 0,
      total: 20,
    });
    expect(api.node.restored).toEqual(RECORDS);
    expect(api.node.recoveries).toBe(0);
  });

  it("takes it compressed", async () => {
    const api = openApi();
    await send(api, gzipSync(file("ndjson")), { "content-encoding": "gzip" }).expect(200);
    expect(api.node.restored).toEqual(RECORDS);
  });

  it.each([
    { query: "", command: { mode: "merge", dryRun: false } },
    { query: "?mode=overwrite", command: { mode: "overwrite", dryRun: false } },
    { query: "?dryRun=1&mode=merge", command: { mode: "merge", dryRun: true } },
    { query: "?dryRun=0", command: { mode: "merge", dryRun: false } },
  ])("passes on $query", async ({ query, command }) => {
    const { app, node } = openApi();
    await request(app)
      .post(`/restore${query}`)
      .set("content-type", NDJSON)
      .send(file("ndjson").toString())
      .expect(200);
    expect(node.restores).toEqual([command]);
  });

  it.each([
    { headers: { "content-type": "text/plain" }, status: 415, accept: "accept-post" },
    { headers: { "content-type": "application/json; charset=latin1" }, status: 415 },
    { headers: { "content-encoding": "br" }, status: 415, accept: "accept-encoding" },
  ])("refuses $headers before it reads", async ({ headers, status, accept }) => {
    const api = openApi();
    const answer = await send(api, file("ndjson"), headers).expect(status);
    expect(answer.body).toMatchObject({ code: "unsupported_media_type", outcome: "not-applied" });
    if (accept !== undefined) expect(answer.headers[accept]).toBeDefined();
    expect(api.node.restores).toEqual([]);
  });

  it.each(["mode=replace", "dryRun=yes", "w=1"])("refuses ?%s", async (query) => {
    const { app, node } = openApi();
    const sent = request(app).post(`/restore?${query}`).set("content-type", NDJSON);
    await sent.send(file("ndjson").toString()).expect(400);
    expect(node.restores).toEqual([]);
  });

  it.each([
    { what: "cut short", body: (whole: Buffer) => whole.subarray(0, -30), restored: 20 },
    { what: "altered", body: (whole: Buffer) => altered(whole), restored: 0 },
    { what: "something else", body: () => Buffer.from('{"some":"JSON"}\n'), restored: 0 },
  ])("answers 422 to what is $what, and says how far it got", async ({ body, restored }) => {
    const api = openApi();
    const answer = await send(api, body(file("ndjson"))).expect(422);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.body).toMatchObject({
      code: "invalid_snapshot",
      retryable: false,
      outcome: "unknown",
      restored,
      total: restored,
      read: { records: restored, bytes: expect.any(Number) },
    });
  });

  it.each([
    { what: "cut short", body: () => gzipSync(file("ndjson")).subarray(0, -20) },
    { what: "no gzip at all", body: () => file("ndjson") },
  ])("answers 422 to gzip that is $what", async ({ body }) => {
    const api = openApi();
    const answer = await send(api, body(), { "content-encoding": "gzip" }).expect(422);
    expect(answer.body).toMatchObject({ code: "invalid_snapshot" });
  });

  it("stops a bomb at the limit of what comes out", async () => {
    const api = openApi({ restoreBytesMax: 100_000, valueBytesMax: 1_000 });
    const records = Array.from({ length: 500 }, (_, index) => record(`${index}`, "0".repeat(900)));
    const bomb = gzipSync(file("ndjson", records));
    expect(bomb.length).toBeLessThan(100_000);
    const answer = await send(api, bomb, { "content-encoding": "gzip" }).expect(413);
    expect(answer.body).toMatchObject({ code: "too_large", detail: /100000 bytes/ });
    expect(api.node.restored.length).toBeLessThan(100);
  });

  it("gives up on a line that never ends long before that limit", async () => {
    const api = openApi({ restoreBytesMax: 1e9, valueBytesMax: 1_000 });
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const answer = await send(api, bomb, { "content-encoding": "gzip" }).expect(422);
    expect(answer.body.detail).toMatch(/line 1: .*more than 16384 bytes/);
  });

  it("says what the cluster could not take, and how far it got", async () => {
    const api = openApi();
    const nodes = { needed: 2, answered: [], failed: [], outcome: "unknown" as const };
    api.node.failure = () => Promise.reject(new QuorumUnreachable(nodes));
    const answer = await send(api, file("ndjson")).expect(503);
    expect(answer.body).toMatchObject({
      code: "quorum_unreachable",
      outcome: "unknown",
      needed: 2,
      restored: 0,
      total: 0,
    });
  });
});

describe("a restore on its way", () => {
  let api: ReturnType<typeof openApi>;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    api = openApi();
    server = createServerFor(api.app, { bodyTimeoutMs: 300, checkIntervalMs: 50 });
    port = await listen(server);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const begun = (headers: string) =>
    `POST /restore HTTP/1.1\r\nHost: x\r\nContent-Type: ${NDJSON}\r\n${headers}\r\n`;

  it("may take longer than other bodies may", async () => {
    const body = file("ndjson");
    const client = await open(port);
    client.socket.write(begun(`Content-Length: ${body.length}\r\n`));
    client.socket.write(body.subarray(0, 500));
    const other = await open(port);
    other.socket.write("PUT /kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
    // The other one began later, and its time is over.
    expect(await other.closed()).toMatch(/^HTTP\/1\.1 408 /);
    client.socket.write(body.subarray(500));
    expect(await client.until("total")).toMatch(/^HTTP\/1\.1 200 /);
    client.socket.destroy();
  });

  it("is told to go on when it waits for that", async () => {
    const body = file("ndjson");
    const client = await open(port);
    client.socket.write(begun(`Content-Length: ${body.length}\r\nExpect: 100-continue\r\n`));
    await client.until("100 Continue\r\n\r\n");
    client.socket.write(body);
    expect(await client.until("total")).toContain("HTTP/1.1 200 OK");
    client.socket.destroy();
  });

  it.each(["", "Content-Encoding: gzip\r\n"])(
    "ends when the client goes away (%j)",
    async (more) => {
      const body = more === "" ? file("ndjson") : gzipSync(file("ndjson"));
      const client = await open(port);
      client.socket.write(begun(`Content-Length: ${body.length}\r\n${more}`));
      client.socket.write(body.subarray(0, -10));
      const [, response] = (await once(server, "request")) as [unknown, NodeJS.EventEmitter];
      client.socket.destroy();
      await once(response, "close");
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      const next = await open(port);
      const whole = file("ndjson");
      next.socket.write(begun(`Content-Length: ${whole.length}\r\n`));
      next.socket.write(whole);
      expect(await next.until("total")).toContain("200 OK");
      next.socket.destroy();
      expect(api.logged).toEqual([]);
    },
  );

  it("is answered though the client still sends, and takes two at once", async () => {
    const client = await open(port);
    client.socket.write(begun("Transfer-Encoding: chunked\r\n"));
    client.socket.write("5\r\nnope\n\r\n");
    const second = await open(port);
    second.socket.write(begun("Transfer-Encoding: chunked\r\n"));
    while (api.node.restores.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const third = await open(port);
    third.socket.write(begun("Content-Length: 5\r\n"));
    expect(await third.until("requestId")).toMatch(/^HTTP\/1\.1 429 /);
    client.socket.write("0\r\n\r\n");
    expect(await client.until("requestId")).toMatch(/^HTTP\/1\.1 422 /);
    for (const one of [client, second, third]) one.socket.destroy();
  });
});

/** A digit of the first record's version. */
function altered(whole: Buffer): Buffer {
  const bytes = Buffer.from(whole);
  const at = bytes.indexOf('"version":"') + 15;
  bytes.writeUInt8(bytes.readUInt8(at) === 0x31 ? 0x32 : 0x31, at);
  return bytes;
}
