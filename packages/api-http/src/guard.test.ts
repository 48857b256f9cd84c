/** Tokens over HTTP: every route of the table, every way to be wrong, and keys of somebody else. */

import { jest } from "@jest/globals";
import { digestOf, newToken } from "@ringkv/access";
import request from "supertest";
import { hold, openApi } from "../test-support/fake-node.js";
import { METHODS, type Method, NEEDS, type RouteNeed } from "./route-needs.js";

jest.setTimeout(60_000); // The description that answers are held against takes a while to make.

const TOKENS = {
  read: newToken(),
  write: newToken(),
  both: newToken(),
  admin: newToken(),
  shop: newToken(),
  tasks: newToken(),
  late: newToken(),
};
const entry = (name: keyof typeof TOKENS, rest: string) =>
  `${name}:${digestOf(TOKENS[name]).toString("hex")}:${rest}`;
const tokens = [
  entry("read", "read"),
  entry("write", "write"),
  entry("both", "read+write"),
  entry("admin", "admin"),
  entry("shop", "read+write:shop%3A"),
  entry("tasks", "read+write:task_"),
  entry("late", "admin::2020-01-01"),
].join("\n");
const bearer = (name: keyof typeof TOKENS) => `Bearer ${TOKENS[name]}`;

const board = (_request: unknown, response: { end(text: string): void }) => response.end("board");
const open = () => openApi({ tokens }, { board, activeFaults: () => [] } as never);

const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";

/** A request that the route would answer, if it may. */
const ASKED: Readonly<Record<string, string>> = {
  "/kv/*": "/kv/a",
  "/kv": "/kv?key=a",
  "/cluster/locate": "/cluster/locate?key=a",
  "/tasks/:id": `/tasks/${ID}`,
  "/assets/:file": "/assets/none",
  "/docs/:asset": "/docs/none",
};
const BODIES: Readonly<Record<string, object>> = {
  "post /kv": { key: "a", value: 1 },
  "put /kv": { key: "a", value: 1 },
  "post /set": { key: "a", value: 1 },
  "post /kv/*": { ops: [{ op: "get", key: "a" }] },
  "post /tasks": { title: "t" },
  "put /tasks/:id": { title: "t" },
  "post /admin/drain": {},
  "post /admin/faults": { kind: "heal" },
};

interface Row {
  readonly path: string;
  readonly method: Method;
  readonly need: RouteNeed;
}

const rows: readonly Row[] = Object.entries(NEEDS).flatMap(([path, needs]) =>
  METHODS.flatMap((method) => {
    const need = (needs as Partial<Record<Method, RouteNeed>>)[method];
    return need === undefined ? [] : [{ path, method, need }];
  }),
);

function ask({ path, method }: Row, token: keyof typeof TOKENS | null) {
  const url = method === "post" && path === "/kv/*" ? "/kv/batch" : (ASKED[path] ?? path);
  const body = BODIES[`${method} ${path}`];
  const asked = request(open().app)[method](path === "/kv" && body !== undefined ? "/kv" : url);
  if (token !== null) asked.set("Authorization", bearer(token));
  return body === undefined ? asked.buffer(true) : asked.send(body);
}

/** Of the tokens without a prefix: one that is enough, and one that is not. */
function tokensFor({ need, path }: Row) {
  if (need === "open") return null;
  const [first] = [need.scope].flat();
  if (path === "/tasks/:id") return { enough: "both", tooSmall: "write" } as const;
  if (first === "read" && need.scope !== "read") return { enough: "read", tooSmall: null } as const;
  const tooSmall = { read: "write", write: "read", admin: "both" } as const;
  return { enough: first as "read" | "write" | "admin", tooSmall: tooSmall[first as "read"] };
}

const guarded = rows.filter(({ need }) => need !== "open");
const endless = (row: Row) => row.path === "/events";

describe.each(guarded.map((row) => [`${row.method} ${row.path}`, row] as const))("%s", (_, row) => {
  it("is 401 without a token", async () => {
    const answer = await ask(row, null).expect(401);
    expect(answer.body).toMatchObject({ code: "unauthenticated", outcome: "not-applied" });
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
  });

  it("is 401 with one that has expired", () => ask(row, "late").expect(401));

  it("is 403 with one that is not enough", async () => {
    const { tooSmall } = tokensFor(row) ?? {};
    if (tooSmall === null || tooSmall === undefined) return;
    expect((await ask(row, tooSmall).expect(403)).body).toMatchObject({ code: "forbidden" });
  });

  it("is 403 with a prefix that this has nothing to do with", async () => {
    if (row.need !== "open" && row.need.keys === "none") return;
    expect((await ask(row, "shop").expect(403)).body).toMatchObject({ code: "forbidden" });
  });

  it("lets in whoever may", async () => {
    if (endless(row)) return; // Does not end; see the head request below.
    const { status } = await ask(row, tokensFor(row)?.enough ?? "admin");
    expect([401, 403, 429]).not.toContain(status);
  });
});

it.each(
  rows
    .filter(({ need }) => need === "open")
    .map((row) => [`${row.method} ${row.path}`, row] as const),
)("%s is open", async (_, row) => {
  expect([401, 403, 429]).not.toContain((await ask(row, null)).status);
});

it("opens events for whoever reads", async () => {
  const { app } = open();
  await request(app).head("/events").set("Authorization", bearer("read")).expect(200);
  await request(app).head("/events").expect(401);
});

describe("what is no credential", () => {
  it.each([
    { header: "", why: "empty" },
    { header: "Bearer", why: "without a token" },
    { header: "Basic cmVhZDp3cml0ZQ==", why: "another scheme" },
    { header: `Bearer ${TOKENS.read}x`, why: "a character too many" },
    { header: "Bearer t\u00f6ken", why: "not ASCII" },
    { header: `Bearer ${"x".repeat(6_000)}`, why: "very long" },
  ])("$why is 401", async ({ header }) => {
    await request(open().app).get("/kv/a").set("Authorization", header).expect(401);
  });

  it("is a token in the query, and two headers", async () => {
    const { app } = open();
    await request(app).get(`/kv/a?access_token=${TOKENS.read}`).expect(401);
    await request(app)
      .get("/kv/a")
      .set("Authorization", [bearer("read"), bearer("read")] as unknown as string)
      .expect(401);
  });

  it("stores nothing and reads no body", async () => {
    const { app, node } = open();
    const answer = await request(app).put("/kv/a").send("x".repeat(1_000)).expect(401);
    expect(node.writes).toEqual([]);
    expect(answer.headers["connection"]).toBe("close");
  });

  it("is a header about another method, path, user or address", async () => {
    const { app } = open();
    for (const name of ["X-HTTP-Method-Override", "X-Original-URL", "X-Forwarded-User"]) {
      await request(app).post("/kv/batch").set(name, "GET").expect(401);
      const sent = request(app).get("/snapshot").set("Authorization", bearer("read"));
      await sent.set(name, "/livez").expect(403);
    }
  });
});

it("makes an address wait after twenty wrong tokens, whatever it forwards", async () => {
  const { app, passes } = open();
  const guess = (i: number) =>
    request(app)
      .get("/kv/a")
      .set("Authorization", "Bearer no")
      .set("X-Forwarded-For", `10.0.0.${i}`);
  for (let i = 0; i < 20; i++) await guess(i).expect(401);
  const answer = await guess(21).expect(429);
  expect(answer.headers["retry-after"]).toBe("10");
  expect(answer.body).toMatchObject({ code: "overloaded", retryable: true });
  passes(10_000);
  await guess(22).expect(401);
});

interface ForeignCase {
  readonly method: "get" | "delete";
  readonly path: string;
  readonly why: string;
  readonly status?: number;
}

describe("a token for a prefix", () => {
  it.each<ForeignCase>([
    { method: "get", path: "/kv/other", why: "another key" },
    { method: "get", path: "/kv/shop", why: "a shorter key" },
    { method: "get", path: "/kv/shop%2f", why: "another character" },
    { method: "get", path: "/kv/shop%3a/..%2f..%2fother?r=x", why: "a bad option", status: 400 },
    { method: "get", path: "/kv/..%2fshop%3a", why: "dots before it" },
    { method: "get", path: "/kv?key=other", why: "another key in the query" },
    { method: "delete", path: "/kv/other", why: "a deletion" },
    { method: "get", path: "/kv?prefix=", why: "a listing of all" },
    { method: "get", path: "/kv?prefix=sho", why: "a listing of more" },
    { method: "get", path: "/jobs", why: "the older name of that" },
    { method: "get", path: "/tasks", why: "the tasks" },
    { method: "get", path: "/cluster/locate?key=other", why: "where another key is" },
  ])("$why is refused: $method $path", async ({ method, path, status = 403 }) => {
    const { app, node } = open();
    await request(app)[method](path).set("Authorization", bearer("shop")).expect(status);
    expect([node.reads, node.writes, node.lists]).toEqual([[], [], []]);
  });

  it("answers the same whether the key exists or not", async () => {
    const { app, node } = open();
    hold(node, { key: "there" });
    const bodies = ["there", "nowhere"].map(async (key) => {
      const sent = request(app).get(`/kv/${key}`).set("Authorization", bearer("shop"));
      return { ...(await sent.expect(403)).body, requestId: "" };
    });
    const [one, other] = await Promise.all(bodies);
    expect(one).toEqual(other);
  });

  it("reaches its own keys by every way", async () => {
    const { app, node } = open();
    const as = (sent: request.Test) => sent.set("Authorization", bearer("shop"));
    await as(request(app).put("/kv/shop:1").send("x")).expect(201);
    await as(request(app).get("/kv/shop%3A1")).expect(200);
    await as(request(app).post("/kv").send({ key: "shop:2", value: 2 })).expect(201);
    await as(request(app).get("/kv?key=shop:2")).expect(200);
    const listed = await as(request(app).get("/kv?prefix=shop:")).expect(200);
    expect(listed.body.items).toHaveLength(2);
    await as(request(app).get("/jobs?prefix=shop:2")).expect(200);
    await as(request(app).get("/cluster/locate?key=shop:2")).expect(200);
    await as(request(app).delete("/kv/shop:1")).expect(200);
    expect(node.writes).toHaveLength(3);
  });

  it("gets all of a batch or nothing", async () => {
    const { app, node } = open();
    const send = (token: keyof typeof TOKENS, ...ops: object[]) =>
      request(app).post("/kv/batch").set("Authorization", bearer(token)).send({ ops });
    const mine = { op: "put", key: "shop:1", value: 1 };
    await send("shop", mine, { op: "put", key: "other", value: 1 }).expect(403);
    await send("shop", mine, { op: "get", key: "other" }).expect(403);
    await send("read", { op: "delete", key: "a" }).expect(403);
    await send("write", { op: "get", key: "a" }).expect(403);
    expect([node.writes, node.batches]).toEqual([[], []]);
    await send("shop", mine, { op: "get", key: "shop:1" }).expect(200);
  });

  it("has the tasks where they are below it", async () => {
    const { app } = open();
    const as = (sent: request.Test) => sent.set("Authorization", bearer("tasks"));
    const added = await as(request(app).post("/tasks").send({ title: "t" })).expect(201);
    await as(request(app).get("/tasks")).expect(200);
    await as(request(app).delete(`/tasks/${added.body.id}`)).expect(200);
  });
});

describe("what is answered to nobody in particular", () => {
  it("is no route and no method, only with a token", async () => {
    const { app } = open();
    await request(app).get("/nothing").expect(401);
    await request(app).get("/nothing").set("Authorization", bearer("shop")).expect(404);
    await request(app).post("/status").expect(401);
    await request(app).post("/status").set("Authorization", bearer("read")).expect(405);
    await request(app).options("/status").expect(204);
  });

  it("is ready or not, and no more", async () => {
    const { app, node } = open();
    expect((await request(app).get("/readyz?verbose").expect(200)).text).toBe("ok\n");
    node.checks = [{ check: "redis", ok: false }];
    expect((await request(app).get("/readyz").expect(503)).text).toBe("readyz check failed\n");
  });
});

it("breaks a snapshot off when its token is taken out meanwhile", async () => {
  const { app, access, node } = open();
  node.recordBatches = async function* () {
    yield [];
    access?.replace([]);
    yield [];
  };
  const sent = request(app).get("/snapshot").set("Authorization", bearer("admin"));
  await expect(sent).rejects.toMatchObject({ code: "ECONNRESET" });
});

describe("the board", () => {
  const path = "/queues";

  it("wants admin", async () => {
    const { app } = open();
    await request(app).get(path).expect(401);
    await request(app).get(path).set("Authorization", bearer("both")).expect(403);
    expect((await request(app).get(path).set("Authorization", bearer("admin"))).text).toBe("board");
  });

  it("opens with a cookie, for its time and as long as the token holds", async () => {
    const { app, access, passes } = open();
    const session = async () => {
      const sent = request(app).post("/admin/board-session").set("Authorization", bearer("admin"));
      const [cookie = ""] = [(await sent.expect(200)).headers["set-cookie"] ?? []].flat();
      expect(cookie).toMatch(
        /^ringkv_board=[\w-]{43}; Path=\/queues; Max-Age=900; HttpOnly; SameSite=Strict$/,
      );
      return cookie.split(";")[0] as string;
    };
    const visit = (cookie: string) => request(app).get(path).set("Cookie", `a=b; ${cookie}`);
    const cookie = await session();
    expect((await visit(cookie).expect(200)).text).toBe("board");
    await visit(`${cookie}x`).expect(401);
    await request(app).get("/kv/a").set("Cookie", cookie).expect(401);
    await request(app)
      .post(path)
      .set("Cookie", cookie)
      .set("Sec-Fetch-Site", "cross-site")
      .expect(400);
    passes(900_000);
    await visit(cookie).expect(401);
    const other = await session();
    access?.replace([]);
    await visit(other).expect(401);
  });
});

it("gives no cookie where no tokens are set", async () => {
  const answer = await request(openApi().app).post("/admin/board-session").expect(200);
  expect(answer.headers["set-cookie"]).toBeUndefined();
});
