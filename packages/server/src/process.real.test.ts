/** The process as an operator sees it: exit codes, signals, and what it says. Runs the build. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { jest } from "@jest/globals";
import { openRedis, type TestRedis } from "@ringkv/testing";
import axios from "axios";
import { Redis } from "ioredis";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** Far above what anything here takes, also on a busy machine. */
const DEADLINE_MS = 30_000;
jest.setTimeout(2 * DEADLINE_MS);

interface Running {
  readonly process: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
}

describe("a node's process", () => {
  let redis: TestRedis;
  const started: Running[] = [];

  beforeAll(async () => {
    redis = await openRedis();
  });

  afterAll(() => redis.close());

  afterEach(async () => {
    for (const { process, exited } of started.splice(0)) {
      process.kill("SIGKILL");
      await exited;
    }
  });

  async function start(settings: Record<string, string> = {}): Promise<Running> {
    const [http, grpc, peer] = await Promise.all([freePort(), freePort(), freePort()]);
    const child = spawn(process.execPath, [MAIN], {
      cwd: "/", // No .env of ours.
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        NODE_ID: "node1",
        MEMBERS: `node1=127.0.0.1:${peer}`,
        HTTP_PORT: `${http}`,
        GRPC_PORT: `${grpc}`,
        PEER_PORT: `${peer}`,
        REDIS_URL: redis.url,
        REPLICA_COUNT: "1",
        WRITE_QUORUM: "1",
        ...settings,
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const exited = once(child, "close").then(([code]) => code as number | null);
    const running = {
      process: child,
      url: `http://127.0.0.1:${http}`,
      output: () => output,
      exited,
    };
    started.push(running);
    return running;
  }

  it("leaves with every problem named when the configuration is wrong", async () => {
    const { exited, output } = await start({ HTTP_PORT: "0", WRITE_QUORUM: "9", LOG_LEVEL: "x" });
    expect(await exited).toBe(78);
    expect(output()).toMatch(/HTTP_PORT/);
    expect(output()).toMatch(/LOG_LEVEL/);
  });

  it("serves, and leaves with 0 when asked to, though asked twice", async () => {
    const { process: child, url, exited } = await start();
    await untilReady(url);
    expect((await axios.put(`${url}/kv/a`, "1")).status).toBe(201);
    child.kill("SIGTERM");
    child.kill("SIGINT");
    expect(await exited).toBe(0);
  });

  it("closes a connection that was busy when it had to leave, with its next answer", async () => {
    const {
      process: child,
      url,
      exited,
    } = await start({ DRAIN_TIMEOUT_MS: `${DEADLINE_MS * 10}` });
    await untilReady(url);
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let answers = "";
    socket.on("data", (chunk: Buffer) => {
      answers += chunk.toString();
    });
    socket.write("PUT /kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1");
    await until(async () => (await requestsInFlight(url)) === 1);
    child.kill("SIGTERM");
    await until(async () => (await ask(url, "/livez")) === null); // It takes no connections now.
    socket.write("2GET /kv/a HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "close");
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toHaveLength(2);
    expect(answers.match(/Connection: [\w-]+/g)).toEqual([
      "Connection: keep-alive",
      "Connection: close",
    ]);
    expect(await exited).toBe(0);
  });

  it("answers what was on its way on an idle connection when it was told to leave", async () => {
    const { process: child, url, exited, output } = await start();
    await untilReady(url);
    const idle = Array.from({ length: 20 }, () => new KeptConnection(url));
    for (const connection of idle) {
      expect(await connection.ask("GET /livez")).toMatch(/^HTTP\/1\.1 200/);
    }
    child.kill("SIGTERM");
    await until(async () => output().includes('"leaving"'));
    for (const connection of idle) {
      // Refused, and told so: the client knows that nothing was stored, and asks another node.
      const answer = await connection.ask("PUT /kv/on-its-way", "x");
      expect(answer).toMatch(/^HTTP\/1\.1 503/);
      expect(answer).toContain("Connection: close");
      expect(answer).toContain("shutting_down");
    }
    expect(await exited).toBe(0);
  });

  it("stamps higher after a restart, and counts it", async () => {
    const first = await start();
    await untilReady(first.url);
    const before = (await axios.put(`${first.url}/kv/b`, "1")).data.version;
    first.process.kill("SIGKILL");
    await first.exited;
    const second = await start();
    await untilReady(second.url);
    const after = (await axios.put(`${second.url}/kv/b`, "2")).data.version;
    expect(after > before).toBe(true);
    expect((await axios.get(`${second.url}/status`)).data.incarnation).toBeGreaterThan(1);
  });

  it("finds and counts damage in its rounds, and tells its scraper, Redis or not", async () => {
    const own = await openRedis();
    const { url } = await start({ REDIS_URL: own.url, SCRUB_INTERVAL_MS: "10000" });
    await untilReady(url);
    const { partition } = (await axios.put(`${url}/kv/d`, "1")).data;
    expect(await metric(url, "ringkv_records")).toBe(1);
    const admin = new Redis(own.url);
    await admin.hset(`p:${partition}`, "d", "garbage");
    admin.disconnect();
    // No other node has a copy: what is damaged is lost, and said to be so.
    await until(async () => (await metric(url, "ringkv_records_damaged_total")) === 1);
    expect(await ask(url, "/kv/d")).toBe(404);
    await own.kill();
    await until(async () => (await metric(url, "ringkv_store_up")) === 0);
    expect(await metric(url, "ringkv_records")).toBeNull();
    expect(await metric(url, "ringkv_records_damaged_total")).toBe(1);
    await own.close();
  });

  it("refuses a Redis that belongs to another node, and says so", async () => {
    const own = await start();
    await untilReady(own.url);
    const peer = await freePort();
    const { exited, output } = await start({
      NODE_ID: "node2",
      MEMBERS: `node2=127.0.0.1:${peer}`,
      PEER_PORT: `${peer}`,
    });
    expect(await exited).toBe(78);
    expect(output()).toMatch(/node1/);
  });

  it("refuses a Redis that belongs to another cluster", async () => {
    const own = await start();
    await untilReady(own.url);
    const { exited } = await start({ CLUSTER_ID: "other" });
    expect(await exited).toBe(78);
  });

  it.each(["HTTP_PORT", "GRPC_PORT"])(
    "leaves with 1 and names the port taken: %s",
    async (name) => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const { exited, output } = await start({ [name]: `${port}` });
      expect(await exited).toBe(1);
      expect(output()).toContain(`${port}`);
      server.close();
    },
  );

  it("is alive and not ready until its Redis answers, then serves", async () => {
    const late = await openRedis();
    await late.kill();
    const grpc = await freePort();
    const { url } = await start({ REDIS_URL: late.url, GRPC_PORT: `${grpc}` });
    await until(async () => (await ask(url, "/livez")) === 200);
    expect(await ask(url, "/readyz")).toBe(503);
    expect(await isOpen(grpc)).toBe(false); // Its clients go on to the next node.
    expect((await axios.put(`${url}/kv/c`, "1", anyStatus)).status).toBe(503);
    await late.start();
    await untilReady(url);
    expect(await isOpen(grpc)).toBe(true);
    expect((await axios.put(`${url}/kv/c`, "1")).status).toBe(201);
    await late.close();
  });
});

/** A connection that a client keeps open between its requests, byte by byte. */
class KeptConnection {
  readonly #socket;

  constructor(url: string) {
    this.#socket = connect(Number(new URL(url).port), "127.0.0.1");
    this.#socket.on("error", () => {});
  }

  /** What came back; nothing: the connection was closed without an answer. */
  async ask(what: string, body = ""): Promise<string> {
    if (this.#socket.closed) return "";
    this.#socket.write(
      `${what} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return new Promise((resolve) => {
      this.#socket.once("data", (chunk: Buffer) => resolve(chunk.toString()));
      this.#socket.once("close", () => resolve(""));
    });
  }
}

const anyStatus = { validateStatus: () => true };

async function ask(url: string, path: string): Promise<number | null> {
  return axios.get(url + path, anyStatus).then(
    ({ status }) => status,
    () => null,
  );
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Null: it is not among those that are told. */
async function metric(url: string, name: string): Promise<number | null> {
  const { data } = await axios.get<string>(`${url}/metrics`);
  const line = data.split("\n").find((it) => it.startsWith(`${name} `));
  return line === undefined ? null : Number(line.slice(name.length));
}

async function requestsInFlight(url: string): Promise<number> {
  return (await axios.get(`${url}/status`)).data.requestsInFlight;
}

const untilReady = (url: string) => until(async () => (await ask(url, "/readyz")) === 200);

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
