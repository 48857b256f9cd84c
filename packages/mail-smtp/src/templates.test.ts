import type { Key, NodeId, Version } from "@ringkv/core";
import type { Message, WriteEvent } from "@ringkv/engine";
import { mailFor } from "./templates.js";

const about = { id: "m1", cluster: "ringkv", sender: "node1" as NodeId };

function event(key: string, change: Partial<WriteEvent> = {}): WriteEvent {
  return {
    id: "0191c3a4b2f300001a1b" as Version,
    key: key as Key,
    kind: "created",
    atMs: 1_700_000_000_000,
    coordinator: "node2" as NodeId,
    ...change,
  };
}

function writes(events: readonly WriteEvent[], count = events.length): Message {
  return { kind: "writes", ...about, count, events, byCoordinator: { node2: count } };
}

it("tells of one write by its key", () => {
  const { subject, text, html } = mailFor(writes([event("email_test")]));
  expect(subject).toBe("[ringkv] email_test created");
  for (const part of ["email_test", "created", "2023-11-14T22:13:20.000Z", "by node2"]) {
    expect(text).toContain(part);
    expect(html).toContain(part);
  }
});

it("tells of many by their number, lists the first, and says how many are not listed", () => {
  const { subject, text } = mailFor(writes([event("a"), event("b")], 10_000));
  expect(subject).toBe("[ringkv] 10000 writes");
  expect(text).toContain("10000 writes, the first 2 of them:");
  expect(text).toContain("9998 more are not listed.");
  expect(text).toContain("Coordinated by node2: 10000. Sent by node1.");
});

it("shows hostile keys and values as text and nothing else", () => {
  const value = { contentType: "", base64: Buffer.from("<b>\r\n'").toString("base64") };
  const hostile = event('<img src=x onerror="x">\r\nBcc: a@b.c', { value });
  const { subject, text, html } = mailFor(writes([hostile]));
  expect(subject).not.toMatch(/[\r\n]/);
  expect(html).not.toContain("<img");
  expect(html).toContain("&#60;img src=x onerror=&#34;x&#34;&#62;");
  expect(text.split("\n").some((line) => line.startsWith("Bcc"))).toBe(false);
  expect(text).toContain("= <b>\\u{d}\\u{a}'");
  expect(html).not.toContain("<b>");
});

it.each([
  { key: "x".repeat(1_000), why: "the longest key" },
  { key: "🔑".repeat(250), why: "a wide one" },
])("cuts the subject of $why", ({ key }) => {
  expect(Array.from(mailFor(writes([event(key)])).subject).length).toBeLessThan(90);
});

it("tells of alerts by the first of them", () => {
  const alert = (kind: "node-down" | "node-up") => {
    return { id: kind, kind, node: "node3" as NodeId, detail: "does not answer", atMs: 0 };
  };
  const one = mailFor({ kind: "alerts", ...about, alerts: [alert("node-down")] });
  expect(one.subject).toBe("[ringkv] node3 node-down");
  expect(one.text).toContain("does not answer");
  const two = mailFor({ kind: "alerts", ...about, alerts: [alert("node-down"), alert("node-up")] });
  expect(two.subject).toBe("[ringkv] node3 node-down and 1 more");
});

it("says of a test that it is one", () => {
  const { subject, text, html } = mailFor({ kind: "test", ...about });
  expect(subject).toBe("[ringkv] test message");
  expect(text).toContain("sent by node1");
  expect(html).not.toContain("<table");
});
