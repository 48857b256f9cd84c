/** The peer port of a running node: who is let in, and that what was heard there helps nobody. */

import { jest } from "@jest/globals";
import { membershipHash } from "@ringkv/core";
import { openRedis, type TestRedis } from "@ringkv/testing";
import {
  MEMBERS,
  NODE1,
  Stranger,
  selfOf,
} from "../../packages/peers-resp/test-support/link-fakes.js";
import { pollUntil } from "../harness/polling.js";
import { NodeProcess } from "./node-process.js";

jest.setTimeout(60_000);

const SECRET = "a-secret-of-this-test-alone";
const ME = selfOf(NODE1, { secret: SECRET, membershipHash: membershipHash(MEMBERS, 1) });

let redis: TestRedis;
let node: NodeProcess;

beforeAll(async () => {
  redis = await openRedis();
  const others = "node1=127.0.0.1:1,node2=127.0.0.1:7000,node3=127.0.0.1:1";
  node = await NodeProcess.start(redis.url, { CLUSTER_SECRET: SECRET, MEMBERS: others });
  await node.answers("/livez");
});

afterAll(async () => {
  await node.end();
  await redis.close();
});

const strangers: Stranger[] = [];
afterEach(() => {
  for (const stranger of strangers.splice(0)) stranger.end();
});

function knock(): Stranger {
  const stranger = new Stranger({ host: "127.0.0.1", port: node.ports.peer });
  strangers.push(stranger);
  return stranger;
}

it("lets in whoever proves the secret", async () => {
  const member = knock();
  await member.shakeHands(ME);
  expect((await member.lines(14)).at(-1)).toBe("+OK");
});

it("refuses another secret, and says in its log whom it refused", async () => {
  const guesser = knock();
  await guesser.shakeHands(ME, { secret: "another-secret-of-nobody" });
  expect(await guesser.closed()).toContain("-SECRET ");
  await pollUntil(
    "it is logged",
    async () => (node.output.includes('"refusal":"SECRET"') ? "" : "not yet"),
    10_000,
  );
});

it("refuses a handshake that was recorded and is sent again", async () => {
  const member = knock();
  const sent: string[] = [];
  const request = member.request.bind(member);
  member.request = (...parts) => {
    sent.push(...(parts as string[]));
    request(...parts);
  };
  await member.shakeHands(ME);
  await member.lines(14);

  const thief = knock();
  thief.request(...sent.slice(0, 3));
  await thief.lines(13);
  thief.request(...sent.slice(3));
  expect(await thief.closed()).toContain("-SECRET ");
});

it("does not show the secret, and understands nothing before the proof", async () => {
  const stranger = knock();
  stranger.request("RKV.READ", "1", "1", "a");
  expect(await stranger.closed()).toMatch(/^-NOPROOF /);
  const browser = knock();
  browser.send("GET /kv/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n");
  expect(await browser.closed()).toBe("");
  expect(node.output).not.toContain(SECRET);
});
