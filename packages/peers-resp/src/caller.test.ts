/** Calls over real sockets: what comes back, what goes wrong, and how a connection is kept. */

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import {
  type Key,
  type NodeId,
  type PackedRecord,
  partitionOf,
  StoreFull,
  StoreUnavailable,
} from "@ringkv/core";
import { type HeldCopy, PeerFailure, VersionBeyondClock } from "@ringkv/engine";
import {
  beatFrom,
  failureOf,
  NODE1,
  NODE2,
  recordOf,
  Stage,
  selfOf,
} from "../test-support/link-fakes.js";
import { FOUND_BYTES_MAX, MESSAGE_BYTES_MAX } from "./limits.js";

const BUDGET_MS = 5_000;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.end());

const keys = (...names: string[]) => names as Key[];
const keyOf = (copy: HeldCopy) => (copy as PackedRecord | null)?.key;

describe("a call", () => {
  it("brings back an outcome for each record, in order", async () => {
    const { peers } = await stage.pair();
    const old = recordOf("a", "old", 1);
    const recent = recordOf("a", "recent", 2);
    const apply = (...records: (typeof old)[]) => peers.apply(NODE2, records, BUDGET_MS);
    expect(await apply(old, recordOf("b"))).toEqual([
      { outcome: "stored", hadValue: false },
      { outcome: "stored", hadValue: false },
    ]);
    expect(await apply(recent, old, recordOf("b"))).toEqual([
      { outcome: "stored", hadValue: true },
      { outcome: "stale", held: recent.version },
      { outcome: "repeated" },
    ]);
    expect(await peers.read(NODE2, keys("none", "a"), BUDGET_MS)).toEqual([null, recent]);
    expect(await peers.transfer(NODE2, [recordOf("c")], BUDGET_MS)).toHaveLength(1);
    expect(await peers.apply(NODE2, [], BUDGET_MS)).toEqual([]);
  });

  it("brings back what a peer holds, without the records", async () => {
    const { peers, service } = await stage.pair();
    expect(await peers.digests(NODE2, BUDGET_MS)).toEqual(new Map());
    const held = ["k:1196", "k:2190", "k:3"].map((key) => recordOf(key));
    await peers.apply(NODE2, held, BUDGET_MS);
    expect(await peers.digests(NODE2, BUDGET_MS)).toEqual(await service.digests());
    for (const { key, version, bytes } of held) {
      const ask = { partition: partitionOf(key), cursor: null };
      const { records } = await peers.versions(NODE2, ask, BUDGET_MS);
      expect(records).toContainEqual({ key, version, bytes: bytes.length });
    }
  });

  it("asks for page after page of a partition, several at once", async () => {
    const { peers } = await stage.pair();
    const partition = partitionOf("k:0" as Key);
    const names = Array.from({ length: 9_000 }, (_, index) => `k:${index}` as Key);
    const held = names.filter((key) => partitionOf(key) === partition).slice(0, 3);
    expect(held).toHaveLength(3);
    await peers.apply(
      NODE2,
      held.map((key) => recordOf(key)),
      BUDGET_MS,
    );
    const page = (cursor: string | null) => peers.versions(NODE2, { partition, cursor }, BUDGET_MS);
    const [first, second] = await Promise.all([page(null), page("2")]);
    expect(first.cursor).toBe("2");
    expect([...first.records, ...second.records].map(({ key }) => key)).toEqual(held);
    expect(second.cursor).toBeNull();
  });

  it("tells a peer how this node is, and hears how the peer is", async () => {
    const { peers } = await stage.pair();
    const beat = beatFrom(NODE1, { clockMs: 1_234.9 });
    expect(await peers.heartbeat(NODE2, beat, BUDGET_MS)).toEqual(
      beatFrom(NODE2, { state: "recovering", clockMs: 1_235 }),
    );
  });

  it("tells who leads, and only of itself", async () => {
    const { peers } = await stage.pair();
    const beat = beatFrom(NODE1, { term: 7, leader: NODE1 });
    expect(await peers.heartbeat(NODE2, beat, BUDGET_MS)).toMatchObject({ term: 7, leader: NODE2 });
    const silent = beatFrom(NODE1, { term: 8 });
    expect(await peers.heartbeat(NODE2, silent, BUDGET_MS)).toMatchObject({
      term: 8,
      leader: null,
    });
  });

  it("asks for a vote, and brings back what was said", async () => {
    const { peers, service } = await stage.pair();
    const ask = (term: number, isPreVote: boolean) =>
      peers.requestVote(NODE2, { term, candidate: NODE1, isPreVote }, BUDGET_MS);
    expect(await ask(7, true)).toEqual({ term: 8, granted: true });
    expect(await ask(8, false)).toEqual({ term: 9, granted: false });
    expect(service.calls).toEqual(["pre-vote node1 7", "vote node1 8"]);
    service.failWith = () => new StoreUnavailable("away");
    expect(await failureOf(ask(9, false))).toMatchObject({ reason: "unavailable" });
    const stranger = { term: 9, candidate: "node3" as NodeId, isPreVote: false };
    expect(await failureOf(peers.requestVote(NODE2, stranger, BUDGET_MS))).toMatchObject({
      reason: "rejected",
      sent: false,
    });
  });

  it("carries any bytes, and values larger than a segment", async () => {
    const { peers, service } = await stage.pair();
    const value = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * 7) % 256));
    const record = recordOf("\u0000\r\n🦊__proto__", value);
    await peers.apply(NODE2, [record], BUDGET_MS);
    expect(service.records.get(record.key)?.bytes.equals(record.bytes)).toBe(true);
    const [held] = await peers.read(NODE2, [record.key], BUDGET_MS);
    expect((held as PackedRecord).bytes.equals(record.bytes)).toBe(true);
  });

  it("shares a message with the others of its turn, each getting its own answers", async () => {
    const { peers, service } = await stage.pair();
    const calls = ["a", "b", "c"].map((name) =>
      peers.apply(NODE2, [recordOf(name), recordOf("x")], BUDGET_MS),
    );
    const [first, second] = await Promise.all(calls);
    expect(service.calls).toEqual(["apply a x b x c x"]);
    expect(first?.[1]).toEqual({ outcome: "stored", hadValue: false });
    expect(second?.[1]).toEqual({ outcome: "repeated" });
  });

  it("asks again for what did not fit into one answer", async () => {
    const { peers, service } = await stage.pair();
    const value = Buffer.alloc(FOUND_BYTES_MAX / 2 - 1_000);
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) service.records.set(name as Key, recordOf(name, value));
    const [all, last] = await Promise.all([
      peers.read(NODE2, keys(...names), BUDGET_MS),
      peers.read(NODE2, keys("e", "none"), BUDGET_MS),
    ]);
    expect(all.map(keyOf)).toEqual(names);
    expect(last.map(keyOf)).toEqual(["e", undefined]);
    expect(service.calls[0]).toBe("read a b c d e e none");
  });

  it.each([
    { thrown: new StoreUnavailable("away"), reason: "unavailable", sent: true },
    { thrown: new StoreFull(), reason: "full", sent: true },
    { thrown: new VersionBeyondClock("v"), reason: "rejected", sent: false },
    { thrown: new TypeError("a bug"), reason: "rejected", sent: true },
  ])("fails with what its peer failed with: $thrown.name", async ({ thrown, reason, sent }) => {
    const { peers, service } = await stage.pair();
    service.failWith = () => thrown;
    const failure = await failureOf(peers.apply(NODE2, [recordOf("a")], BUDGET_MS));
    expect(failure).toBeInstanceOf(PeerFailure);
    expect(failure).toMatchObject({ node: NODE2, reason, sent });
    expect(JSON.stringify(failure)).not.toContain("a bug");
    const errors = stage.log.lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(thrown instanceof TypeError ? 1 : 0);
  });

  it("fails when its own budget is used up, whatever the others' may be", async () => {
    const { peers, service } = await stage.pair();
    service.hold();
    const patient = peers.apply(NODE2, [recordOf("a")], BUDGET_MS);
    const hasty = peers.apply(NODE2, [recordOf("b")], 30);
    expect(await failureOf(hasty)).toMatchObject({ reason: "timed-out", sent: true });
    service.release();
    expect(await patient).toHaveLength(1);
    expect(service.calls).toEqual(["apply a b"]);
  });

  it("is not even sent without a budget", async () => {
    const { peers, service } = await stage.pair();
    for (const budgetMs of [0, -1]) {
      const failure = await failureOf(peers.apply(NODE2, [recordOf("a")], budgetMs));
      expect(failure).toMatchObject({ reason: "timed-out", sent: false });
    }
    await peers.heartbeat(NODE2, beatFrom(NODE1), BUDGET_MS);
    expect(service.calls).toEqual(["heartbeat node1"]);
  });

  it("is not sent when no peer would read it", async () => {
    const { peers } = await stage.pair();
    const huge = recordOf("a", Buffer.alloc(MESSAGE_BYTES_MAX));
    expect(await failureOf(peers.apply(NODE2, [huge], BUDGET_MS))).toMatchObject({
      reason: "rejected",
      sent: false,
    });
  });

  it("is refused when too much is unanswered already, bulk copies first", async () => {
    const limits = { bytesInFlightMax: 2_000, transferBytesInFlightMax: 1_000 };
    const { peers, service } = await stage.pair({ peers: { limits } });
    service.hold();
    const record = recordOf("a", "x".repeat(900));
    const first = peers.apply(NODE2, [record], BUDGET_MS);
    await service.begun(1);
    expect(await failureOf(peers.transfer(NODE2, [record], BUDGET_MS))).toMatchObject({
      reason: "refused",
      sent: false,
    });
    const second = peers.apply(NODE2, [record], BUDGET_MS);
    await service.begun(2);
    expect(await failureOf(peers.apply(NODE2, [record], BUDGET_MS))).toMatchObject({
      reason: "refused",
      sent: false,
    });
    service.release();
    expect(await Promise.all([first, second])).toHaveLength(2);
    expect(await peers.apply(NODE2, [record], BUDGET_MS)).toEqual([{ outcome: "repeated" }]);
  });

  it.each([NODE2, "node9" as NodeId])("fails at once when %s is not connected", async (node) => {
    const peers = stage.peers({ host: "127.0.0.1", port: await freePort() });
    expect(await failureOf(peers.apply(node, [recordOf("a")], BUDGET_MS))).toMatchObject({
      node,
      reason: "refused",
      sent: false,
    });
  });

  it("fails when its peer dies before answering, and may have had its effect", async () => {
    const { peers, service, server } = await stage.pair();
    service.hold();
    const calls = [
      peers.apply(NODE2, [recordOf("a")], BUDGET_MS),
      peers.read(NODE2, keys("a"), BUDGET_MS),
    ];
    const failures = Promise.all(calls.map(failureOf));
    await service.begun(2);
    await server.close();
    expect(await failures).toMatchObject([
      { reason: "refused", sent: true },
      { reason: "refused", sent: true },
    ]);
  });

  it("is refused by a peer that it reaches too late", async () => {
    const { peers, service } = await stage.pair();
    await peers.apply(NODE2, [recordOf("a")], BUDGET_MS);
    const late = failureOf(peers.apply(NODE2, [recordOf("b")], 50));
    // The message leaves in this turn's last phase; then everything here stands still for a while.
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(await late).toMatchObject({ reason: "timed-out" });
    await peers.apply(NODE2, [recordOf("c")], BUDGET_MS);
    expect(service.calls).toEqual(["apply a", "apply c"]);
  });
});

describe("a connection", () => {
  it("is made again when the peer is back", async () => {
    const { peers, server, address } = await stage.pair();
    await server.close();
    await stage.log.line("connection to peer ended");
    expect(await failureOf(peers.apply(NODE2, [recordOf("a")], BUDGET_MS))).toMatchObject({
      reason: "refused",
      sent: false,
    });
    await stage.server({ port: address.port });
    await stage.log.line("connected to peer", 2);
    expect(await peers.apply(NODE2, [recordOf("a")], BUDGET_MS)).toHaveLength(1);
  });

  it.each([
    { why: "another cluster", change: { clusterId: "other" }, refusal: "CLUSTER" },
    { why: "another member list", change: { membershipHash: "0" }, refusal: "MEMBERS" },
    { why: "another node", change: { node: "node3" as NodeId }, refusal: "NODE" },
    { why: "this very node", change: { node: NODE1 }, refusal: "NODE" },
    { why: "a node with another secret", change: { secret: "?" }, refusal: "SECRET" },
  ])("is not used when the address leads to $why, and the log says so", async (example) => {
    const hello = example.refusal === "NODE" ? null : stage.log.line("peer refused");
    const { address, service } = await stage.server({ self: selfOf(NODE2, example.change) });
    const peers = stage.peers(address);
    const { fields } = await stage.log.line("no handshake with peer");
    expect(fields).toMatchObject({ peer: NODE2, address, refusal: example.refusal });
    // The other end is told, and names it too.
    if (hello !== null) expect((await hello).fields["refusal"]).toBe(example.refusal);
    expect(await failureOf(peers.apply(NODE2, [recordOf("a")], BUDGET_MS))).toMatchObject({
      reason: "refused",
      sent: false,
    });
    expect(JSON.stringify(stage.log.lines)).not.toContain("a secret that nobody guesses");
    expect(service.calls).toEqual([]);
  });

  it.each([
    { why: "talks nonsense", talk: (socket: Socket) => socket.write("+hello\r\n") },
    { why: "never stops talking", talk: (socket: Socket) => socket.write("x".repeat(100_000)) },
    { why: "answers with an unknown error", talk: (socket: Socket) => socket.write("-ERR no\r\n") },
    { why: "says nothing", talk: () => {} },
    { why: "hangs up", talk: (socket: Socket) => socket.destroy() },
  ])("is not used when whoever listens there $why", async ({ talk }) => {
    const address = await listener((socket) => socket.once("data", () => talk(socket)));
    const limits = { handshakeTimeoutMs: 100, retryMinMs: 1_000 };
    stage.peers(address, { limits });
    const line = await Promise.race([
      stage.log.line("no handshake with peer"),
      stage.log.line("peer cannot be reached"),
    ]);
    expect(line.fields["peer"]).toBe(NODE2);
  });

  it("sends nothing but its own commands", async () => {
    let received = "";
    const heard = new Promise<void>((resolve) => {
      void listener((socket) => {
        socket.on("data", (chunk) => {
          received += chunk.toString("latin1");
        });
        socket.once("close", () => resolve());
      }).then((address) => stage.peers(address, { limits: { handshakeTimeoutMs: 100 } }));
    });
    await heard;
    expect(received).toMatch(
      /^\*3\r\n\$13\r\nRKV.CHALLENGE\r\n\$1\r\n5\r\n\$64\r\n[0-9a-f]{64}\r\n$/,
    );
  });

  it("ends, calls and all, when this node leaves", async () => {
    const { peers, service } = await stage.pair();
    service.hold();
    const call = failureOf(peers.apply(NODE2, [recordOf("a")], BUDGET_MS));
    await service.begun(1);
    await peers.close();
    expect(await call).toMatchObject({ reason: "refused" });
    expect(await failureOf(peers.apply(NODE2, [recordOf("a")], BUDGET_MS))).toMatchObject({
      reason: "refused",
      sent: false,
    });
  });
});

async function listener(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as { port: number }).port };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
