/** What a node refuses to start with, and what it says when it starts all the same. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { jest } from "@jest/globals";
import { digestOf, newToken } from "@ringkv/access";
import { openRedis, type TestRedis } from "@ringkv/testing";
import { NodeProcess } from "./node-process.js";

jest.setTimeout(60_000);

const SECRET = "a-secret-of-this-test-alone";
const API_TOKENS = `a:${digestOf(newToken()).toString("hex")}:read`;

let redis: TestRedis;
let directory: string;
const started: NodeProcess[] = [];

beforeAll(async () => {
  redis = await openRedis();
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-security-"));
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await redis.close();
});

afterEach(async () => {
  for (const node of started.splice(0)) await node.end();
});

async function start(settings: Readonly<Record<string, string>>): Promise<NodeProcess> {
  const node = await NodeProcess.start(redis.url, settings);
  started.push(node);
  return node;
}

const fileOf = (name: string, text: string) => {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
};

interface Refused {
  readonly settings: Readonly<Record<string, string>>;
  readonly why: RegExp;
}

it.each<Refused>([
  { settings: { HTTP_HOST: "0.0.0.0" }, why: /HTTP_HOST: other machines/ },
  { settings: { NODE_ENV: "production" }, why: /CLUSTER_SECRET: everybody knows/ },
  {
    settings: { NODE_ENV: "production", CLUSTER_SECRET: "" },
    why: /CLUSTER_SECRET: everybody knows/,
  },
  { settings: { CLUSTER_SECRET: "short" }, why: /CLUSTER_SECRET/ },
  { settings: { API_TOKENS: "secret-in-the-wrong-place" }, why: /API_TOKENS/ },
])("9: refuses to start with $settings", async ({ settings, why }) => {
  const node = await start(settings);
  expect(await node.exited).toBe(78);
  expect(node.output).toMatch(why);
  expect(node.output).not.toMatch(/secret-in-the-wrong-place/);
});

it("starts here with nothing set, and says once that everybody may come in", async () => {
  const node = await (await start({})).answers();
  const warnings = node.output.split("\n").filter((line) => line.includes('"level":40'));
  expect(warnings).toEqual([expect.stringContaining("no API_TOKENS")]);
});

it("starts open where an operator says so, and warns of both", async () => {
  const open = { HTTP_HOST: "0.0.0.0", GRPC_HOST: "0.0.0.0", PEER_HOST: "0.0.0.0" };
  const settings = { ...open, NODE_ENV: "production", ALLOW_ANONYMOUS: "true" };
  const node = await (await start(settings)).answers();
  expect(node.output).toContain("no API_TOKENS");
  expect(node.output).toContain("CLUSTER_SECRET is the development default");
});

it("starts for others with tokens and a secret from a file, and warns of nothing", async () => {
  const node = await start({
    HTTP_HOST: "0.0.0.0",
    GRPC_HOST: "0.0.0.0",
    PEER_HOST: "0.0.0.0",
    NODE_ENV: "production",
    API_TOKENS,
    CLUSTER_SECRET_FILE: fileOf("secret", `${SECRET}\n`),
  });
  await node.answers();
  expect(node.output).not.toContain('"level":40');
});
