/**
 * What somebody could do who has broken into a container, or stands beside one: as little as the
 * compose file says. Asked of the engine and of the containers themselves, not read from the file.
 */

import { readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { jest } from "@jest/globals";
import { ROOT } from "../../scripts/launcher/root.mjs";
import type { NodeName, ProcessName, RedisName } from "../harness/cluster.js";
import type { DockerCompose } from "../harness/docker-compose.js";

const NODES: readonly NodeName[] = ["node1", "node2", "node3"];
const REDIS: readonly RedisName[] = ["redis1", "redis2", "redis3"];
const ALL: readonly ProcessName[] = [...NODES, ...REDIS];
const REDIS_PORT = 6379;
const REDIS_CONF = "/etc/ringkv/redis.conf";
const GRACE_S_MIN = 15;
/** Each asks the engine some times, which is slow to answer on a busy machine. */
const TEST_TIMEOUT_MS = 120_000;

/** As `docker inspect` has it; only what is looked at. */
interface Container {
  readonly Config: {
    readonly User: string;
    readonly StopTimeout: number;
    readonly Healthcheck?: { readonly Test: readonly string[] };
    readonly Image: string;
  };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[];
    readonly Privileged: boolean;
    readonly PidsLimit: number;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly Init: boolean;
    readonly NetworkMode: string;
    readonly PidMode: string;
    readonly IpcMode: string;
    readonly Tmpfs: Readonly<Record<string, string>>;
  };
  readonly Mounts: readonly { readonly Destination: string; readonly RW: boolean }[];
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
  readonly State: { readonly ExitCode: number; readonly OOMKilled: boolean };
}

export function describeHardening(cluster: () => DockerCompose): void {
  jest.setTimeout(TEST_TIMEOUT_MS);
  const inspect = async (process: ProcessName) => (await cluster().inspect(process)) as Container;

  describe("a container", () => {
    it.each(ALL)("%s has no more than it needs", async (process) => {
      const { Config, HostConfig, Mounts } = await inspect(process);
      expect(Config.User).toMatch(/^(node|redis)$/);
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        Privileged: false,
        Init: true,
        PidMode: "",
        IpcMode: "private",
      });
      expect(HostConfig.CapAdd ?? []).toEqual([]);
      expect(HostConfig.NetworkMode).not.toBe("host");
      for (const limit of ["PidsLimit", "Memory", "NanoCpus"] as const)
        expect(HostConfig[limit]).toBeGreaterThan(0);
      expect(HostConfig.Tmpfs["/tmp"]).toMatch(/noexec/);
      const writable = Mounts.filter(({ RW }) => RW).map(({ Destination }) => Destination);
      expect(writable).toEqual([Config.User === "node" ? "/snapshots" : "/data"]);
      expect(Config.StopTimeout).toBeGreaterThanOrEqual(GRACE_S_MIN);
      expect(Config.Healthcheck?.Test.length).toBeGreaterThan(1);
    });

    it.each(["node1", "redis1"] as const)(
      "%s can write nothing but its data, and has no rights to give away",
      async (process) => {
        const ours = process === "node1" ? "/app/x" : REDIS_CONF;
        for (const file of [ours, "/usr/local/bin/x", "/x"]) {
          const written = cluster().exec(process, "sh", "-c", `echo > ${file}`);
          await expect(written).rejects.toThrow("Read-only file system");
        }
        const status = await cluster().exec(process, "cat", "/proc/self/status");
        expect(status).toMatch(/^NoNewPrivs:\t1$/m);
        for (const set of ["CapPrm", "CapEff", "CapBnd"])
          expect(status).toMatch(new RegExp(`^${set}:\t0+$`, "m"));
        expect(status).not.toMatch(/^Uid:\t0/m);
      },
    );

    it("a node's image holds nothing that installs or compiles, and no checkout", async () => {
      const wanted = "npm npx yarn corepack gcc cc make g++ python3 git curl wget";
      const find = `for program in ${wanted}; do command -v $program; done; true`;
      expect(await cluster().exec("node1", "sh", "-c", find)).toBe("");
      const odd =
        "find / -xdev '(' -name .git -o -name '.env*' -o -name .npmrc -o -name '*.test.*' " +
        "-o -name typescript -o -name tsconfig.json ')' -not -path '*/node_modules/*/*' 2>&1 " +
        "| grep -v 'Permission denied' || true";
      expect(await cluster().exec("node1", "sh", "-c", odd)).toBe("");
      const { Config } = await inspect("node1");
      const history = ["history", "--no-trunc", "--format", "{{.CreatedBy}}", Config.Image];
      expect(await cluster().docker(...history)).not.toMatch(/secret|token|password/i);
    });

    it("a node's image holds the packages of docs/sbom.cdx.json, and no others", async () => {
      const text = await cluster().exec("node1", "node", "-e", LIST_PACKAGES);
      const found = new Set(text.trim().split("\n"));
      const bill = JSON.parse(readFileSync(path.join(ROOT, "docs/sbom.cdx.json"), "utf8"));
      const components = bill.components as readonly { name: string; version: string }[];
      const listed = components.map(({ name, version }) => `${name}@${version}`);
      expect([...found].filter((it) => !listed.includes(it))).toEqual([]);
      // Of what differs between platforms, one is installed.
      const isOfAPlatform = /^@msgpackr-extract\//;
      expect(listed.filter((it) => !found.has(it) && !isOfAPlatform.test(it))).toEqual([]);
    });

    it.each(["node3", "redis3"] as const)(
      "%s leaves in order when it is asked to",
      async (process) => {
        await cluster().stop(process);
        const { State } = await inspect(process);
        expect(State).toMatchObject({ ExitCode: 0, OOMKilled: false });
        await cluster().start(process);
      },
    );
  });

  describe("the Redis of a container", () => {
    it.each(REDIS)("%s is published nowhere, and the nodes on this machine only", async (redis) => {
      const { NetworkSettings } = await inspect(redis);
      expect(Object.values(NetworkSettings.Ports).filter(Boolean)).toEqual([]);
      const node = await inspect(redis.replace("redis", "node") as NodeName);
      const published = Object.values(node.NetworkSettings.Ports).flatMap((port) => port ?? []);
      expect(published.map(({ HostIp }) => HostIp)).toEqual(["127.0.0.1", "127.0.0.1"]);
      expect(Object.keys(node.NetworkSettings.Ports)).toContain("7000/tcp");
      expect(node.NetworkSettings.Ports["7000/tcp"]).toBeNull();
    });

    it("answers its own node, which has to say who it is", async () => {
      const said = await cluster().exec("node1", "node", "-e", askFor("redis1"));
      expect(said).toMatch(/^-NOAUTH /);
    });

    it("is out of reach for other containers, and tells this machine nothing", async () => {
      const { NetworkSettings, Config } = await inspect("node1");
      const { NetworkSettings: ofRedis } = await inspect("redis1");
      const [address = ""] = Object.values(ofRedis.Networks).map(({ IPAddress }) => IPAddress);
      expect(Object.values(NetworkSettings.Networks).map((it) => it.IPAddress)).toHaveLength(2);
      // Docker gives this machine a way to every container; without a password it leads no further.
      expect(await fromHere(address)).toMatch(/^-NOAUTH /);
      for (const host of ["redis1", address])
        expect(await cluster().exec("node2", "node", "-e", askFor(host))).toBe("");
      const beside = [
        "run",
        "--rm",
        "--network",
        cluster().nodesNetwork,
        Config.Image,
        "node",
        "-e",
      ];
      expect(await cluster().docker(...beside, askFor("redis1"))).toBe("");
      expect(await cluster().docker(...beside, askFor(address))).toBe("");
    });

    it("keeps the admin's password to itself", async () => {
      const modes = await cluster().exec("redis1", "stat", "-c", "%a %U", "/tmp/admin.password");
      expect(modes.trim()).toBe("600 redis");
      expect(await cluster().askRedis("redis1", "ACL", "LOG")).toEqual([]);
    });
  });
}

/** A program for Node.js that writes the name and version of everything that was installed. */
const LIST_PACKAGES = `
  const fs = require("fs"), path = require("path");
  const inModules = (folder) => {
    if (!fs.existsSync(folder)) return;
    for (const name of fs.readdirSync(folder)) {
      const at = path.join(folder, name);
      if (name.startsWith(".") || fs.lstatSync(at).isSymbolicLink()) continue;
      if (name.startsWith("@")) { inModules(at); continue; }
      const { name: title, version } = JSON.parse(fs.readFileSync(path.join(at, "package.json")));
      console.log(title + "@" + version);
      inModules(path.join(at, "node_modules"));
    }
  };
  inModules("/app/node_modules");
  for (const name of fs.readdirSync("/app/packages"))
    inModules(path.join("/app/packages", name, "node_modules"));`;

/**
 * A program for Node.js that asks whether a Redis answers there, and writes what it said. That
 * something takes the connection, or speaks HTTP, proves nothing: a gateway may take any.
 */
function askFor(host: string): string {
  return `
    const socket = require("net").connect({ host: ${JSON.stringify(host)}, port: ${REDIS_PORT} });
    socket.setTimeout(1500, () => socket.destroy());
    socket.once("connect", () => socket.write("PING\\r\\n"));
    socket.on("data", (data) => {
      if (/^[-+]/.test(data)) process.stdout.write(data);
      socket.destroy();
    });
    socket.on("error", () => {});`;
}

/** The same, asked from this machine. */
function fromHere(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: REDIS_PORT });
    let text = "";
    socket.setTimeout(1_500, () => socket.destroy());
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.on("data", (data) => {
      text += data.toString("latin1");
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => resolve(/^[-+]/.test(text) ? text : ""));
  });
}
