/** Three nodes that serve over TLS and prove each other by certificates of an authority of ours. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls, type SecureVersion } from "node:tls";
import { promisify } from "node:util";
import { Client, credentials } from "@grpc/grpc-js";
import { jest } from "@jest/globals";
import { RingkvClient } from "@ringkv/client";
import { openAuthority } from "@ringkv/testing/certificates";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";

jest.setTimeout(90_000);

const authority = openAuthority();
let directory: string;
let cluster: LocalProcesses;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-tls-"));
  const fileOf = (name: string, text: string) => {
    const file = path.join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  const own = authority.issue("localhost", "127.0.0.1");
  // One certificate in all names is enough here; that each name is asked for is tested elsewhere.
  const peer = authority.issue("node1", "node2", "node3");
  cluster = await openLocalProcesses({
    TLS_CERT_FILE: fileOf("cert.pem", own.cert),
    TLS_KEY_FILE: fileOf("key.pem", own.key),
    PEER_TLS_CERT_FILE: fileOf("peer-cert.pem", peer.cert),
    PEER_TLS_KEY_FILE: fileOf("peer-key.pem", peer.key),
    PEER_TLS_CA_FILE: fileOf("ca.pem", authority.ca),
  });
});

afterAll(async () => {
  await cluster?.close();
  rmSync(directory, { recursive: true });
});

const nodes = () => cluster.nodes.map((node) => cluster.url(node));
const portOf = (url: string) => Number(new URL(url).port);

it("serves clients that know the authority, and members see each other", async () => {
  const client = new RingkvClient({ nodes: nodes(), ca: authority.ca });
  await client.put("a", "1");
  for (const node of client.nodes) {
    expect(node).toMatch(/^https:/);
    expect(await client.at(node).getText("a")).toBe("1");
    const isUp = async () => {
      const { members } = await client.at(node).cluster.status();
      return members.every(({ state }) => state === "up") ? "" : JSON.stringify(members);
    };
    await cluster.waitUntil("all members are up", isUp, 20_000);
  }
  client.close();
});

it("is not believed by a client that does not know the authority", async () => {
  const client = new RingkvClient({ nodes: nodes(), patienceMs: 0 });
  const failure = { code: "unreachable", outcome: "not-applied" };
  await expect(client.put("b", "1")).rejects.toMatchObject(failure);
  client.close();
});

it("closes a connection that speaks plain HTTP, and goes on", async () => {
  const [url = ""] = nodes();
  const request = http.get({ host: "127.0.0.1", port: portOf(url), path: "/livez" });
  const [error] = (await once(request, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/ECONNRESET|EPIPE|HPE_INVALID_CONSTANT/);
  const answer = https.get(`${url}/livez`, { ca: authority.ca });
  const [response] = (await once(answer, "response")) as [http.IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
});

it.each<{ version: SecureVersion; isSpoken: boolean }>([
  { version: "TLSv1.1", isSpoken: false },
  { version: "TLSv1.2", isSpoken: true },
  { version: "TLSv1.3", isSpoken: true },
])("speaks $version: $isSpoken", async ({ version, isSpoken }) => {
  const socket = connectTls({
    host: "127.0.0.1",
    port: portOf(nodes()[0] ?? ""),
    ca: authority.ca,
    minVersion: version,
    maxVersion: version,
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  const outcome = await new Promise((resolve) => {
    socket.once("secureConnect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  socket.destroy();
  expect(outcome).toBe(isSpoken);
});

it("serves gRPC over TLS, and not in the clear", async () => {
  const ready = (secured: ReturnType<typeof credentials.createInsecure>, withinMs: number) => {
    const client = new Client(`127.0.0.1:${cluster.grpcPort("node1")}`, secured);
    return new Promise<boolean>((resolve) => {
      client.waitForReady(Date.now() + withinMs, (error) => {
        client.close();
        resolve(error === undefined || error === null);
      });
    });
  };
  expect(await ready(credentials.createSsl(Buffer.from(authority.ca)), 10_000)).toBe(true);
  expect(await ready(credentials.createInsecure(), 1_000)).toBe(false);
});

it("is reached by the command line with the authority's file", async () => {
  const main = path.join(ROOT, "packages/cli/bin/ringkv.mjs");
  const ringkv = (env: Readonly<Record<string, string>>) =>
    promisify(execFile)(process.execPath, [main, "get", "a"], {
      env: { PATH: process.env["PATH"], RINGKV_NODES: nodes().join(","), ...env },
    });
  const { stdout } = await ringkv({ RINGKV_CA_FILE: path.join(directory, "ca.pem") });
  expect(stdout).toBe("1");
  await expect(ringkv({})).rejects.toMatchObject({ code: 4 });
});

it("answers nobody at the peer port who shows no certificate", async () => {
  const log = await cluster.log("node1");
  expect(log).toContain("connected to peer");
  const address = /"address":\{"host":"127\.0\.0\.1","port":(\d+)\}/.exec(log);
  const socket = connectTcp({ host: "127.0.0.1", port: Number(address?.[1]) });
  socket.on("error", () => {});
  let heard = "";
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
  });
  socket.write("*3\r\n$13\r\nRKV.CHALLENGE\r\n$1\r\n6\r\n$1\r\n0\r\n");
  await once(socket, "close");
  expect(heard).not.toMatch(/ringkv|[-+*$]/);
});
