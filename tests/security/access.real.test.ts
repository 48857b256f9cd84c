/**
 * Cases 1 to 14, 52, 61 and 65 on three nodes with tokens: who asks, what he may, and what an
 * answer, a log or a disk tells of secrets. What is tried in process is in CASES.md.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { jest } from "@jest/globals";
import { digestOf, newToken } from "@ringkv/access";
import { NEEDS as CALLS } from "../../packages/api-grpc/src/gate.js";
import { type Method, NEEDS, type RouteNeed } from "../../packages/api-http/src/route-needs.js";
import { open } from "../../packages/api-http/test-support/raw-client.js";
import { messageOf } from "../../scripts/fuzz/h2-frames.mjs";
import { type NodeName, redisOf } from "../harness/cluster.js";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";
import { callGrpc } from "./grpc-call.js";

jest.setTimeout(120_000);

const SECRET = "a-secret-of-this-test-alone";
const TOKENS = { root: newToken(), reader: newToken(), shop: newToken() };
type TokenName = keyof typeof TOKENS;
const digest = (name: TokenName) => digestOf(TOKENS[name]).toString("hex");
const UNAUTHENTICATED = "16";
const ESCAPE = String.fromCodePoint(27);

let cluster: LocalProcesses;
const portOf = (node: NodeName) => Number(new URL(cluster.url(node)).port);

beforeAll(async () => {
  cluster = await openLocalProcesses({
    LOG_LEVEL: "trace",
    CLUSTER_SECRET: SECRET,
    API_TOKENS: [
      `root:${digest("root")}:admin`,
      `reader:${digest("reader")}:read`,
      `shop:${digest("shop")}:read+write:shop%3A`,
    ].join(";"),
  });
  // A token that was right from here before is not locked out by the guesses of these tests.
  for (const node of cluster.nodes) {
    for (const token of Object.keys(TOKENS) as TokenName[]) await ask("/health", { token, node });
  }
});

afterAll(() => cluster?.close());

interface Asked {
  readonly token?: TokenName | null;
  readonly node?: NodeName;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function ask(target: string, asked: Asked = {}) {
  const { token = null, node = "node1", method = "GET", headers = {}, body } = asked;
  const credential: Record<string, string> =
    token === null ? {} : { authorization: `Bearer ${TOKENS[token]}` };
  const answer = await fetch(cluster.url(node) + target, {
    method,
    headers: { ...credential, ...headers },
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const asJson = (token: TokenName, body: object): Asked => ({
  token,
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** The status of a request whose head nobody but us would write. */
async function statusOf(head: string, node: NodeName = "node2"): Promise<number> {
  const client = await open(portOf(node));
  client.socket.write(`GET /kv/shop:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n\r\n`);
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await client.closed())?.[1]);
}

interface Route {
  readonly target: string;
  readonly method: string;
  readonly need: RouteNeed;
}

const routes: readonly Route[] = Object.entries(NEEDS).flatMap(([at, needs]) =>
  Object.entries(needs as Partial<Record<Method, RouteNeed>>).map(([method, need]) => {
    const target = at.replace("/kv/*", "/kv/a").replace(/:\w+/, "none");
    return { target, method: method.toUpperCase(), need };
  }),
);
const guarded = routes.filter(({ need }) => need !== "open");
const MORE = ["/queues", "/internal/apply", "/admin", "/nothing"];

describe.each(["node1", "node2", "node3"] as const)("1: without a token %s", (node) => {
  it("answers every route of the table with 401, and what is in no table", async () => {
    expect(guarded.length).toBeGreaterThan(20);
    const targets = [...guarded, ...MORE.map((target) => ({ target, method: "GET" }))];
    const letIn: string[] = [];
    for (const { target, method } of targets) {
      const { status } = await ask(target, { node, method });
      if (status !== 401) letIn.push(`${method} ${target}: ${status}`);
    }
    expect(letIn).toEqual([]);
  });

  it("answers every method of gRPC with UNAUTHENTICATED", async () => {
    expect(CALLS.size).toBeGreaterThanOrEqual(10);
    const body = messageOf(Buffer.alloc(0));
    const port = cluster.grpcPort(node);
    for (const at of CALLS.keys())
      expect([at, await callGrpc({ port, path: at, body })]).toEqual([
        at,
        expect.objectContaining({ status: UNAUTHENTICATED }),
      ]);
  });
});

it("2: a credential that is none is 401, as is a token in the query", async () => {
  const right = `Bearer ${TOKENS.root}`;
  for (const head of [
    "Authorization:",
    "Authorization: Bearer",
    `Authorization: Basic ${Buffer.from(`root:${TOKENS.root}`).toString("base64")}`,
    `Authorization: ${right}\r\nAuthorization: ${right}`,
    `Cookie: token=${TOKENS.root}`,
  ])
    expect([head, await statusOf(head)]).toEqual([head, 401]);
  expect((await ask(`/kv/shop:1?access_token=${TOKENS.root}`)).status).toBe(401);
  // The same request with it is answered, or all of this would prove nothing.
  expect(await statusOf(`Authorization: ${right}`)).toBe(404);
});

it.each([
  { what: "a prefix of it", change: (it: string) => it.slice(0, -1), statuses: [401] },
  { what: "one character more", change: (it: string) => `${it}x`, statuses: [401] },
  { what: "no ASCII", change: (it: string) => `${it}\u00e9`, statuses: [401] },
  { what: "a NUL", change: (it: string) => `${it}\0`, statuses: [400] },
  { what: "a mebibyte", change: (it: string) => it + "x".repeat(1_048_576), statuses: [431] },
  { what: "its digest", change: () => digest("root"), statuses: [401] },
])("3: a token that is $what is answered $statuses", async ({ change, statuses }) => {
  expect(statuses).toContain(await statusOf(`Authorization: Bearer ${change(TOKENS.root)}`));
});

it("5, 41: who may only read writes nothing, and a prefix is left by no spelling", async () => {
  const shop = { token: "shop", method: "PUT", body: "x" } as const;
  expect((await ask("/kv/shop:1", shop)).status).toBe(201);
  expect((await ask("/kv/shop:1", { ...shop, token: "reader" })).status).toBe(403);
  expect((await ask("/kv/shop:1", { token: "reader", method: "DELETE" })).status).toBe(403);
  for (const target of ["/kv/rent:1", "/kv/..%2fshop:1", "/kv/shop%2f:1", "/kv?prefix=sho"])
    expect([target, (await ask(target, { token: "shop" })).status]).toEqual([target, 403]);
  const ops = [{ op: "put", key: "shop:2", value: "x" } as const];
  const foreign = { op: "delete", key: "rent:1" } as const;
  const batch = asJson("shop", { ops: [...ops, foreign] });
  expect((await ask("/kv/batch", batch)).status).toBe(403);
  expect((await ask("/kv/shop:2", { token: "shop" })).status).toBe(404);
  expect((await ask("/kv", asJson("shop", { key: "rent:1", value: 1 }))).status).toBe(403);
});

it("5, 27: a foreign key is refused in the same words whether it exists or not", async () => {
  await ask("/kv/rent:1", { token: "root", method: "PUT", body: "x" });
  const answers = ["rent:1", "rent:2"].map(async (key) => {
    const { status, text } = await ask(`/kv/${key}`, { token: "shop" });
    return { ...JSON.parse(text), status, requestId: "" };
  });
  const [there, nowhere] = await Promise.all(answers);
  expect(there.status).toBe(403);
  expect(there).toEqual(nowhere);
});

it("6: an operator's route is 403 for a user, whatever headers say of him", async () => {
  const spoofs = ["X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-User"];
  const operators = guarded.filter(({ target }) => target.startsWith("/admin"));
  expect(operators.length).toBeGreaterThan(3);
  for (const { target, method } of operators)
    expect([target, (await ask(target, { token: "reader", method })).status]).toEqual([
      target,
      403,
    ]);
  for (const name of spoofs) {
    const headers = { [name]: name.includes("URL") ? "/livez" : "GET", "X-Forwarded-For": "::1" };
    const asked = { token: "reader", method: "DELETE", headers } as const;
    expect([name, (await ask("/kv/shop:1", asked)).status]).toEqual([name, 403]);
    expect([name, (await ask("/snapshot", { token: "reader", headers })).status]).toEqual([
      name,
      403,
    ]);
  }
  expect((await ask("/kv/shop:1", { token: "shop" })).text).toBe("x");
});

it("8: no token, and no secret, is on any disk of the cluster", async () => {
  const texts = cluster.nodes.flatMap((node) => textsBelow(cluster.folderOf(redisOf(node))));
  expect(texts.length).toBeGreaterThan(0);
  expect(texts.some((text) => text.includes("shop:1"))).toBe(true);
  for (const secret of [...Object.values(TOKENS), SECRET])
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
});

it("8: a token holds after a restart of its node, which has nothing but the digest", async () => {
  await cluster.stop("node3");
  await cluster.start("node3");
  expect((await ask("/status", { token: "reader", node: "node3" })).status).toBe(200);
  expect((await ask("/status", { node: "node3" })).status).toBe(401);
});

it.each(["/internal/apply", "/peer", "/prepare", "/accept", "/hint", "/replicate"])(
  "10: members' words are no route of the public port: %s",
  async (target) => {
    const asked = { token: "root", method: "POST", body: "{}" } as const;
    expect((await ask(target, asked)).status).toBe(404);
  },
);

it("10: what members say to each other is no HTTP and no gRPC", async () => {
  for (const port of [portOf("node1"), cluster.grpcPort("node1")]) {
    const client = await open(port);
    client.socket.write("*3\r\n$13\r\nRKV.CHALLENGE\r\n$1\r\n6\r\n$1\r\n0\r\n");
    expect(await client.closed()).not.toMatch(/RKV|^[*$+-]/);
  }
});

it.each(["ts", "ballot", "version", "owner", "tombstone", "replicas", "incarnation"])(
  "13: a write that brings its own %s is refused, and stores nothing",
  async (name) => {
    const field = { [name]: 1 };
    const one = await ask("/kv", asJson("root", { key: "assigned", value: 1, ...field }));
    expect([one.status, one.text]).toEqual([400, expect.stringContaining("unknown field")]);
    const op = { op: "put", key: "assigned", value: "1", ...field };
    expect((await ask("/kv/batch", asJson("root", { ops: [op] }))).status).toBe(400);
    const put = { token: "root", method: "PUT", body: "1" } as const;
    expect((await ask(`/kv/assigned?${name}=1`, put)).status).toBe(400);
    expect((await ask("/kv/assigned", { token: "root" })).status).toBe(404);
  },
);

it("14: a value comes with its version and type, and with nothing of how it is kept", async () => {
  const { text } = await ask("/kv?key=shop:1", { token: "shop" });
  const { value, ...rest } = JSON.parse(text) as Record<string, unknown>;
  expect(value).toBe("x");
  expect(Object.keys(rest).toSorted()).toEqual(["contentType", "key", "version"]);
  const { headers } = await ask("/kv/shop:1", { token: "shop" });
  expect(headers.get("x-powered-by")).toBeNull();
  expect(headers.get("server")).toBeNull();
});

it("14: no answer to a reader or an administrator tells a secret or where a Redis is", async () => {
  const told: string[] = [];
  for (const { target, method } of guarded) {
    if (method !== "GET" || target === "/events" || target === "/snapshot") continue;
    for (const token of ["reader", "root"] as const) {
      const { text } = await ask(target, { token });
      if (tellsSecret(text)) told.push(`${token} ${target}`);
    }
  }
  expect(told).toEqual([]);
  expect(tellsSecret(`"redis://ringkv:x@127.0.0.1:1"`)).toBe(true);
});

it("52: a key or a header with line ends and escapes forges no line of a log", async () => {
  const forged = `x\n{"level":60,"msg":"forged"}\n${ESCAPE}[2Jx`;
  const headers = { "user-agent": encodeURIComponent(forged) };
  const put = { token: "root", method: "PUT", body: forged, headers } as const;
  expect((await ask(`/kv/${encodeURIComponent(forged)}`, put)).status).toBe(201);
  expect(
    (await ask("/kv/batch", asJson("root", { ops: [{ op: forged, key: forged }] }))).status,
  ).toBe(400);
  expect((await ask(`/${encodeURIComponent(forged)}`, { token: "root" })).status).toBe(404);
  const lines = (await cluster.log("node1")).trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.join("")).not.toContain(ESCAPE);
  // The last one may be under way.
  const records = lines.slice(0, -1).map((line) => JSON.parse(line) as { msg?: string });
  expect(records.filter(({ msg }) => msg === "forged")).toEqual([]);
});

it("61: the board wants an administrator, and shows no secret", async () => {
  expect((await ask("/queues/api/queues")).status).toBe(401);
  expect((await ask("/queues/api/queues", { token: "reader" })).status).toBe(403);
  const name = "../../x\r\nFLUSHALL";
  const add = asJson("reader", { name, data: {}, options: {} });
  expect((await ask("/queues/api/queues/replication/add", add)).status).toBe(403);
  const { status, text } = await ask("/queues/api/queues", { token: "root" });
  expect(status).toBe(200);
  expect(text).toContain("replication");
  expect(tellsSecret(text)).toBe(false);
});

it("65: no path and no error gives away the environment or a file", async () => {
  const up = "..%2f".repeat(8);
  const targets = [
    `/assets/${up}proc%2fself%2fenviron`,
    `/docs/${up}proc%2fself%2fenviron`,
    `/queues/static/${up}proc%2fself%2fenviron`,
    `/app/${up}etc%2fpasswd`,
    `/kv/${up}proc%2fself%2fenviron`,
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/proc/self/environ",
    "/assets/%252e%252e%252fpackage.json",
    "/kv/%zz",
    "/status?x[__proto__]=1",
  ];
  for (const target of targets) {
    const client = await open(portOf("node1"));
    const head = `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKENS.root}\r\n`;
    client.socket.write(`${head}Connection: close\r\n\r\n`);
    const text = await client.closed();
    expect([target, text]).toEqual([target, expect.stringMatching(/^HTTP\/1\.1 40\d /)]);
    expect(tellsSecret(text)).toBe(false);
    expect(text).not.toMatch(/PATH=|root:|"workspaces"|\n? {4}at /);
  }
});

// The last one: from here on a wrong token of this address is 429 for ten seconds.
it("7: who guesses has to wait, and forwarding headers do not start him anew", async () => {
  const known = { token: "shop", node: "node3" } as const;
  expect((await ask("/heartbeat", known)).status).toBe(200);
  const statuses: number[] = [];
  for (let turn = 0; turn < 30; turn++) {
    const headers = {
      authorization: `Bearer ${newToken()}`,
      "x-forwarded-for": `10.0.0.${turn}`,
      forwarded: `for=10.0.0.${turn}`,
      "x-real-ip": `10.0.0.${turn}`,
    };
    const answer = await ask("/kv/shop:1", { node: "node3", headers });
    statuses.push(answer.status);
    if (answer.status === 429) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(statuses.slice(0, 10)).toEqual(statuses.slice(0, 10).map(() => 401));
  expect(statuses).toContain(429);
  expect((await ask("/heartbeat", known)).status).toBe(200);
});

function tellsSecret(text: string): boolean {
  const secrets = [...Object.values(TOKENS), SECRET, digest("root"), digest("shop")];
  return /rediss?:\/\//.test(text) || secrets.some((secret) => text.includes(secret));
}

function textsBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const at = path.join(folder, name);
    return statSync(at).isDirectory() ? textsBelow(at) : [readFileSync(at, "latin1")];
  });
}
