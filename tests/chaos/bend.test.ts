/** Bad links: what each bend does to the bytes that get through, and that healing ends it. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import {
  type Bending,
  brokenOff,
  crumbs,
  halfOpen,
  late,
  slow,
} from "../../scripts/chaos/bend.mjs";
import { PeerProxy } from "../../scripts/chaos/peer-proxy.mjs";
import { endOfMessage, twice } from "../../scripts/chaos/replay.mjs";

describe("a link that is bent", () => {
  let server: Server;
  let proxy: PeerProxy;
  let port: number;
  const sockets: Socket[] = [];
  let heard = "";

  beforeEach(async () => {
    heard = "";
    server = createServer((socket) => {
      sockets.push(socket.on("error", () => {}));
      socket.on("data", (bytes) => {
        heard += bytes.toString();
        socket.write(bytes);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    proxy = new PeerProxy((server.address() as AddressInfo).port);
    port = await proxy.open();
  });

  afterEach(() => {
    proxy.close();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  /** What came back, until so many bytes were there or the connection was closed. */
  async function exchange(text: string, bytes = text.length): Promise<string> {
    const caller = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(caller);
    let answer = "";
    const done = new Promise<void>((resolve) => {
      caller.once("close", () => resolve());
      caller.on("data", (chunk: Buffer) => {
        answer += chunk.toString();
        if (answer.length >= bytes) resolve();
      });
    });
    caller.write(text);
    await done;
    return answer;
  }

  const LONG = "abcdefghij".repeat(100);

  it.each<{ why: string; bending: Bending; text: string; atLeastMs: number }>([
    { why: "late by half of it each way", bending: late(100), text: LONG, atLeastMs: 95 },
    { why: "5,000 bytes/s, twice", bending: slow(5_000), text: LONG, atLeastMs: 195 },
    { why: "a byte every 10 ms", bending: crumbs(), text: "abcdefghij", atLeastMs: 95 },
  ])("delivers everything in its order: $why", async ({ bending, text, atLeastMs }) => {
    proxy.bend(bending);
    const beganMs = performance.now();
    expect(await exchange(text)).toBe(text);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(atLeastMs);
  });

  it("falls silent after so many bytes, and stays open", async () => {
    proxy.bend(halfOpen(10));
    expect(await exchange(LONG, 10)).toBe("abcdefghij");
    expect(heard).toBe("abcdefghij");
    expect(sockets.every(({ closed }) => !closed)).toBe(true);
  });

  it("is broken in the middle of an answer", async () => {
    proxy.bend(brokenOff(10));
    const answer = await exchange(LONG);
    expect(answer.length).toBeLessThanOrEqual(10);
    expect(heard).toBe(LONG);
  });

  it("breaks what was bent when it is healed, and is straight from then on", async () => {
    proxy.bend(halfOpen(1));
    await exchange("ab", 1);
    // Not `once`: a broken connection is an error first.
    const closed = new Promise<void>((resolve) => sockets[0]?.once("close", () => resolve()));
    proxy.heal("late");
    await closed;
    expect(await exchange(LONG)).toBe(LONG);
  });
});

describe("messages that arrive twice", () => {
  const asMessage = (...words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

  function through(text: string, way: "there" | "back", bent = twice({ repeated: 0 })(() => {})) {
    let out = "";
    bent[way].on("data", (bytes: Buffer) => {
      out += bytes.toString();
    });
    // A byte at a time: what is not all there yet waits.
    for (const byte of Buffer.from(text)) bent[way].write(Buffer.of(byte));
    return () => out;
  }

  it("are all but those of the handshake, and each is answered once", async () => {
    const count = { repeated: 0 };
    const bent = twice(count)(() => {});
    const [hello, read] = [asMessage("RKV.HELLO", "x"), asMessage("RKV.READ", "1", "2", "k\r\n")];
    const there = through(hello + read, "there", bent);
    const back = through("+OK\r\n$3\r\none\r\n$3\r\ntwo\r\n", "back", bent);
    await new Promise((resolve) => setImmediate(resolve));
    expect(there()).toBe(hello + read + read);
    expect(back()).toBe("+OK\r\n$3\r\none\r\n");
    expect(count.repeated).toBe(1);
  });

  it.each([
    { bytes: "+OK\r\n", end: 5, why: "a line" },
    { bytes: "+OK\r", end: -1, why: "half a line" },
    { bytes: "$-1\r\n", end: 5, why: "nothing" },
    { bytes: "$0\r\n\r\n", end: 6, why: "empty" },
    { bytes: "$5\r\na\r\nbc\r\nrest", end: 11, why: "bytes that look like an end" },
    { bytes: "$5\r\na\r\nbc\r", end: -1, why: "not all bytes" },
    { bytes: "*2\r\n:1\r\n$1\r\nx\r\n", end: 15, why: "a list" },
    { bytes: "*2\r\n:1\r\n", end: -1, why: "half a list" },
  ])("are cut where one ends: $why", ({ bytes, end }) => {
    expect(endOfMessage(Buffer.from(bytes), 0)).toBe(end);
  });
});
