/** Cases 28 to 43: JSON that is easily mistaken, keys that look like ours, values like code. */

import { Ground, put } from "./ground.js";

const TIMEOUT_MS = 60_000;
const MEBIBYTE = 1_024 * 1_024;

let ground: Ground;

beforeAll(async () => {
  ground = await Ground.open();
}, TIMEOUT_MS);

afterAll(() => ground.close(), TIMEOUT_MS);

/** Refuses; that it stores nothing is looked at in the end, for all of them. */
async function refused(body: string | Buffer, target = "/kv", status = 400): Promise<string> {
  const answer = await ground.json("POST", target, body);
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining('"not-applied"')]);
  return answer.text;
}

/** What a value is when it is read as it was stored. */
async function storedAs(value: string): Promise<string> {
  const { status } = await ground.json("POST", "/kv", `{"key":"exact","value":${value}}`);
  expect(status).toBeLessThan(300);
  return (await ground.ask("/kv/exact")).text;
}

it.each([
  '{"__proto__":{"admin":true},"key":"a","value":1}',
  '{"constructor":{"prototype":{"admin":true}},"key":"a","value":1}',
  '{"key":"a","value":1,"__proto__":null}',
])("28: %s is an unknown field, and no prototype changes", async (body) => {
  expect(await refused(body)).toContain("unknown field");
  expect(({} as { admin?: unknown }).admin).toBeUndefined();
  expect((await ground.ask("/status")).text).not.toContain('"admin"');
});

it("28, without the guard: a naive merge does change the prototype of what it fills", () => {
  const merge = (target: Record<string, unknown>, source: Record<string, unknown>) => {
    for (const [name, value] of Object.entries(source)) target[name] = value;
    return target as { admin?: unknown };
  };
  expect(merge({}, JSON.parse('{"__proto__":{"admin":true}}')).admin).toBe(true);
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
  "29: a key named %s is an ordinary key",
  async (key) => {
    expect((await ground.ask(`/kv?key=${key}`)).status).toBe(404);
    await ground.json("POST", "/kv", JSON.stringify({ key, value: "ours" }));
    const { text } = await ground.ask(`/kv?key=${key}`);
    expect(JSON.parse(text)).toMatchObject({ key, value: "ours" });
    const batch = await ground.json(
      "POST",
      "/kv/batch",
      JSON.stringify({ ops: [{ op: "get", key }] }),
    );
    expect(JSON.parse(batch.text).results[0]).toMatchObject({ status: 200, value: "ours" });
  },
);

it("30: JSON that is 200,000 deep is refused at once", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const startedAt = performance.now();
  await refused(`{"key":"deep","value":${deep}}`);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await refused(`{"key":"deep","value":${"[".repeat(65)}${"]".repeat(65)}}`);
  const shallow = `{"key":"deep","value":${"[".repeat(63)}${"]".repeat(63)}}`;
  const { status } = await ground.json("POST", "/kv", shallow);
  expect(status).toBe(201);
});

it("30, without the guard: printing what was parsed overflows the stack", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const parsed: unknown = JSON.parse(deep);
  expect(() => JSON.stringify(parsed)).toThrow(/stack/);
});

it.each([
  { body: '{"key":"a","key":"b","value":1}', why: "a name twice" },
  { body: '{"key":"a","value":1,"value":2}', why: "a value twice" },
  { body: '{"key":"a","value":NaN}', why: "no JSON" },
  { body: '\ufeff{"key":"a","value":1}', why: "a byte order mark" },
  { body: '{"key":"a","value":1}x', why: "bytes behind it" },
  { body: '{"key":"\\ud800","value":1}', why: "a lone surrogate, which is no key in UTF-8" },
  { body: Buffer.from('{"key":"a","value":"\xff"}', "latin1"), why: "no UTF-8" },
])("31: $why is refused", async ({ body }) => {
  await refused(body);
});

it.each(["1e400", "9007199254740993", "-0", "1.0", '"\\ud800"', '{"a":1,"a":2}', '"\\u00e9"'])(
  "31: the value %s is given back as it was written",
  async (value) => {
    expect(await storedAs(value)).toBe(value);
  },
);

it.each([
  ["1e400", "null"],
  ["9007199254740993", "9007199254740992"],
  ["-0", "0"],
])("31, without the guard: %s printed again is %s", (value, printed) => {
  expect(JSON.stringify(JSON.parse(value))).toBe(printed);
});

it("31: the title of a task that is no UTF-8, or given twice, is refused", async () => {
  await refused(Buffer.from('{"title":"\xff"}', "latin1"), "/tasks");
  await refused('{"title":"a","title":"b"}', "/tasks");
});

it.each(["null", "[]", '"x"', "1", "", '{"key":"a","value":1', "{}", '{"key":"a"}'])(
  "32: the body %j is refused",
  async (body) => {
    await refused(body);
    await refused(body, "/kv/batch");
  },
);

it.each([
  "key[]=a",
  "key[a]=b",
  "key=a&key=b",
  "a[__proto__]=b&a[length]=100000000",
  "key=a&prefix=",
  "key",
  "",
])("33: the query ?%s is refused", async (query) => {
  const { status, text } = await ground
    .raw(`GET /kv?${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    .then((answer) => ({ status: Number(answer.slice(9, 12)), text: answer }));
  expect([status, text]).toEqual([400, expect.stringContaining("invalid_request")]);
});

it("33: a form is no JSON", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { status } = await ground.ask("/kv", { method: "POST", headers, body: "key=a&value=b" });
  expect(status).toBe(415);
});

it.each([
  { raw: "", why: "empty", status: 415 },
  { raw: "a".repeat(1_025), why: "too long", status: 400 },
  { raw: "%zz", why: "no percent-encoding", status: 400 },
  { raw: "%c0%af", why: "overlong UTF-8", status: 400 },
  { raw: "%ed%a0%80", why: "a surrogate in UTF-8", status: 400 },
  { raw: "a b", why: "a raw space", status: 400 },
])("34: a key that is $why is $status", async ({ raw, status }) => {
  const answer = await ground.raw(
    put("Content-Length: 1\r\nConnection: close\r\n", "x", `/kv/${raw}`),
  );
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

it("34: keys that look alike are different keys, and a path is only a key", async () => {
  const spelled = (
    "%00 %0d%0a a%2Fb a%252Fb .. %2e%2e%2f%2e%2e%2fetc%2fpasswd %252e %C3%A9 e%CC%81 " +
    "%E2%80%AEabc %7Btag%7D a%20 A a"
  ).split(" ");
  for (const [index, raw] of spelled.entries()) {
    const answer = await ground.raw(
      put(
        `Content-Length: ${`${index}`.length}\r\nConnection: close\r\n`,
        `${index}`,
        `/kv/${raw}`,
      ),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 20[01] /);
  }
  for (const [index, raw] of spelled.entries()) {
    const key = encodeURIComponent(decodeURIComponent(raw));
    expect((await ground.ask(`/kv?key=${key}`)).text).toContain(`"value":"`);
    const read = await ground.raw(
      `GET /kv/${raw} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(read.slice(read.indexOf("\r\n\r\n") + 4)).toBe(`${index}`);
  }
});

it.each(["p:1", "digest", "keys", "outbox", "meta", "node_status:node1", "bull:replication:meta"])(
  "35: a key named %s reaches nothing of ours",
  async (key) => {
    const before = await ground.ask("/cluster/locate?key=a");
    expect((await ground.ask(`/kv/${key}`, { method: "PUT", body: "mine" })).status).toBe(201);
    expect((await ground.ask(`/kv/${key}`)).text).toBe("mine");
    expect((await ground.ask(`/kv/${key}`, { method: "DELETE" })).status).toBe(200);
    expect((await ground.ask("/cluster/locate?key=a")).text).toBe(before.text);
    expect((await ground.ask("/readyz")).status).toBe(200);
  },
);

it.each([
  "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n",
  "redis.call('FLUSHALL')",
  "$0\r\n\r\n",
  "\0\r\n",
  "]]--\nreturn 1",
])("36: the value %j is stored as it stands", async (value) => {
  const type = { "content-type": "application/octet-stream" };
  await ground.ask("/kv/verbatim", { method: "PUT", headers: type, body: value });
  expect((await ground.ask("/kv/verbatim")).text).toBe(value);
  expect(await storedAs(JSON.stringify(value))).toBe(JSON.stringify(value));
});

it.each([
  '{"key":{"a":1},"value":1}',
  '{"key":["a"],"value":1}',
  '{"key":1,"value":1}',
  '{"key":null,"value":1}',
  '{"key":"a","value":1,"ttl":{"a":1}}',
  '{"key":"a","value":1,"ttl":[60]}',
])("37: %s is refused: another type than what is asked for", async (body) => {
  await refused(body);
});

it("38: a prefix is no pattern, is bounded, and its cursor cannot be made up", async () => {
  for (const key of ["*", "*a", "[a-z", "glob"]) {
    await ground.ask(`/kv/${encodeURIComponent(key)}`, { method: "PUT", body: "x" });
  }
  const keysOf = async (prefix: string) => {
    const { text } = await ground.ask(`/kv?prefix=${encodeURIComponent(prefix)}`);
    return (JSON.parse(text).items as { key: string }[]).map(({ key }) => key);
  };
  expect(await keysOf("*")).toEqual(["*", "*a"]);
  expect(await keysOf("[a-")).toEqual(["[a-z"]);
  expect((await ground.ask(`/kv?prefix=${"*?".repeat(2_000)}`)).status).toBe(400);
  expect((await ground.ask("/kv?prefix=&limit=100000")).status).toBe(400);
  const page = JSON.parse((await ground.ask("/kv?prefix=&limit=1")).text);
  const cursor = page.cursor as string;
  const tampered = cursor.startsWith("A") ? `B${cursor.slice(1)}` : `A${cursor.slice(1)}`;
  expect((await ground.ask(`/kv?prefix=&cursor=${tampered}`)).status).toBe(400);
  expect((await ground.ask(`/kv?prefix=x&cursor=${cursor}`)).status).toBe(400);
});

it.each(["$where", "script", "eval", "regex", "match"])("39: there is no %s", async (name) => {
  await refused(`{"key":"a","value":1,"${name}":"return 1"}`);
  expect((await ground.ask(`/kv?key=a&${name}=x`)).status).toBe(400);
});

it.each(["-1", "0", "1e308", '"10"', "9007199254740992", "1.5", "null"])(
  "40: a ttl of %s is refused, in the body, in the URL and in the header",
  async (ttl) => {
    await refused(`{"key":"a","value":1,"ttl":${ttl}}`);
    const text = ttl.replaceAll('"', " ");
    const inUrl = await ground.ask(`/kv/a?ttl=${encodeURIComponent(text)}`, {
      method: "PUT",
      body: "x",
    });
    expect(inUrl.status).toBe(400);
    const headers = { "kv-ttl": ttl };
    expect((await ground.ask("/kv/a", { method: "PUT", headers, body: "x" })).status).toBe(400);
  },
);

it.each(["*", 'W/"a"', '"a", "b"', `"${"a".repeat(4_000)}"`, "9007199254740993"])(
  "40: If-Match is refused, whatever it is, and never ignored",
  async (value) => {
    const headers = { "if-match": value };
    const { status, text } = await ground.ask("/kv/a", { method: "PUT", headers, body: "x" });
    expect([status, text]).toEqual([501, expect.stringContaining("not_supported")]);
  },
);

it("41: a batch above its limits, or with one wrong operation, applies nothing", async () => {
  const op = (key: string) => ({ op: "put", key, value: 1 });
  const many = Array.from({ length: 1_001 }, (_, index) => op(`many ${index}`));
  await refused(JSON.stringify({ ops: many }), "/kv/batch", 413);
  await refused(JSON.stringify({ ops: [op("one"), { op: "get" }, op("two")] }), "/kv/batch");
  const heavy = { op: "put", key: "heavy", value: "x".repeat(MEBIBYTE + 1) };
  await refused(JSON.stringify({ ops: [op("one"), heavy] }), "/kv/batch", 413);
  const announced = `Content-Type: application/json\r\nContent-Length: ${17 * MEBIBYTE}\r\n`;
  const answer = await ground.raw(`POST /kv/batch HTTP/1.1\r\nHost: x\r\n${announced}\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

it("43: a value of exactly the limit is taken, and one byte more is not", async () => {
  const exact = await ground.ask("/kv/exact", { method: "PUT", body: "x".repeat(MEBIBYTE) });
  expect(exact.status).toBeLessThan(300);
  expect((await ground.ask("/kv/exact")).text).toHaveLength(MEBIBYTE);
  const more = await ground.ask("/kv/exact", { method: "PUT", body: "x".repeat(MEBIBYTE + 1) });
  expect(more.status).toBe(413);
  expect((await ground.ask("/kv/exact")).text).toHaveLength(MEBIBYTE);
});

it("what was refused is nowhere: all keys that are stored were acknowledged", async () => {
  expect(await ground.strangers()).toEqual([]);
});

it("after all this the nodes are the same, and know of no bug", () => {
  expect(ground.harm()).toEqual([]);
});
