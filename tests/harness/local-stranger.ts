/** A node process beside a local cluster, with settings of its own and a Redis of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePorts } from "../../scripts/launcher/ports.mjs";
import { askNode, askRedis } from "../../scripts/launcher/probes.mjs";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";
import type { Stranger, StrangerSettings } from "./cluster.js";
import { HttpDoor } from "./http-door.js";
import { HttpTransport } from "./http-transport.js";
import { pollUntil } from "./polling.js";

export interface Neighbourhood {
  /** The members' peer addresses; a stranger with a member's name takes its place. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly nodeMain: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Resolves when the stranger runs (`/livez`); it is not expected to get ready. */
export async function openStranger(
  { name, members, env }: StrangerSettings,
  neighbourhood: Neighbourhood,
): Promise<Stranger> {
  const [httpPort = 0, redisPort = 0, otherPort = 0, grpcPort = 0] = await freePorts(4);
  const directory = mkdtempSync(path.join(tmpdir(), "ringkv-stranger-"));
  const redis = spawnRedis(redisPort, directory);
  const { addresses } = neighbourhood;
  const addressOf = (member: string) => addresses.get(member) ?? `127.0.0.1:${otherPort}`;
  const list = members ?? [...addresses.keys()];
  const settings = {
    ...neighbourhood.env,
    NODE_ID: name,
    MEMBERS: list.map((member) => `${member}=${addressOf(member)}`).join(","),
    HTTP_PORT: String(httpPort),
    GRPC_PORT: String(grpcPort),
    PEER_PORT: addressOf(name).split(":").at(-1) ?? "",
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    ...env,
  };
  const door = new HttpDoor(new HttpTransport(`http://127.0.0.1:${httpPort}`));
  let node: ChildProcess | null = null;
  const close = async () => {
    door.close();
    await end(node);
    await end(redis);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await pollUntil("the stranger's Redis answers", () => askRedis(redisPort), 10_000);
    node = spawnNode(neighbourhood.nodeMain, { cwd: directory, env: settings });
    const url = `http://127.0.0.1:${httpPort}/livez`;
    await pollUntil("the stranger runs", () => askNode(url), 20_000);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { health: () => door.health(), close };
}

/** The channel makes it leave when the test process goes away without a word. */
function spawnNode(
  main: string,
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): ChildProcess {
  const stdio = ["ignore", "ignore", "ignore", "ipc"] as const;
  return spawn(process.execPath, [main], {
    cwd,
    env: { ...process.env, ...env },
    stdio: [...stdio],
  });
}

function spawnRedis(port: number, directory: string): ChildProcess {
  const choice = chooseRedis([], process.env);
  if (choice.kind !== "server") throw new Error("a stranger needs a Redis server of its own");
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory];
  return spawn(choice.file, [...settings, "--save", "", "--appendonly", "no"], { stdio: "ignore" });
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
