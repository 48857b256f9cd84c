/** What the server does with bytes that are not quite HTTP, not quite whole, or far too many. */

import type { Server } from "node:http";
import type { WriteReceipt } from "@ringkv/engine";
import { openApi } from "../test-support/fake-node.js";
import { listen, open, type RawConnection } from "../test-support/raw-client.js";
import { createServerFor } from "./server.js";

/** For the test of the time-outs; elsewhere they would judge how busy the machine is. */
const TIGHT = { headersTimeoutMs: 200, bodyTimeoutMs: 300, checkIntervalMs: 50 };

describe("the server", () => {
  let api: ReturnType<typeof openApi>;
  let server: Server;
  let port: number;
  let client: RawConnection;

  beforeEach(async () => {
    api = openApi({ valueBytesMax: 1_000 });
    server = createServerFor(api.app);
    port = await listen(server);
    client = await open(port);
  });

  afterEach(async () => {
    client.socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    // oxlint-disable-next-line jest/no-standalone-expect -- it holds after each of them.
    expect(api.logged).toEqual([]);
  });

  it.each([
    ["a bare word", "HELLO\r\n\r\n"],
    ["Redis", "*1\r\n$4\r\nPING\r\n"],
    ["TLS", "\x16\x03\x01\x02\x00\x01"],
    ["an unknown method", "STEAL /kv/a HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["two lengths", put("Content-Length: 1\r\nContent-Length: 2\r\n", "x")],
    [
      "a length and chunks",
      put("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ],
    ["an unknown coding", put("Transfer-Encoding: xchunked\r\n", "x")],
    ["a negative length", put("Content-Length: -1\r\n", "x")],
    ["a space before the colon", put("Content-Length : 1\r\n", "x")],
    ["a folded header", put("X-A: b\r\n c\r\nContent-Length: 1\r\n", "x")],
    ["a bare line feed", "PUT /kv/a HTTP/1.1\nHost: x\nX: a\rb\nContent-Length: 1\n\nx"],
    ["a NUL in a header", put("X-A: \0\r\nContent-Length: 1\r\n", "x")],
    ["an endless chunk size", chunked("FFFFFFFFFFFFFFFFFF\r\nx")],
    ["a chunk size that is none", chunked("zz\r\nx")],
    ["no Host", "PUT /kv/a HTTP/1.1\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"],
    ["a target that is not ASCII", put("Content-Length: 1\r\n", "x", "/kv/\xc3\xa0")],
    ["a target with a fragment", put("Content-Length: 1\r\nConnection: close\r\n", "x", "/kv/a#b")],
    ["a target elsewhere", put("Content-Length: 1\r\nConnection: close\r\n", "x", "http://x/kv/a")],
    ["a target that is an asterisk", put("Content-Length: 1\r\nConnection: close\r\n", "x", "*")],
  ])("answers %s with 400, closes, and stores nothing", async (_what, bytes) => {
    client.socket.write(bytes, "latin1");
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(problemIn(answer)).toMatchObject({ code: "invalid_request", outcome: "not-applied" });
    expect(api.node.writes).toEqual([]);
  });

  it.each([
    ["headers of 9 KiB", put(`X-A: ${"a".repeat(9 * 1_024)}\r\nConnection: close\r\n`, "")],
    ["headers of 17 KiB", put(`X-A: ${"a".repeat(17 * 1_024)}\r\n`, "")],
    ["101 headers", put(`${"a:b\r\n".repeat(100)}Connection: close\r\n`, "")],
    ["2,000 headers", put(`${"a:\r\n".repeat(2_000)}Connection: close\r\n`, "")],
  ])("answers %s with 431", async (_what, bytes) => {
    client.socket.write(bytes);
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(problemIn(answer)).toMatchObject({ code: "headers_too_large" });
    expect(api.node.writes).toEqual([]);
  });

  it.each([
    ["a URL of 9 KiB", put("Connection: close\r\n", "", `/kv/${"a".repeat(9 * 1_024)}`)],
    ["a query of 9 KiB", put("Connection: close\r\n", "", `/kv/a?w=${"1".repeat(9 * 1_024)}`)],
    ["a URL of 17 KiB", put("", "", `/kv/${"a".repeat(17 * 1_024)}`)],
  ])("answers %s with 414", async (_what, bytes) => {
    client.socket.write(bytes);
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 414 /);
    expect(problemIn(answer)).toMatchObject({ code: "uri_too_long", outcome: "not-applied" });
    expect(api.node.writes).toEqual([]);
  });

  it("gives up on headers and bodies that do not come", async () => {
    const impatient = createServerFor(api.app, TIGHT);
    const itsPort = await listen(impatient);
    const slowHeaders = await open(itsPort);
    const slowBody = await open(itsPort);
    slowBody.socket.write(put("Content-Length: 10\r\n", "12345"));
    slowHeaders.socket.write("PUT /kv/a HTTP/1.1\r\nHost: x\r\nX-A: ");
    for (const answer of [await slowHeaders.closed(), await slowBody.closed()]) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(problemIn(answer)).toMatchObject({ code: "request_timeout", retryable: true });
    }
    expect(api.node.writes).toEqual([]);
    await new Promise((resolve) => impatient.close(resolve));
  });

  it("refuses a body above the limit without having asked for it", async () => {
    client.socket.write(put("Content-Length: 1001\r\nExpect: 100-continue\r\n", ""));
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    const other = await open(port);
    other.socket.write(put("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
    await other.until("100 Continue\r\n\r\n");
    other.socket.write("ab");
    expect(await other.until("created")).toContain("HTTP/1.1 201 Created");
    other.socket.destroy();
  });

  it("drops what is too large and goes on with the connection", async () => {
    client.socket.write(put("Content-Length: 5000\r\n", "x".repeat(5_000)));
    expect(problemIn(await client.until("requestId"))).toMatchObject({ code: "too_large" });
    client.socket.write(put("Content-Length: 1\r\n", "x"));
    expect(await client.until("201 Created")).toContain("201 Created");
    expect(api.node.writes).toHaveLength(1);
  });

  it("refuses chunks above the limit, and closes on those that never end", async () => {
    client.socket.write(chunked(`7d0\r\n${"x".repeat(2_000)}\r\n0\r\n\r\n`));
    expect(problemIn(await client.until("requestId"))).toMatchObject({ code: "too_large" });
    const endless = await open(port);
    endless.socket.write(chunked(""));
    const mebibyte = `100000\r\n${"x".repeat(1_048_576)}\r\n`;
    for (let sent = 0; sent < 20 && endless.received() === ""; sent++) {
      if (!endless.socket.write(mebibyte)) await Promise.race([drained(endless), endless.closed()]);
    }
    expect(await endless.closed()).toMatch(/^(HTTP\/1\.1 413 |$)/);
    expect(api.node.writes).toEqual([]);
  });

  it("stores nothing of a body that is cut short", async () => {
    client.socket.write(put("Content-Length: 10\r\n", "12345"));
    client.socket.end();
    await client.closed();
    const next = await open(port);
    next.socket.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    await next.until("200 OK");
    next.socket.destroy();
    expect(api.node.writes).toEqual([]);
  });

  it("takes what lies behind a declared length for the next request, and refuses it", async () => {
    client.socket.write(put("Content-Length: 1\r\n", "xGARBAGE\r\n\r\n"));
    await client.closed();
    expect(api.node.writes).toHaveLength(1);
    expect(api.node.textOf("a")).toBe("x");
  });

  it("never lets garbage be taken for the answer to a write that is under way", async () => {
    let finish = (_receipt: Promise<never>) => {};
    api.node.failure = () => new Promise<never>((resolve) => (finish = resolve as typeof finish));
    client.socket.write(put("Content-Length: 1\r\n", "xGARBAGE\r\n\r\n"));
    expect(await client.closed()).toBe("");
    finish(Promise.resolve({} as WriteReceipt) as Promise<never>);
  });

  it("answers requests that were sent ahead, in their order", async () => {
    const requests = Array.from({ length: 50 }, (_, index) =>
      put("Content-Length: 1\r\n", "x", `/kv/${index}`),
    );
    client.socket.write(requests.join(""));
    const answer = await client.until('"key":"49"');
    const keys = [...answer.matchAll(/"key":"(\d+)"/g)].map(([, key]) => Number(key));
    expect(keys).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it.each([
    ["CONNECT x:22 HTTP/1.1\r\nHost: x:22\r\n\r\n", 405],
    ["TRACE /kv/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405],
    ["OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
  ])("answers %j with %i", async (bytes, status) => {
    client.socket.write(bytes);
    expect(await client.closed()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("ignores an invitation to another protocol", async () => {
    const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n";
    client.socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
    expect(await client.until("ok")).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("gives requests and responses the prototypes that Express would set", async () => {
    const seen: boolean[] = [];
    server.prependListener("request", (request, response) => {
      seen.push(Object.getPrototypeOf(request) === api.app.request);
      seen.push(Object.getPrototypeOf(response) === api.app.response);
    });
    client.socket.write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until("200 OK");
    expect(seen).toEqual([true, true]);
  });
});

function put(headers: string, body: string, target = "/kv/a"): string {
  return `PUT ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
}

function chunked(body: string): string {
  return put("Transfer-Encoding: chunked\r\n", body);
}

function problemIn(answer: string): unknown {
  expect(answer).toMatch(/content-type: application\/problem\+json/i);
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
}

function drained({ socket }: RawConnection): Promise<void> {
  return new Promise((resolve) => socket.once("drain", resolve));
}
