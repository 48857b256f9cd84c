/** Members that talk over TLS: who is let in, and who is not. */

import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Key } from "@ringkv/core";
import { type Authority, openAuthority } from "@ringkv/testing/certificates";
import { beatFrom, NODE1, NODE2, Stage } from "../test-support/link-fakes.js";
import type { PeerTls } from "./peer-tls.js";

let authority: Authority;
let stage: Stage;

beforeAll(() => {
  authority = openAuthority();
});

beforeEach(() => {
  stage = new Stage();
});

afterEach(() => stage.end());

function tlsOf(name: string, by: Authority = authority): PeerTls {
  return { ca: authority.ca, ...by.issue(name) };
}

/** A callee with node2's certificate. */
function openCallee() {
  return stage.server({ tls: tlsOf("node2") });
}

it("connects members whose certificates are in their names, and calls go through", async () => {
  const { service, peers } = await stage.pair({
    server: { tls: tlsOf("node2") },
    peers: { tls: tlsOf("node1") },
  });
  await peers.heartbeat(NODE2, beatFrom(NODE1), 2_000);
  const [found] = await peers.read(NODE2, ["a" as Key], 2_000);
  expect(found).toBeNull();
  expect(service.calls).toEqual(["heartbeat node1", "read a"]);
});

it("refuses a member with another member's certificate, though it knows the secret", async () => {
  const { address, service } = await openCallee();
  stage.peers(address, { tls: tlsOf("node3") });
  const { fields } = await stage.log.line("peer refused");
  expect(fields).toMatchObject({ refusal: "CERTIFICATE", there: { node: "node1" } });
  expect(service.calls).toEqual([]);
});

it("does not talk to whoever listens there with another name", async () => {
  const { address } = await stage.server({ tls: tlsOf("node3") });
  stage.peers(address, { tls: tlsOf("node1") });
  const { fields } = await stage.log.line("peer cannot be reached");
  expect(fields).toMatchObject({ err: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
});

it("refuses what another authority has signed, on both sides", async () => {
  const other = openAuthority("another authority");
  const { address, service } = await openCallee();
  stage.peers(address, { tls: tlsOf("node1", other) });
  await stage.log.line("no TLS with whoever this is");
  expect(service.calls).toEqual([]);

  const elsewhere = await stage.server({ tls: tlsOf("node2", other) });
  stage.peers(elsewhere.address, { tls: tlsOf("node1") });
  const { fields } = await stage.log.line("peer cannot be reached");
  expect(fields).toHaveProperty("err");
});

it("refuses a member that speaks in the clear, and one that shows nothing", async () => {
  const { address, service } = await openCallee();
  const clear = stage.stranger(address);
  clear.request("RKV.CHALLENGE", "6", "0".repeat(64));
  // At most an alert of TLS: nothing of our protocol.
  expect(await clear.closed()).not.toContain("ringkv");
  const bare = connectTls({ ...address, ca: authority.ca, servername: "node2" });
  bare.on("error", () => {});
  await new Promise((resolve) => bare.once("close", resolve));
  expect(service.calls).toEqual([]);
});

it("ends with connections that have not come through TLS", async () => {
  const { address, server } = await openCallee();
  const silent = connect(address);
  silent.on("error", () => {});
  await new Promise((resolve) => silent.once("connect", resolve));
  const gone = new Promise((resolve) => silent.once("close", resolve));
  await server.close();
  await gone;
});

it("keeps few connections that have not come through TLS: the oldest goes", async () => {
  const tls = tlsOf("node2");
  const { address } = await stage.server({ tls, limits: { unprovenMax: 2 } });
  const [first, ...others] = [1, 2, 3].map(() => connect(address));
  for (const socket of [first, ...others]) {
    socket?.on("error", () => {});
    stage.onEnd(() => socket?.destroy());
  }
  await new Promise((resolve) => first?.once("close", resolve));
});
