/**
 * The launcher on real processes: Redis (or its stand-in) and small programs in place of nodes.
 * What is asked of the system is asked by process id, as a user would.
 */

import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";
import { controlSocketPath } from "../../scripts/launcher/control-channel.mjs";
import { isAlive } from "../../scripts/launcher/pid-files.mjs";
import { anyFreePorts } from "../../scripts/launcher/places.mjs";
import { askNode, askRedis } from "../../scripts/launcher/probes.mjs";

const STUB = fileURLToPath(new URL("./stub-node.mjs", import.meta.url));

let dataDirectory: string;
let said: string[];
const running: Cluster[] = [];

beforeEach(() => {
  dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv launcher "));
  said = [];
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((cluster) => cluster.stopAll()));
  rmSync(dataDirectory, { recursive: true, force: true });
});

interface Wishes {
  members?: Record<string, string>;
  nodes?: number;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

async function start({ env, ...wishes }: Wishes = {}): Promise<Cluster> {
  const cluster = await startCluster({
    dataDirectory,
    report: (text) => void said.push(text),
    env: { RINGKV_NODE_MAIN: STUB, ...env },
    ...wishes,
  });
  running.push(cluster);
  return cluster;
}

const pidFiles = () =>
  readdirSync(path.join(dataDirectory, "run")).filter((f) => f.endsWith(".pid"));
const logOf = (name: string) =>
  readFileSync(path.join(dataDirectory, "log", `${name}.log`), "utf8");

/** What the node was told by its environment. */
async function environmentOf({ urls }: Cluster, index: number): Promise<NodeJS.ProcessEnv> {
  const response = await fetch(`${urls[index]}/env`);
  return (await response.json()) as NodeJS.ProcessEnv;
}

describe("a cluster of processes", () => {
  it("tells each node who it is, where its Redis is and who the others are", async () => {
    const cluster = await start({ env: { LOG_LEVEL: "debug", NODE_ID: "nobody" } });
    const [, { grpcPort, peerPort, redisPort } = { grpcPort: 0, peerPort: 0, redisPort: 0 }] =
      cluster.nodes;
    expect(await environmentOf(cluster, 1)).toMatchObject({
      NODE_ID: "node2",
      GRPC_PORT: String(grpcPort),
      PEER_PORT: String(peerPort),
      ...(cluster.redisKind === "server"
        ? {
            REDIS_URL: expect.stringMatching(`^redis://ringkv:\\w{48}@127.0.0.1:${redisPort}$`),
            QUEUE_REDIS_URL: expect.stringMatching(`^redis://ringkv-queue:\\w{48}@127.0.0.1:`),
          }
        : { REDIS_URL: `redis://127.0.0.1:${redisPort}` }),
      MEMBERS: cluster.nodes.map(({ name, peerPort: p }) => `${name}=127.0.0.1:${p}`).join(","),
      LOG_LEVEL: "debug",
    });
    expect(await Promise.all(cluster.redisPorts.map(askRedis))).toEqual(["", "", ""]);
  });

  it("tells a node what it is asked to tell it of the others, and the rest the truth", async () => {
    const cluster = await start({ members: { node2: "node2=127.0.0.1:1" } });
    expect(await environmentOf(cluster, 1)).toMatchObject({ MEMBERS: "node2=127.0.0.1:1" });
    expect(await environmentOf(cluster, 2)).toMatchObject({ MEMBERS: cluster.members });
  });

  it.each`
    nodes | env                       | expected                                     | why
    ${1}  | ${{}}                     | ${{ REPLICA_COUNT: "1", WRITE_QUORUM: "1" }} | ${"one node cannot keep two copies"}
    ${1}  | ${{ REPLICA_COUNT: "2" }} | ${{ REPLICA_COUNT: "2", WRITE_QUORUM: "1" }} | ${"what was set is not touched"}
    ${2}  | ${{}}                     | ${{ REPLICA_COUNT: undefined }}              | ${"two can, by the nodes' own default"}
  `("$why: $nodes node(s) with $env", async ({ nodes, env, expected }) => {
    const cluster = await start({ nodes, env });
    const { REPLICA_COUNT, WRITE_QUORUM } = await environmentOf(cluster, 0);
    expect({ REPLICA_COUNT, WRITE_QUORUM }).toMatchObject(expected);
  });

  it("stops nodes before their Redis, and leaves neither processes nor process ids", async () => {
    const cluster = await start();
    const pids = cluster.names.map((name) => cluster.pid(name) ?? 0);
    expect(pidFiles()).toHaveLength(7);
    await Promise.all([cluster.stopAll(), cluster.stopAll()]); // Ctrl-C arrives twice.

    for (const name of ["node1", "node2", "node3"])
      expect(logOf(name)).toContain("leaving, redis says PONG");
    expect(pids.filter(isAlive)).toEqual([]);
    expect(pidFiles()).toEqual([]);
    await expect(cluster.start("node1")).rejects.toThrow("stopping");
  });

  it("is not kept from leaving by somebody who holds its control socket", async () => {
    const cluster = await start({ nodes: 1 });
    const idle = connect(controlSocketPath(dataDirectory));
    await once(idle, "connect");
    await cluster.stopAll();
    await once(idle, "close");
  });

  it("acts on one process and leaves the others alone", async () => {
    const cluster = await start();
    const [url = ""] = cluster.urls.slice(1);
    const before = cluster.pid("node1");

    await cluster.stop("node2");
    expect(await askNode(url)).toBe("no answer");
    expect(existsSync(path.join(dataDirectory, "run/node2.pid"))).toBe(false);
    await expect(cluster.stop("node2")).rejects.toThrow("node2 is not running");

    await cluster.start("node2");
    expect(await askNode(url)).toBe("");
    await expect(cluster.start("node2")).rejects.toThrow("node2 is running");

    await cluster.kill("redis2");
    expect(await askRedis(cluster.redisPorts[1] ?? 0)).toBe("no answer");
    await cluster.restart("redis2");
    expect(await askRedis(cluster.redisPorts[1] ?? 0)).toBe("");
    expect(cluster.pid("node1")).toBe(before);
    await expect(cluster.kill("node9")).rejects.toThrow('no process is named "node9"');
  });

  it("pauses a process, and can still end it", async () => {
    const cluster = await start();
    const pid = cluster.pid("node3") ?? 0;
    const [url = ""] = cluster.urls.slice(2);
    await cluster.pause("node3");
    expect(await askNode(url)).toBe("no answer");
    await cluster.resume("node3");
    expect(await askNode(url)).toBe("");
    await cluster.pause("node3");
    await cluster.stopAll();
    expect(isAlive(pid)).toBe(false);
  });

  it("reports a death and goes on", async () => {
    const cluster = await start();
    process.kill(cluster.pid("node2") ?? 0, "SIGKILL");
    await until(() => said.includes("node2 died: SIGKILL"));
    expect(cluster.state("node2")).toBe("stopped");
    expect(cluster.state("node1")).toBe("running");
    await cluster.start("node2");
  });

  it("kills what does not leave, and says so", async () => {
    const cluster = await start({ env: { STUB_HANGS: "node1", DRAIN_TIMEOUT_MS: "-4800" } });
    const pid = cluster.pid("node1") ?? 0;
    await cluster.stop("node1");
    expect(isAlive(pid)).toBe(false);
    expect(said).toContain("node1 did not leave within 200 ms: killed");
  });
});

describe("a start that fails", () => {
  it("names the port that is taken, and leaves nothing running", async () => {
    const ports = await anyFreePorts(3);
    const squatter = createServer().listen(ports.http[1], "127.0.0.1");
    const attempt = startCluster({ dataDirectory, ports, quiet: true });
    await expect(attempt).rejects.toThrow(`port ${ports.http[1]} is taken, and HTTP of node2`);
    squatter.close();
    expect(pidFiles()).toEqual([]);
  });

  it("shows the last words of a node that refuses to start", async () => {
    await expect(start({ env: { STUB_FAILS: "node2" } })).rejects.toThrow(
      /node2 ended before it was ready:\n.*HTTP_PORT: it is not to my liking\n.*exit code 78/,
    );
    expect(pidFiles()).toEqual([]);
  });

  it("can be interrupted", async () => {
    const interruption = new AbortController();
    interruption.abort();
    await expect(start({ signal: interruption.signal })).rejects.toThrow("interrupted");
    expect(pidFiles()).toEqual([]);
  });

  it("refuses a data directory that another launcher uses", async () => {
    await start();
    await expect(start()).rejects.toThrow("a launcher already runs");
  });

  it("is not hindered by the process id of a process that is gone", async () => {
    const first = await start();
    await first.stopAll();
    writeFileSync(path.join(dataDirectory, "run/redis1.pid"), "999999\n");
    await start();
  });
});

/** Real processes die in their own time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
