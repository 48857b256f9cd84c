/** How many may be connected, how much may be sent ahead, and what may be left unread. */

import type { Server } from "node:http";
import { hold, openApi } from "../test-support/fake-node.js";
import { listen, open, type RawConnection } from "../test-support/raw-client.js";
import { createServerFor, type ServerLimits } from "./server.js";

const MEBIBYTE = 1_024 * 1_024;
const LIVE = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
const ABSENT = "GET /kv/absent HTTP/1.1\r\nHost: x\r\n\r\n";

let api: ReturnType<typeof openApi>;
const servers: Server[] = [];
const clients: RawConnection[] = [];

beforeEach(() => {
  api = openApi({ inFlightMax: 500, valueBytesMax: 8 * MEBIBYTE });
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(limits: Partial<ServerLimits>): Promise<number> {
  const server = createServerFor(api.app, limits);
  servers.push(server);
  return listen(server);
}

async function connectTo(port: number): Promise<RawConnection> {
  const client = await open(port);
  clients.push(client);
  return client;
}

/** A connection on which a write has begun, and will not end. */
async function busy(port: number): Promise<RawConnection> {
  const began = new Promise<void>((resolve) => {
    api.node.failure = () => {
      resolve();
      return new Promise<never>(() => {});
    };
  });
  const client = await connectTo(port);
  client.socket.write("PUT /kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
  await began;
  api.node.failure = null;
  return client;
}

describe("with as many connections as are allowed", () => {
  it("an idle one makes room, first of all one that has never sent a byte", async () => {
    const port = await serve({ connectionsMax: 3 });
    const used = await connectTo(port);
    used.socket.write(LIVE);
    await used.until("ok");
    const [silent, other] = [await connectTo(port), await connectTo(port)];
    const newcomer = await connectTo(port);
    newcomer.socket.write(LIVE);
    expect(await newcomer.until("ok")).toMatch(/^HTTP\/1\.1 200 /);
    expect(await silent.closed()).toBe("");
    for (const client of [other, used]) {
      client.socket.write(ABSENT);
      expect(await client.until("not_found")).toContain(" 404 ");
    }
  });

  it("and all of them busy, a newcomer is told so, and a probe is answered", async () => {
    const port = await serve({ connectionsMax: 2, probeConnectionsMax: 2 });
    await busy(port);
    await busy(port);
    const [newcomer, probe] = [await connectTo(port), await connectTo(port)];
    newcomer.socket.write(ABSENT);
    probe.socket.write(LIVE);
    expect(await newcomer.closed()).toMatch(/^HTTP\/1\.1 429 .*Retry-After: 1\r\n.*overloaded/s);
    expect(await probe.until("ok")).toMatch(/^HTTP\/1\.1 200 /);
    for (let count = 0; count < 5; count++) await connectTo(port);
    const later = await connectTo(port);
    later.socket.write(LIVE);
    expect(await later.until("ok")).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("one connection", () => {
  it("may send a hundred requests ahead, and no more of them are begun at once", async () => {
    const port = await serve({});
    let begun = 0;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    api.node.failure = async () => {
      begun++;
      await finished;
      return null as never;
    };
    const client = await connectTo(port);
    client.socket.write(ABSENT.repeat(150));
    const other = await connectTo(port);
    other.socket.write(LIVE);
    await other.until("ok");
    expect(begun).toBe(100);
    finish();
    await client.until("at most 100 requests of one connection");
    expect(begun).toBe(100);
  });

  it("is closed after as many requests as it may bring", async () => {
    const port = await serve({ requestsPerConnectionMax: 3 });
    const client = await connectTo(port);
    client.socket.write(LIVE.repeat(5));
    const answers = await client.closed();
    expect(answers.match(/ 200 OK/g)).toHaveLength(3);
    expect(answers).not.toContain(" 503 ");
    expect(answers).toContain("Connection: close");
  });

  it("may rest between two requests for longer than proxies and clients keep theirs", async () => {
    const port = await serve({});
    const client = await connectTo(port);
    client.socket.write(LIVE);
    expect(await client.until("ok")).toContain("Keep-Alive: timeout=65");
  });
});

describe("a client that does not read its answer", () => {
  const GET = "GET /kv/large HTTP/1.1\r\nHost: x\r\n\r\n";
  const limits = { unreadPatienceMs: 100, readBytesPerSecondMin: 1_000 * MEBIBYTE };

  beforeEach(() => {
    hold(api.node, { key: "large", value: Buffer.alloc(8 * MEBIBYTE, "x") });
  });

  /** Asked for more than the network takes between two processes of one machine. */
  async function deaf(port: number): Promise<RawConnection> {
    const client = await connectTo(port);
    client.socket.pause();
    client.socket.write(GET.repeat(4));
    return client;
  }

  it("is closed after its time, and holds nothing any more", async () => {
    const port = await serve(limits);
    const client = await deaf(port);
    const [server] = servers as [Server];
    const gone = new Promise<void>((resolve) => {
      server.getConnections((_error, count) => count === 0 && resolve());
      const look = () => server.getConnections((_error, count) => count === 0 && resolve());
      server.on("request", (request) => request.socket.once("close", () => setImmediate(look)));
    });
    await gone;
    client.socket.resume();
    expect((await client.closed()).length).toBeLessThan(32 * MEBIBYTE);
  });

  it("is closed before its time when there are too many such bytes", async () => {
    const port = await serve({
      ...limits,
      unreadPatienceMs: 60_000,
      unreadBytesMax: 40 * MEBIBYTE,
    });
    const first = await deaf(port);
    const second = await deaf(port);
    first.socket.resume();
    expect((await first.closed()).length).toBeLessThan(32 * MEBIBYTE);
    second.socket.resume();
    await second.until("x".repeat(1_000));
  });

  it("which reads at any pace above the slowest one gets all of it", async () => {
    const port = await serve({});
    const client = await connectTo(port);
    client.socket.write(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    expect((await client.closed()).length).toBeGreaterThan(8 * MEBIBYTE);
  });
});
