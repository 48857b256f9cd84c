/** Cases 55 and 57 on a node with tokens: gRPC without one, and those who only listen. */

import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { status } from "@grpc/grpc-js";
import { jest } from "@jest/globals";
import { digestOf, newToken } from "@ringkv/access";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { call, healthClient, listServices } from "../../packages/api-grpc/test-support/stranger.js";
import { open } from "../../packages/api-http/test-support/raw-client.js";
import { messageOf } from "../../scripts/fuzz/h2-frames.mjs";
import { pollUntil } from "../harness/polling.js";
import { callGrpc } from "./grpc-call.js";
import { NodeProcess } from "./node-process.js";

jest.setTimeout(60_000);

const TOKEN = newToken();
const SUBSCRIBERS_MAX = 64;
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const UNAUTHENTICATED = `${status.UNAUTHENTICATED}`;
const UNIMPLEMENTED = `${status.UNIMPLEMENTED}`;

let redis: TestRedis;
let another: TestRedis;
let node: NodeProcess;
/** The same without tokens: what a guard keeps away is there. */
let unguarded: NodeProcess;

beforeAll(async () => {
  [redis, another] = await Promise.all([openRedis(), openRedis()]);
  const API_TOKENS = `reader:${digestOf(TOKEN).toString("hex")}:read`;
  node = await NodeProcess.start(redis.url, { API_TOKENS });
  await node.answers();
  unguarded = await NodeProcess.start(another.url);
  await unguarded.answers();
});

afterAll(async () => {
  await unguarded?.end();
  await node?.end();
  await redis?.close();
  await another?.close();
});

const subscriptions: IncomingMessage[] = [];
afterEach(() => {
  for (const answer of subscriptions.splice(0)) answer.destroy();
});

async function subscribe(headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const asked = get({ port: node.ports.http, path: "/events", headers, agent: false });
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.on("error", () => {});
  subscriptions.push(answer);
  return answer;
}

it("55: a call without a token, or with a wrong one, is UNAUTHENTICATED", async () => {
  const body = messageOf(Buffer.from([0x0a, 1, 0x61]));
  const asked = { port: node.ports.grpc, path: "/ringkv.v1.KeyValueStore/Get", body };
  const wrong: Record<string, string>[] = [{}, { authorization: "Bearer no" }];
  for (const headers of [...wrong, { authorization: TOKEN }])
    expect((await callGrpc({ ...asked, headers })).status).toBe(UNAUTHENTICATED);
  expect((await callGrpc({ ...asked, headers: AUTHORIZATION })).status).toBe("0");
});

it("55: there is no reflection and no channelz, and health says yes or no", async () => {
  const { grpc: port } = node.ports;
  await expect(listServices(port)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  const path = "/grpc.channelz.v1.Channelz/GetServers";
  const channelz = { port, path, body: messageOf(Buffer.alloc(0)), headers: AUTHORIZATION };
  expect([UNAUTHENTICATED, UNIMPLEMENTED]).toContain((await callGrpc(channelz)).status);
  const health = healthClient(port);
  expect(Object.keys((await call(health, "Check", { service: "" })) as object)).toEqual(["status"]);
  health.close();
});

it("55, without the guard: a stranger learns the services by reflection", async () => {
  expect(await listServices(unguarded.ports.grpc)).toContain("ringkv.v1.KeyValueStore");
});

it("57: nobody listens without a token, and no other origin with one", async () => {
  expect((await subscribe({})).statusCode).toBe(401);
  expect((await subscribe({ cookie: `token=${TOKEN}` })).statusCode).toBe(401);
  const foreign = await subscribe({ ...AUTHORIZATION, origin: "http://evil.example" });
  expect(foreign.statusCode).toBe(200);
  const names = Object.keys(foreign.headers);
  expect(names.filter((name) => name.startsWith("access-control-"))).toEqual([]);
});

it("57, without the guard: events are anybody's", async () => {
  const asked = get({ port: unguarded.ports.http, path: "/events", agent: false });
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  answer.on("error", () => {});
  answer.destroy();
});

it("57: of 1,000 that idle 64 are told, the rest is refused, and others are served", async () => {
  const statuses: (number | undefined)[] = [];
  for (let from = 0; from < 1_000; from += 100) {
    const some = Array.from({ length: 100 }, () => subscribe(AUTHORIZATION));
    statuses.push(...(await Promise.all(some)).map(({ statusCode }) => statusCode));
  }
  expect(statuses.filter((it) => it === 200)).toHaveLength(SUBSCRIBERS_MAX);
  expect(statuses.filter((it) => it === 429)).toHaveLength(1_000 - SUBSCRIBERS_MAX);
  await node.answers("/readyz");
});

it("57: the place of one that leaves is the next one's", async () => {
  await pollUntil("there is room again", async () => {
    const answer = await subscribe(AUTHORIZATION);
    const { statusCode } = answer;
    if (statusCode !== 200) answer.destroy();
    return statusCode === 200 ? "" : `${statusCode}`;
  });
});

it("57: there is no web socket to send frames to", async () => {
  const client = await open(node.ports.http);
  client.socket.write(
    `GET /events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
  );
  client.socket.write(Buffer.alloc(1_048_576, 0x81));
  expect(await client.until("\r\n\r\n")).toMatch(/^HTTP\/1\.1 401 /);
  client.socket.destroy();
});

it("after all this the node is ready, and its log knows of no bug", async () => {
  await node.answers("/readyz");
  expect(node.output).not.toMatch(/"level":[56]0/);
});
