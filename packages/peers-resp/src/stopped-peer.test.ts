/** A relay between two nodes that is stopped and goes on: what waited in it is late. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { PeerFailure } from "@ringkv/engine";
import { failureOf, NODE2, recordOf, Stage } from "../test-support/link-fakes.js";
import type { RespPeers } from "./caller.js";

const BUDGET_MS = 5_000;
/** The budget of calls that are meant to run out of time. */
const LATE_MS = 100;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.end());

describe("a stopped process on the way", () => {
  /** A relay in a process of its own, which can be stopped like any other. */
  const RELAY = `
    const net = require("node:net");
    const server = net.createServer((here) => {
      const there = net.connect(Number(process.argv[1]), "127.0.0.1");
      here.pipe(there).pipe(here);
      here.on("error", () => there.destroy());
      there.on("error", () => here.destroy());
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  `;

  async function stoppable(limits: Parameters<Stage["peers"]>[1] = {}) {
    const { service, address } = await stage.server();
    const relay = spawn(process.execPath, ["-e", RELAY, String(address.port)]);
    stage.onEnd(() => {
      const gone = once(relay, "exit");
      relay.kill("SIGKILL");
      return gone;
    });
    const [port] = await once(relay.stdout, "data");
    const peers = stage.peers({ host: "127.0.0.1", port: Number(port) }, limits);
    await stage.log.line("connected to peer");
    await peers.apply(NODE2, [recordOf("first")], BUDGET_MS);
    return { service, relay, peers };
  }

  const timedOut = (peers: RespPeers, name: string) =>
    failureOf(peers.apply(NODE2, [recordOf(name)], LATE_MS));

  it("does not get old messages through when it goes on", async () => {
    const { service, relay, peers } = await stoppable();
    relay.kill("SIGSTOP");
    expect(await timedOut(peers, "late")).toMatchObject({ reason: "timed-out", sent: true });
    expect(await timedOut(peers, "late too")).toMatchObject({ reason: "timed-out", sent: true });
    // Lateness counts from the quickest way ever taken, which on a busy machine takes its time too.
    await sleepFor(LATE_MS);
    relay.kill("SIGCONT");
    // On the same connection, so after those two.
    await peers.apply(NODE2, [recordOf("in time")], BUDGET_MS);
    expect(service.calls.filter((call) => call.includes("late"))).toEqual([]);
    expect(service.calls.at(-1)).toBe("apply in time");
  });

  it("is given up after a while, and found again when it goes on", async () => {
    const limits = { silenceMaxMs: 300, handshakeTimeoutMs: 300, retryMaxMs: 200 };
    const { service, relay, peers } = await stoppable({ limits });
    relay.kill("SIGSTOP");
    const ended = stage.log.line("connection to peer ended");
    while (((await timedOut(peers, "late")) as PeerFailure).reason === "timed-out");
    expect((await ended).fields["why"]).toBe("nothing heard although answers are due");
    await sleepFor(LATE_MS); // What was sent last has had its time as well.
    relay.kill("SIGCONT");
    await stage.log.line("connected to peer", 2);
    await peers.apply(NODE2, [recordOf("in time")], BUDGET_MS);
    expect(service.calls).toEqual(["apply first", "apply in time"]);
  });
});
