/**
 * Tokens on three real nodes: over HTTP, over gRPC, through the client and on the command line; a
 * token that is revoked; and a log, at its most talkative, that has none of the secrets.
 */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { credentials, loadPackageDefinition, Metadata, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { jest } from "@jest/globals";
import { digestOf, newToken } from "@ringkv/access";
import { RingkvClient } from "@ringkv/client";
import axios from "axios";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";

jest.setTimeout(90_000);

const SECRETS = {
  CLUSTER_SECRET: "a-secret-of-this-test-alone",
  SMTP_PASSWORD: "the-password-of-the-mail-server",
  NOTIFY_WEBHOOK_SECRET: "the-secret-of-the-webhooks",
};
const SETTINGS = {
  ...SECRETS,
  LOG_LEVEL: "trace",
  SMTP_HOST: "127.0.0.1",
  SMTP_PORT: "9", // Nobody is there: each mail fails, and is logged.
  SMTP_USER: "ringkv",
  NOTIFY_FROM: "kv@example.org",
  NOTIFY_TO: "ops@example.org",
};
const TOKENS = { root: newToken(), app: newToken(), guest: newToken() };
const WRONG = newToken();
const ENTRIES = {
  root: `root:${digestOf(TOKENS.root).toString("hex")}:admin`,
  app: `app:${digestOf(TOKENS.app).toString("hex")}:read+write:app%3A`,
  guest: `guest:${digestOf(TOKENS.guest).toString("hex")}:read`,
};

/** How long a revoked token may go on: what is promised. */
const REVOKED_WITHIN_MS = 5_000;

let directory: string;
let file: string;
let cluster: LocalProcesses;
const clients: RingkvClient[] = [];

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-tokens-"));
  file = path.join(directory, "tokens");
  writeFileSync(file, `# of a test\n${Object.values(ENTRIES).join("\n")}\n`);
  cluster = await openLocalProcesses({ ...SETTINGS, API_TOKENS_FILE: file });
});

afterAll(async () => {
  for (const client of clients) client.close();
  await cluster?.close();
  rmSync(directory, { recursive: true });
});

const ask = (token: string | null, method: string, url: string, data?: unknown) =>
  axios.request<unknown>({
    method,
    url: cluster.url("node1") + url,
    data,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    validateStatus: () => true,
    responseType: "text",
  });

function clientWith(token: string): RingkvClient {
  const client = new RingkvClient({ nodes: cluster.nodes.map((it) => cluster.url(it)), token });
  clients.push(client);
  return client;
}

it("answers nothing of its data without a token, and everything with the right one", async () => {
  for (const url of ["/kv/app:1", "/kv?prefix=", "/status", "/cluster", "/metrics", "/snapshot"]) {
    expect((await ask(null, "GET", url)).status).toBe(401);
    expect((await ask(WRONG, "GET", url)).status).toBe(401);
  }
  expect((await ask(null, "GET", "/livez")).status).toBe(200);
  expect((await ask(TOKENS.app, "PUT", "/kv/app:1", "x")).status).toBe(201);
  expect((await ask(TOKENS.app, "GET", "/kv/app:1")).data).toBe("x");
  expect((await ask(TOKENS.app, "PUT", "/kv/other", "x")).status).toBe(403);
  expect((await ask(TOKENS.guest, "DELETE", "/kv/app:1")).status).toBe(403);
  expect((await ask(TOKENS.guest, "GET", "/status")).status).toBe(200);
  expect((await ask(TOKENS.root, "GET", "/snapshot")).status).toBe(200);
});

it("lets the client in at every node", async () => {
  const client = clientWith(TOKENS.app);
  await client.put("app:2", "y");
  for (const node of client.nodes) expect(await client.at(node).getText("app:2")).toBe("y");
  await expect(client.put("other", "y")).rejects.toMatchObject({ code: "forbidden", status: 403 });
  const stranger = clientWith(WRONG).getText("app:2");
  await expect(stranger).rejects.toMatchObject({ code: "unauthenticated", outcome: "not-applied" });
});

it("lets the command line in, by the environment and by a file", async () => {
  const run = promisify(execFile);
  const main = path.join(ROOT, "packages/cli/bin/ringkv.mjs");
  const nodes = { RINGKV_NODES: cluster.url("node2"), PATH: process.env["PATH"] };
  const ringkv = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    run(process.execPath, [main, ...args], { env: { ...nodes, ...env } });
  await ringkv(["put", "app:3", "z"], { RINGKV_TOKEN: TOKENS.app });
  const held = path.join(directory, "one-token");
  writeFileSync(held, `${TOKENS.guest}\n`);
  expect((await ringkv(["--token-file", held, "get", "app:3"], {})).stdout).toBe("z");
  await expect(ringkv(["get", "app:3"], {})).rejects.toMatchObject({ code: 1 });
});

it("holds over gRPC, too", async () => {
  const proto = loadSync("ringkv/v1/ringkv.proto", {
    includeDirs: [path.join(ROOT, "packages/api-grpc/proto")],
  });
  const { ringkv } = loadPackageDefinition(proto) as never as {
    ringkv: { v1: { KeyValueStore: new (...args: unknown[]) => GrpcStore } };
  };
  const address = `127.0.0.1:${cluster.grpcPort("node3")}`;
  const store = new ringkv.v1.KeyValueStore(address, credentials.createInsecure());
  const get = (key: string, token: string | null) =>
    new Promise<status>((resolve) => {
      const metadata = new Metadata();
      if (token !== null) metadata.set("authorization", `Bearer ${token}`);
      store.Get({ key }, metadata, (error) => resolve(error?.code ?? status.OK));
    });
  expect(await get("app:1", null)).toBe(status.UNAUTHENTICATED);
  expect(await get("other", TOKENS.app)).toBe(status.PERMISSION_DENIED);
  expect(await get("app:1", TOKENS.app)).toBe(status.OK);
  store.close();
});

it("opens the board with a cookie that only an administrator gets", async () => {
  expect((await ask(null, "GET", "/queues/")).status).toBe(401);
  expect((await ask(TOKENS.guest, "POST", "/admin/board-session")).status).toBe(403);
  const { headers } = await ask(TOKENS.root, "POST", "/admin/board-session");
  const [cookie = ""] = headers["set-cookie"] ?? [];
  const visit = (url: string) =>
    axios.get<string>(cluster.url("node1") + url, {
      headers: { cookie: cookie.split(";")[0] ?? "" },
      validateStatus: () => true,
      responseType: "text",
    });
  expect((await visit("/queues/")).data).toContain("<title>ringkv</title>");
  expect((await visit("/queues/api/queues")).status).toBe(200);
  expect((await visit("/status")).status).toBe(401);
});

it("forgets a token that was taken out of the file, everywhere, within five seconds", async () => {
  const client = clientWith(TOKENS.guest);
  const events = await axios.get<Readable>(`${cluster.url("node1")}/events`, {
    headers: { authorization: `Bearer ${TOKENS.guest}` },
    responseType: "stream",
  });
  const isOver = once(events.data.resume(), "end");
  writeFileSync(file, [ENTRIES.root, ENTRIES.app, "half an ent"].join("\n"));
  const revokedAtMs = performance.now();
  for (const node of client.nodes) {
    const isRefused = () =>
      client
        .at(node)
        .getText("app:1")
        .then(
          () => "it still reads",
          (failure: { code?: string }) =>
            failure.code === "unauthenticated" ? "" : "another failure",
        );
    await cluster.waitUntil(`${node} refuses it`, isRefused, REVOKED_WITHIN_MS);
  }
  expect(performance.now() - revokedAtMs).toBeLessThan(REVOKED_WITHIN_MS);
  await isOver;
  // What stands beside a broken line goes on.
  expect(await clientWith(TOKENS.app).getText("app:1")).toBe("x");
});

it("refuses an address that guesses, and says so in its log", async () => {
  let last = 0;
  for (let i = 0; i < 25 && last !== 429; i++) last = (await ask(WRONG, "GET", "/kv/a")).status;
  expect(last).toBe(429);
  // The same address has used this one before.
  expect((await ask(TOKENS.app, "GET", "/kv/app:1")).status).toBe(200);
  const isLogged = async () =>
    (await cluster.log("node1")).includes("too many wrong tokens") ? "" : "not logged";
  await cluster.waitUntil("it is logged", isLogged, 10_000);
});

it("has none of the secrets in its log", async () => {
  await ask(WRONG, "GET", `/kv/a?token=${WRONG}`);
  await ask(TOKENS.root, "POST", "/admin/notify/test");
  const logs = await Promise.all(cluster.nodes.map((node) => cluster.log(node)));
  const all = logs.join("");
  expect(all).toContain("serving");
  for (const secret of [...Object.values(TOKENS), ...Object.values(SECRETS), WRONG]) {
    expect(all).not.toContain(secret);
    expect(all).not.toContain(Buffer.from(secret).toString("base64"));
  }
});

interface GrpcStore {
  Get(
    request: object,
    metadata: Metadata,
    answered: (error: { readonly code: status } | null) => void,
  ): void;
  close(): void;
}
