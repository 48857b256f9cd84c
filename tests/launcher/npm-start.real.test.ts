/** `npm start` and `npm run node` as a user has them: processes, signals, exit codes, lines. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../scripts/launcher/pid-files.mjs";
import { freePorts } from "../../scripts/launcher/ports.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";

const STUB = fileURLToPath(new URL("./stub-node.mjs", import.meta.url));
const hasRedis = chooseRedis([], process.env).kind === "server";

let data: string;
let launcher: Launcher | null = null;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "ringkv-start-"));
});
afterEach(async () => {
  launcher?.child.kill("SIGTERM");
  await launcher?.ended;
  rmSync(data, { recursive: true, force: true });
});

interface Launcher {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

/** Starts it on three free runs of ports, as a child of `inside` where that is given. */
async function npmStart(
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
  inside: readonly string[] = [],
): Promise<Launcher> {
  const [base = 0] = await freePorts(1);
  const runs = { "--http-port": 0, "--peer-port": 20, "--redis-port": 40, "--grpc-port": 60 };
  const ports = Object.entries(runs).flatMap(([flag, offset]) => [flag, base + offset]);
  const command = ["scripts/start.mjs", "--data", data, ...ports.map(String), ...args];
  const [file, ...rest] = [...inside, process.execPath, ...command];
  const child = spawn(`${file}`, rest, {
    cwd: ROOT,
    env: { ...process.env, RINGKV_NODE_MAIN: STUB, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  launcher = { child, ended, output: () => output };
  return launcher;
}

async function readyStart(...how: Parameters<typeof npmStart>): Promise<Launcher> {
  const started = await npmStart(...how);
  const early = started.ended.then(() => Promise.reject(new Error(started.output())));
  await Promise.race([early, until(() => started.output().includes("ready:"))]);
  early.catch(() => {});
  return started;
}

function control(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["scripts/node-control.mjs", ...args, "--data", data],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { status, text: stdout + stderr };
}

function pids(): number[] {
  const folder = path.join(data, "run");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".pid") && file !== "launcher.pid")
    .map((file) => Number(readFileSync(path.join(folder, file), "utf8")));
}

/** Two starts, and a command line for each question, on a busy machine. */
const RESTART_TIMEOUT_MS = 60_000;

describe("npm start", () => {
  it("prints one ready line and stops cleanly on Ctrl-C, also when it comes twice", async () => {
    const { child, ended, output } = await readyStart();
    expect(output()).toMatch(
      /^ringkv: ready: http:\S+ http:\S+ http:\S+ {2}try: curl -X PUT .*\/kv\/greeting$/m,
    );
    const left = pids();
    expect(left).toHaveLength(6);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(left.filter(isAlive)).toEqual([]);
    expect(output()).toContain("stopped");
  });

  it("stops when npm is told to, though npm tells its shell alone", async () => {
    const shell = ["sh", "-c", '"$@"; true', "sh"];
    const { child, ended } = await readyStart([], { npm_lifecycle_event: "start" }, shell);
    const left = pids();
    child.kill("SIGTERM");
    await until(() => !left.some(isAlive));
    await ended;
  });

  it("lists every bad option and exits with 2", async () => {
    const { ended, output } = await npmStart(["--nodes", "12", "--wrong"]);
    expect(await ended).toBe(2);
    expect(output()).toContain("--nodes must be a whole number from 1 to 9");
    expect(output()).toContain("--wrong is not an option");
  });

  it("says loudly that nothing is persisted where there is no Redis", async () => {
    const { output } = await readyStart(["--nodes", "1"], { PATH: "/nowhere" });
    expect(output()).toContain("NOTHING IS PERSISTED");
  });

  it("leaves nothing behind when it is killed, not even what was paused", async () => {
    const { child, ended } = await readyStart();
    const left = pids();
    expect(control("pause", "node2")).toEqual({ status: 0, text: "node2 paused\n" });
    child.kill("SIGKILL");
    await ended;
    await until(() => !left.some(isAlive));
  });

  it(
    "finds the data of the time before, unless it said that nothing is persisted",
    async () => {
      const first = await readyStart(["--nodes", "1"]);
      // A transaction in the log, as everything that a node writes.
      expect(
        redisCli(`EVAL "redis.call('SET','a','b') return redis.call('SET','kept','yes')" 0`),
      ).toBe("+OK");
      first.child.kill("SIGKILL");
      await first.ended;
      await readyStart(["--nodes", "1"]);
      expect(redisCli("GET kept")).toBe(hasRedis ? "$3\r\nyes" : "$-1");
    },
    RESTART_TIMEOUT_MS,
  );
});

describe("npm run node", () => {
  it("stops and starts one process of the running launcher", async () => {
    await readyStart();
    expect(control("stop", "node2")).toEqual({ status: 0, text: "node2 stopped\n" });
    expect(control("status", "node2").text).toMatch(/^node2 +stopped/);
    expect(control("stop", "node2")).toEqual({ status: 1, text: "node2 is not running\n" });
    expect(control("start", "node2")).toEqual({ status: 0, text: "node2 started\n" });
    expect(control("kill", "redis3")).toEqual({ status: 0, text: "redis3 killed\n" });
    expect(control("restart", "redis3")).toEqual({ status: 0, text: "redis3 restarted\n" });
    expect(control("start", "node9")).toMatchObject({ status: 1 });
  });

  it.each`
    args                    | status | why
    ${["stop", "node1"]}    | ${4}   | ${"no launcher runs"}
    ${["stop"]}             | ${2}   | ${"no name"}
    ${["explode", "node1"]} | ${2}   | ${"no such action"}
    ${["stop", "a", "b"]}   | ${2}   | ${"too many names"}
    ${["stop", "--force"]}  | ${2}   | ${"no such option"}
  `("exits with $status: $why", ({ args, status }) => {
    expect(control(...args).status).toBe(status);
  });
});

/** Speaks to redis1 of the launcher through the address that `status` shows, as its admin. */
function redisCli(command: string): string {
  const port = /redis1 .*:(\d+)$/m.exec(control("status").text)?.[1];
  const script = `
    const s = require("net").connect(${port}, "127.0.0.1", () => s.end(process.argv[1]));
    s.on("data", (d) => process.stdout.write(d))`;
  const secret = path.join(data, "run/redis1.admin");
  const login = existsSync(secret) ? `AUTH admin ${readFileSync(secret, "utf8")}\r\n` : "";
  const request = `${login}${command}\r\n`;
  const { stdout } = spawnSync(process.execPath, ["-e", script, request], { encoding: "utf8" });
  return (login === "" ? stdout : stdout.replace(/^\+OK\r\n/, "")).trim();
}

/** Real processes take their own time; Jest's time limit ends a wait that is too long. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
