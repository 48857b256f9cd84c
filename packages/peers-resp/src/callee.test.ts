/** The peer port and those who should not be there. */

import { connect } from "node:net";
import type { NodeId } from "@ringkv/core";
import { beatFrom, NODE1, recordOf, Stage, selfOf } from "../test-support/link-fakes.js";
import { encodeRecords } from "./payload.js";
import { encodeBeat, encodeStamp } from "./wire.js";

const ME = selfOf(NODE1);
const OTHER_MEMBERS = { membershipHash: "0badcafe" };
const A_LIFETIME_MS = 60_000;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.end());

const now = (budgetMs = A_LIFETIME_MS) => encodeStamp({ sentAtMs: performance.now(), budgetMs });

const beatWith = (change: object) => encodeBeat(beatFrom(NODE1, change));

describe("a handshake", () => {
  it("lets a member with the secret call", async () => {
    const { address, service } = await stage.server();
    const member = stage.stranger(address);
    await member.shakeHands(ME);
    expect((await member.lines(14))[13]).toBe("+OK");
    member.request("RKV.APPLY", ...now(), encodeRecords([recordOf("a"), recordOf("b")]));
    expect((await member.lines(16)).slice(14)).toEqual(["$2", "ss"]);
    expect(service.calls).toEqual(["apply a b"]);
  });

  it.each([
    { change: { clusterId: "other" }, code: "CLUSTER", why: "a foreign cluster id" },
    { change: OTHER_MEMBERS, code: "MEMBERS", why: "another member list" },
    { change: { node: "node9" as NodeId }, code: "NODE", why: "a node that is not a member" },
    { change: { node: "node2" as NodeId }, code: "NODE", why: "the callee's own name" },
    { change: { secret: "a guess" }, code: "SECRET", why: "a wrong secret" },
  ])("refuses $why with $code, and says so in the log", async ({ change, code }) => {
    const { address, service } = await stage.server();
    const stranger = stage.stranger(address);
    await stranger.shakeHands(ME, change);
    expect((await stranger.closed()).split("\r\n").at(-2)).toMatch(new RegExp(`^-${code} `));

    const { level, fields } = await stage.log.line("peer refused");
    const { secret: _, ...visible } = change as { secret?: string };
    expect(level).toBe("warn");
    expect(fields).toMatchObject({ refusal: code, there: visible, here: { clusterId: "ringkv" } });
    expect(fields["from"]).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(JSON.stringify(stage.log.lines)).not.toContain(ME.secret);
    expect(service.calls).toEqual([]);
  });

  it("refuses a proof that was recorded on another connection", async () => {
    const { address } = await stage.server();
    const sent: string[] = [];
    const member = stage.stranger(address);
    const request = member.request.bind(member);
    member.request = (...parts) => {
      sent.push(...(parts as string[]));
      request(...parts);
    };
    await member.shakeHands(ME);
    await member.lines(14);

    const thief = stage.stranger(address);
    thief.request(...sent.slice(0, 3));
    await thief.lines(13);
    thief.request(...sent.slice(3));
    expect(await thief.closed()).toContain("-SECRET ");
  });

  it("refuses a build that speaks another version of the protocol", async () => {
    const { address } = await stage.server();
    const stranger = stage.stranger(address);
    stranger.request("RKV.CHALLENGE", "1", "0".repeat(64));
    expect(await stranger.closed()).toMatch(/^-PROTOCOL /);
    expect((await stage.log.line("peer refused")).fields).toMatchObject({
      refusal: "PROTOCOL",
      here: "5",
      there: "1",
    });
  });

  it("refuses a proof that took long: what came after it could not be told late", async () => {
    const { address } = await stage.server({ limits: { proofMsMax: -1 } });
    const slow = stage.stranger(address);
    await slow.shakeHands(ME);
    expect(await slow.closed()).toContain("-SLOW ");
  });

  it.each(["RKV.APPLY", "RKV.BEAT", "RKV.HELLO", "PING", "HELLO"])(
    "must come before %s",
    async (command) => {
      const { address, service } = await stage.server();
      const stranger = stage.stranger(address);
      stranger.request(command, ...now(), encodeRecords([recordOf("a")]));
      expect(await stranger.closed()).toMatch(/^-NOPROOF /);
      expect(service.calls).toEqual([]);
    },
  );

  it.each([
    { why: "a browser", input: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" },
    { why: "a form posted across protocols", input: "POST / HTTP/1.1\r\n\r\nRKV.CHALLENGE 1\r\n" },
    { why: "an inline command", input: "PING\r\n" },
    { why: "an array that would be allocated", input: "*32000000\r\n" },
    { why: "a bulk string that would be gathered", input: "*1\r\n$99999999\r\n" },
    { why: "noise", input: Buffer.from([0, 255, 13, 10, 42, 42]) },
    { why: "a challenge with no nonce", input: "*1\r\n$13\r\nRKV.CHALLENGE\r\n" },
  ])("is not even begun by $why", async ({ input }) => {
    const { address } = await stage.server();
    const stranger = stage.stranger(address);
    stranger.send(input);
    expect(await stranger.closed()).toBe("");
    await stage.log.line("connection to the peer port closed");
  });

  it("may not be stretched over more than a few KiB", async () => {
    const { address } = await stage.server();
    const stranger = stage.stranger(address);
    stranger.send(`*2\r\n$13\r\nRKV.CHALLENGE\r\n$4000\r\n${"x".repeat(5_000)}`);
    expect(await stranger.closed()).toBe("");
  });

  it("must be over in time", async () => {
    const { address } = await stage.server({ limits: { handshakeTimeoutMs: 50 } });
    const stranger = stage.stranger(address);
    stranger.send("*2\r\n$13\r\nRKV.CHA");
    expect(await stranger.closed()).toBe("");
    const { fields } = await stage.log.line("connection to the peer port closed");
    expect(fields["why"]).toBe("no proof");
  });

  it("is not kept from members by a crowd of strangers", async () => {
    const { address } = await stage.server({ limits: { unprovenMax: 3 } });
    const crowd = Array.from({ length: 4 }, () => stage.stranger(address));
    expect(await crowd[0]?.closed()).toBe("");
    const member = stage.stranger(address);
    await member.shakeHands(ME);
    await member.lines(14);
    expect(await crowd[1]?.closed()).toBe("");
  });

  it("does not fill the log, however often it fails", async () => {
    const { address } = await stage.server();
    for (let count = 0; count < 5; count++) {
      const stranger = stage.stranger(address);
      stranger.send("PING\r\n");
      await stranger.closed();
    }
    expect(stage.log.lines).toHaveLength(1);
  });
});

describe("a member's connection", () => {
  async function member(change: Parameters<Stage["server"]>[0] = {}) {
    const started = await stage.server(change);
    const peer = stage.stranger(started.address);
    await peer.shakeHands(ME);
    await peer.lines(14);
    return { ...started, peer, answers: async (n: number) => (await peer.lines(14 + n)).slice(14) };
  }

  it("hears only of the node that it belongs to", async () => {
    const { peer, answers, service } = await member();
    peer.request("RKV.BEAT", ...now(), ...encodeBeat(beatFrom("node3" as NodeId)));
    expect(await answers(1)).toEqual(["-MALFORMED malformed"]);
    peer.request("RKV.BEAT", ...now(), ...encodeBeat(beatFrom(NODE1)));
    expect((await answers(12)).slice(1)).toContain("recovering");
    expect(service.calls).toEqual(["heartbeat node1"]);
  });

  it.each([
    { why: "an unknown command", parts: ["FLUSHALL", ...now()] },
    { why: "no stamp", parts: ["RKV.APPLY"] },
    { why: "a stamp that is no number", parts: ["RKV.APPLY", "now", "100", "x"] },
    { why: "no budget", parts: ["RKV.APPLY", "1", "0", "x"] },
    { why: "a budget of a year", parts: ["RKV.APPLY", "1", "31536000000", "x"] },
    { why: "records that are none", parts: ["RKV.APPLY", ...now(), "xxxx"] },
    { why: "an empty batch", parts: ["RKV.READ", ...now(), ""] },
    { why: "one argument too many", parts: ["RKV.READ", ...now(), "\u0000\u0001k", "x"] },
    {
      why: "a state that there is not",
      parts: ["RKV.BEAT", ...now(), ...beatWith({ state: "ok" })],
    },
    { why: "a clock beyond all", parts: ["RKV.BEAT", ...now(), ...beatWith({ clockMs: 1e15 })] },
    { why: "a clock below all", parts: ["RKV.BEAT", ...now(), ...beatWith({ stampedMs: -1 })] },
    { why: "a term below all", parts: ["RKV.BEAT", ...now(), ...beatWith({ term: -1 })] },
    { why: "a term that is no integer", parts: ["RKV.BEAT", ...now(), ...beatWith({ term: 1.5 })] },
    { why: "a claim of another", parts: ["RKV.BEAT", ...now(), ...beatWith({ leader: "node3" })] },
    { why: "a beat cut short", parts: ["RKV.BEAT", ...now(), ...beatWith({}).slice(0, 5)] },
    { why: "a vote for another", parts: ["RKV.VOTE", ...now(), "1", "node3", "vote"] },
    { why: "a vote in no term", parts: ["RKV.VOTE", ...now(), "x", "node1", "vote"] },
    { why: "a vote of no kind", parts: ["RKV.VOTE", ...now(), "1", "node1", "maybe"] },
    { why: "a vote cut short", parts: ["RKV.VOTE", ...now(), "1", "node1"] },
  ])("goes on after $why", async ({ parts }) => {
    const { peer, answers, service } = await member();
    peer.request(...parts);
    expect(await answers(1)).toEqual(["-MALFORMED malformed"]);
    peer.request("RKV.APPLY", ...now(), encodeRecords([recordOf("a")]));
    expect(await answers(3)).toEqual(["-MALFORMED malformed", "$1", "s"]);
    expect(service.calls).toEqual(["apply a"]);
    expect((await stage.log.line("a peer's call is malformed")).fields["node"]).toBe("node1");
  });

  it("is closed when a message grows beyond the limit", async () => {
    const { peer } = await member({ limits: { messageBytesMax: 10_000 } });
    peer.request("RKV.APPLY", ...now(), Buffer.alloc(10_001));
    await peer.closed();
    expect((await stage.log.line("connection to the peer port closed")).fields).toMatchObject({
      node: "node1",
      why: "not this protocol",
    });
  });

  it("is closed when its peer has gone silent", async () => {
    const { peer } = await member({ limits: { idleTimeoutMs: 50 } });
    await peer.closed();
  });

  it("gives way to a newer one of the same node", async () => {
    const { peer, address } = await member();
    const newer = stage.stranger(address);
    await newer.shakeHands(ME);
    await newer.lines(14);
    await peer.closed();
  });

  it("gets its answers in the order of its questions, whatever is done first", async () => {
    const { peer, answers, service } = await member();
    service.hold();
    peer.request("RKV.APPLY", ...now(), encodeRecords([recordOf("a")]));
    peer.request("RKV.BEAT", ...now(), ...encodeBeat(beatFrom(NODE1)));
    peer.request("RKV.APPLY", ...now(), encodeRecords([recordOf("a"), recordOf("b")]));
    // Only when all three have been begun is the first one answered.
    await service.begun(3);
    service.release();
    const lines = await answers(21);
    expect([lines.slice(0, 3), lines.slice(19)]).toEqual([
      ["$1", "s", "*8"],
      ["$2", "rs"],
    ]);
  });

  it("is answered for work that outlasts its budget, so that beats get through", async () => {
    const { peer, answers, service } = await member();
    service.hold();
    peer.request("RKV.APPLY", ...now(50), encodeRecords([recordOf("a")]));
    peer.request("RKV.BEAT", ...now(), ...encodeBeat(beatFrom(NODE1)));
    expect((await answers(2)).slice(0, 2)).toEqual(["-TIMEDOUT not done within the budget", "*8"]);
  });

  it("is read no further while too much is being worked on", async () => {
    const { peer, answers, service } = await member({ limits: { messagesPendingMax: 2 } });
    service.hold();
    for (const name of ["a", "b"]) {
      peer.request("RKV.APPLY", ...now(), encodeRecords([recordOf(name)]));
    }
    await service.begun(2);
    peer.request("RKV.APPLY", ...now(), encodeRecords([recordOf("c")]));
    // Another connection's round trip: what could be read has been read by then.
    const other = stage.stranger((await stage.server()).address);
    await other.shakeHands(ME);
    await other.lines(14);
    expect(service.calls).toEqual(["apply a", "apply b"]);
    service.release();
    expect(await answers(6)).toEqual(["$1", "s", "$1", "s", "$1", "s"]);
  });
});

describe("PeerServer", () => {
  it("says when its port is taken", async () => {
    const { address } = await stage.server();
    await expect(stage.server({ port: address.port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  it("leaves nothing behind when it closes", async () => {
    const { server, address } = await stage.server();
    const stranger = stage.stranger(address);
    await stranger.shakeHands(ME);
    await stranger.lines(14);
    await server.close();
    await stranger.closed();
    const again = connect(address);
    const [error] = await new Promise<unknown[]>((resolve) => {
      again.on("error", (...args) => resolve(args));
    });
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });
});
