/** Keys that try to be something else: each is refused, or is itself and nothing else. */

import { KEY_BYTES_MAX } from "@ringkv/core";
import request from "supertest";
import { hold, openApi } from "../test-support/fake-node.js";

const NAMES: readonly (readonly [why: string, key: string])[] = [
  ["a slash", "a/b"],
  ["slashes at both ends", "/a//b/"],
  ["an encoded slash, encoded", "a%2Fb"],
  ["a parent folder", "../../etc/passwd"],
  ["a dot encoded twice", "%252e%252e"],
  ["a NUL", "a\u0000b"],
  ["a line break", "a\r\nSet-Cookie: x=y"],
  ["white space", " \t "],
  ["a plus", "a+b"],
  ["a query", "a?w=1"],
  ["a fragment", "a#b"],
  ["an ampersand", "a&key=b"],
  ["quotes", "a\"b'c\\d"],
  ["markup", "<img src=x onerror=alert(1)>"],
  ["composed", "\u00e9"],
  ["decomposed", "e\u0301"],
  ["right to left", "\u202egpj.exe"],
  ["beyond the basic plane", "🔑"],
  ["a byte order mark", "\ufeffa"],
  ["a hash tag", "{tag}a"],
  ["a glob", "*?[a-z]"],
  ["__proto__", "__proto__"],
  ["constructor", "constructor"],
  ["toString", "toString"],
  ["an internal name", "p:17"],
  ["a queue's name", "bull:handoff:1"],
  ["a template", "{{7*7}}<%=7*7%>"],
  ["batch", "batch"],
  ["the longest", "x".repeat(KEY_BYTES_MAX)],
  ["the longest, in two-byte characters", "é".repeat(KEY_BYTES_MAX / 2)],
];

it.each(NAMES)("%s is a key like any other, in both forms", async (_why, key) => {
  const { app, node } = openApi();
  const path = `/kv/${encodeURIComponent(key)}`;
  const query = `/kv?key=${encodeURIComponent(key)}`;

  const put = await request(app).put(path).set("Content-Type", "text/plain").send("1");
  expect(put.status).toBe(201);
  expect(put.body.key).toBe(key);
  expect(put.headers["set-cookie"]).toBeUndefined();
  expect([...node.records.keys()]).toEqual([key]);

  const location = put.headers["location"] as string;
  expect((await request(app).get(location)).text).toBe("1");
  expect((await request(app).get(query)).body).toMatchObject({ key, value: "1" });
  expect((await request(app).post("/kv").send({ key, value: 2 })).status).toBe(200);
  expect((await request(app).delete(path)).body).toMatchObject({ key, existed: true });
  expect([...node.records.keys()]).toEqual([key]);
});

it.each([".", ".."])(
  "%s is found where Location says, which no client resolves away",
  async (key) => {
    const { app, node } = openApi();
    const answer = await request(app).post("/kv").send({ key, value: 1 }).expect(201);
    expect(answer.headers["location"]).toBe(`/kv?key=${key}`);
    expect(node.textOf(key)).toBe("1");
  },
);

it("tells composed from decomposed, and one letter from another's case", async () => {
  const { app, node } = openApi();
  for (const key of ["\u00e9", "e\u0301", "\u00c9", "E\u0301"]) {
    await request(app)
      .put(`/kv/${encodeURIComponent(key)}`)
      .send("x")
      .expect(201);
  }
  expect(node.records.size).toBe(4);
});

it.each([
  ["/kv/%", "half an escape"],
  ["/kv/%2", "half an escape"],
  ["/kv/%zz", "no hex"],
  ["/kv/%ff", "a byte that UTF-8 does not have"],
  ["/kv/%c0%af", "an overlong slash"],
  ["/kv/%e0%80%af", "a longer one"],
  ["/kv/%ed%a0%80", "half a surrogate pair"],
  ["/kv/%f4%90%80%80", "beyond Unicode"],
  ["/kv/a%C3", "cut short"],
  [`/kv/${"x".repeat(KEY_BYTES_MAX + 1)}`, "too long"],
  [`/kv/${"%C3%A9".repeat(KEY_BYTES_MAX / 2)}x`, "too long in bytes"],
])("refuses %s: %s", async (url) => {
  const { app, node } = openApi();
  hold(node, { key: "a" });
  for (const method of ["put", "get", "delete"] as const) {
    const answer = await request(app)[method](url).expect(400);
    expect(answer.body).toMatchObject({ code: "invalid_request", outcome: "not-applied" });
  }
  expect(node.writes).toEqual([]);
  expect(node.reads).toEqual([]);
});
