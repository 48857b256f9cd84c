/**
 * What somebody can do who reaches the Redis of a node: with no password, with a wrong one, with
 * the nodes' own. On the Redis that the launcher starts, with a small program in place of its node.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";

const STUB = fileURLToPath(new URL("../launcher/stub-node.mjs", import.meta.url));

/** Each would read, change or end more than a node's records. */
const DANGEROUS = [
  ["KEYS", "*"],
  ["SCAN", "0"],
  ["CONFIG", "SET", "appendfsync", "no"],
  ["CONFIG", "REWRITE"],
  ["FLUSHALL"],
  ["FLUSHDB"],
  ["RESTORE", "p:1", "0", "x"],
  ["REPLICAOF", "127.0.0.1", "1"],
  ["MODULE", "LIST"],
  ["SHUTDOWN", "NOSAVE"],
  ["ACL", "LIST"],
  ["MIGRATE", "127.0.0.1", "1", "p:1", "0", "1"],
  ["MONITOR"],
  ["BGREWRITEAOF"],
  ["SCRIPT", "FLUSH"],
  ["FUNCTION", "FLUSH"],
  ["CLIENT", "KILL", "TYPE", "normal"],
  ["SWAPDB", "0", "1"],
  ["PUBLISH", "channel", "x"],
];

/** `DEBUG` is switched off for everybody by redis.conf, which Redis looks at first. */
const NOT_FOR_ANYBODY = [["DEBUG", "SLEEP", "0"]];

let dataDirectory: string;
let cluster: Cluster;
let password: string;
const clients: Redis[] = [];

function as(user: string | null, secret = password): Redis {
  const [port = 0] = cluster.redisPorts;
  const login = user === null ? {} : { username: user, password: secret };
  const client = new Redis({ port, host: "127.0.0.1", ...login, ...IMPATIENT });
  client.on("error", () => {}); // The command's own rejection says it.
  clients.push(client);
  return client;
}
const IMPATIENT = { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false };

beforeAll(async () => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-access-"));
  const env = { RINGKV_NODE_MAIN: STUB };
  cluster = await startCluster({ dataDirectory, nodes: 1, env, quiet: true });
  const told = await (await fetch(`${cluster.urls[0]}/env`)).json();
  password = new URL(String((told as NodeJS.ProcessEnv)["REDIS_URL"])).password;
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});
afterAll(async () => {
  await cluster.stopAll();
  rmSync(dataDirectory, { recursive: true, force: true });
});

/** What Redis says to bytes that somebody sends, until it closes or has said something. */
function answerTo(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(cluster.redisPorts[0] ?? 0, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (data) => {
      text += data.toString("latin1");
      if (text.includes("\r\n")) socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(text));
  });
}

// The stand-in is a program of the same user, in memory, for a look around: it knows no users.
const hasUsers = chooseRedis([], process.env).kind === "server";

if (hasUsers) {
  describe("the Redis of a node", () => {
    it.each([["PING"], ["GET", "meta"], ["HGETALL", "meta"], ["INFO"], ["SHUTDOWN"]])(
      "answers nothing to who gives no password: %s",
      async (...command) => {
        expect(await answerTo(`${command.join(" ")}\r\n`)).toMatch(/^-NOAUTH /);
      },
    );

    it.each(["ringkv", "ringkv-queue", "admin", "default"])(
      "does not take a wrong password for %s",
      async (user) => {
        for (const wrong of ["", "wrong", `${password}x`, password.slice(1)])
          expect(await answerTo(`AUTH ${user} "${wrong}"\r\n`)).toMatch(/^-WRONGPASS /);
      },
    );

    it("tells a health check whether it answers, and nothing else", async () => {
      const health = as("health", "anything");
      expect(await health.ping()).toBe("PONG");
      await expect(health.call("HGETALL", "meta")).rejects.toThrow(/^NOPERM/);
      await expect(health.call("INFO")).rejects.toThrow(/^NOPERM/);
    });

    it("drops whoever speaks HTTP to it, as a page in somebody's browser would", async () => {
      expect(await answerTo("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")).toBe("");
      expect(await answerTo("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")).toMatch(/^-NOAUTH|^$/);
    });

    describe.each(["ringkv", "ringkv-queue"])("as %s", (user) => {
      it.each(DANGEROUS)("refuses %s %s", async (...command) => {
        const [name = "", ...args] = command;
        await expect(as(user).call(name, ...args)).rejects.toThrow(/^NOPERM/);
      });

      it.each(NOT_FOR_ANYBODY)("refuses %s", async (name, ...args) => {
        await expect(as(user).call(name, ...args)).rejects.toThrow(/not allowed|^NOPERM/);
      });

      it("refuses a script what it refuses the user", async () => {
        const script = "return redis.call('FLUSHALL')";
        await expect(as(user).call("EVAL", script, "0")).rejects.toThrow(
          /can't run|can't access|NOPERM/,
        );
      });
    });

    it("keeps records and jobs apart, whoever has the password of both", async () => {
      const [records, jobs] = [as("ringkv"), as("ringkv-queue")];
      await records.hset("p:1", "key", "record");
      await jobs.hset("ringkv-node1:replication:1", "key", "job");
      await expect(jobs.call("HGET", "p:1", "key")).rejects.toThrow(/^NOPERM/);
      await expect(jobs.call("DEL", "meta")).rejects.toThrow(/^NOPERM/);
      const job = ["HGET", "ringkv-node1:replication:1", "key"] as const;
      await expect(records.call(...job)).rejects.toThrow(/^NOPERM/);
      const script = "return redis.call('HGET', 'p:1', 'key')";
      await expect(jobs.call("EVAL", script, "0")).rejects.toThrow(/can't run|can't access|NOPERM/);
    });

    it("still leaves a script of the records' user all that the user may", async () => {
      const script = "return redis.call('UNLINK', 'p:1')";
      expect(await as("ringkv").call("EVAL", script, "0")).toBe(1);
    });
  });
} else {
  it("knows no users where it is the stand-in", async () => {
    expect(await answerTo("PING\r\n")).toBe("+PONG\r\n");
  });
}
