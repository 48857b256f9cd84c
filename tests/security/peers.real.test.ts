/** The peer port of a running node: who is let in, and that what was heard there helps nobody. */

import { jest } from "@jest/globals";
import { membershipHash } from "@ringkv/core";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { Redis } from "ioredis";
import { encodeRecords } from "../../packages/peers-resp/src/payload.js";
import { encodeBeat, encodeStamp } from "../../packages/peers-resp/src/wire.js";
import {
  beatFrom,
  MEMBERS,
  NODE1,
  recordOf,
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
  await pollUntil("it serves", async () => (node.output.includes('"serving"') ? "" : "no"));
});

afterAll(async () => {
  await node.end();
  await redis.close();
});

/** Asked of the store itself: the node may not be ready to answer. */
async function isStored(key: string): Promise<boolean> {
  const client = new Redis(redis.url);
  const found = await Promise.all(
    (await client.keys("p:*")).map((partition) => client.hexists(partition, key)),
  );
  client.disconnect();
  return found.includes(1);
}

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

it("10: refuses another secret, and says in its log whom it refused", async () => {
  const guesser = knock();
  await guesser.shakeHands(ME, { secret: "another-secret-of-nobody" });
  expect(await guesser.closed()).toContain("-SECRET ");
  await pollUntil(
    "it is logged",
    async () => (node.output.includes('"refusal":"SECRET"') ? "" : "not yet"),
    10_000,
  );
});

it("11: refuses a handshake that was recorded and is sent again", async () => {
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

it.each([
  { change: { clusterId: "other" }, code: "CLUSTER", what: "another cluster" },
  { change: { membershipHash: "0badcafe" }, code: "MEMBERS", what: "another list of members" },
])("11: refuses the right secret with the words of $what", async ({ change, code }) => {
  const stranger = knock();
  await stranger.shakeHands(ME, change);
  expect(await stranger.closed()).toContain(`-${code} `);
});

describe("12: a member whose words are out of all bounds", () => {
  const TEN_YEARS_MS = 315_360_000_000;
  /** A line for each part of a beat's answer, two for its eight bulk strings and one before. */
  const BEAT_LINES = 17;
  const now = () => encodeStamp({ sentAtMs: performance.now(), budgetMs: 10_000 });

  async function member() {
    const stranger = knock();
    await stranger.shakeHands(ME);
    let heard = (await stranger.lines(14)).length;
    return async (lines: number, ...parts: readonly (string | Buffer)[]) => {
      stranger.request(...parts);
      const all = await stranger.lines(heard + lines);
      const answer = all.slice(heard);
      heard = all.length;
      return answer;
    };
  }

  const beat = (change: object) => encodeBeat(beatFrom(NODE1, { clockMs: Date.now(), ...change }));

  it("moves no clock by ten years, and leaves no record of then", async () => {
    const say = await member();
    const far = Date.now() + TEN_YEARS_MS;
    for (const change of [{ clockMs: far }, { stampedMs: far }])
      await say(BEAT_LINES, "RKV.BEAT", ...now(), ...beat(change));
    const poison = encodeRecords([recordOf("poison", "value", far)]);
    const refusal = [expect.stringMatching(/^-REJECTED /)];
    expect(await say(1, "RKV.APPLY", ...now(), poison)).toEqual(refusal);
    const timely = encodeRecords([recordOf("timely", "value", Date.now())]);
    expect(await say(2, "RKV.APPLY", ...now(), timely)).toEqual(["$1", expect.any(String)]);
    const told = await say(BEAT_LINES, "RKV.BEAT", ...now(), ...beat({}));
    const clocks = told.filter((line) => /^\d{13,}$/.test(line)).map(Number);
    expect(clocks.length).toBeGreaterThan(0);
    for (const clock of clocks) expect(clock).toBeLessThan(Date.now() + 60_000);
    expect([await isStored("timely"), await isStored("poison")]).toEqual([true, false]);
  });

  it.each([
    { what: "a clock beyond all", change: { clockMs: 1e15 } },
    { what: "a clock below all", change: { clockMs: -1 } },
    { what: "a term below all", change: { term: -1 } },
    { what: "a term beyond all", change: { term: 2 ** 60 } },
    { what: "an incarnation below all", change: { incarnation: -1 } },
  ])("is told that $what is malformed, and nothing changes", async ({ change }) => {
    const say = await member();
    const answer = await say(1, "RKV.BEAT", ...now(), ...beat(change));
    expect(answer).toEqual(["-MALFORMED malformed"]);
  });
});

it("10: does not show the secret, and understands nothing before the proof", async () => {
  const stranger = knock();
  stranger.request("RKV.READ", "1", "1", "a");
  expect(await stranger.closed()).toMatch(/^-NOPROOF /);
  const browser = knock();
  browser.send("GET /kv/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n");
  expect(await browser.closed()).toBe("");
  expect(node.output).not.toContain(SECRET);
});
