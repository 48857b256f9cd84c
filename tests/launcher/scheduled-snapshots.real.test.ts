/** Snapshots by the clock on real processes: who takes them, and how the newest is brought back. */

import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import axios from "axios";
import { type Cluster, startCluster } from "../../scripts/launcher/cluster.mjs";
import { ROOT } from "../../scripts/launcher/programs.mjs";
import { pollUntil } from "../harness/polling.js";

interface Status {
  readonly isLeader: boolean;
  readonly scheduledSnapshots: { readonly taken: number; readonly failed: number };
}

/** A start, and a few snapshots, on a busy machine. */
const TIMEOUT_MS = 120_000;

let data: string;
let cluster: Cluster;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "ringkv-scheduled-"));
});
afterEach(async () => {
  await cluster.stopAll();
  rmSync(data, { recursive: true, force: true });
}, TIMEOUT_MS);

async function start(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = { SNAPSHOT_CRON: "* * * * * *", SNAPSHOT_DIR: "", LOG_LEVEL: "warn", ...env };
  cluster = await startCluster({ dataDirectory: data, env: settings, quiet: true });
}

const kv = (node: number, key: string) => `${cluster.urls[node]}/kv/${key}`;

async function statusOfAll(): Promise<Status[]> {
  const answers = cluster.urls.map((url) => axios.get<Status>(`${url}/status`));
  return (await Promise.all(answers)).map((answer) => answer.data);
}

/** Polls until the nodes have taken, and failed to take, as many as asked for in total. */
async function untilCounted(count: (status: Status) => number, least: number): Promise<Status[]> {
  let all: Status[] = [];
  await pollUntil(`${least} are counted`, async () => {
    all = await statusOfAll();
    const sum = all.map(count).reduce((a, b) => a + b);
    return sum >= least ? "" : `${sum} so far`;
  });
  return all;
}

function restore(...args: string[]): Promise<{ code: number | null; text: string }> {
  const all = ["scripts/restore.mjs", "--data", data, "--url", `${cluster.urls[1]}`, ...args];
  const child = spawn(process.execPath, all, { cwd: ROOT });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece) => {
      text += piece;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, text })));
}

it(
  "are taken by the leader alone, kept in number, and brought back by one command",
  async () => {
    await start({ SNAPSHOT_KEEP: "2" });
    for (const key of ["a", "b", "c"]) await axios.put(kv(0, key), `${key} before`);
    const before = await untilCounted((status) => status.scheduledSnapshots.taken, 3);
    const byOthers = before.filter(({ isLeader }) => !isLeader);
    for (const { scheduledSnapshots } of byOthers) expect(scheduledSnapshots.taken).toBe(0);
    // Two, and for a moment the one that makes them three.
    const files = readdirSync(path.join(data, "snapshots")).filter((file) => file.endsWith(".gz"));
    expect([2, 3]).toContain(files.length);

    const [file = ""] = files.toSorted().slice(-1);
    await axios.put(kv(1, "a"), "a after");
    await axios.delete(kv(2, "b"));
    const copy = path.join(data, "copy.ndjson.gz"); // The original is let go of in two seconds.
    copyFileSync(path.join(data, "snapshots", file), copy);
    const named = ["--file", copy];
    const merged = await restore(...named);
    expect(merged).toEqual({ code: 0, text: expect.stringContaining("1 of 3 records restored") });
    expect((await axios.get<string>(kv(0, "a"))).data).toBe("a after");

    const rolledBack = await restore(...named, "--mode", "overwrite");
    expect(rolledBack.code).toBe(0);
    for (const key of ["a", "b", "c"]) {
      expect((await axios.get<string>(kv(2, key))).data).toBe(`${key} before`);
    }
    expect(await restore("--dry-run")).toMatchObject({ code: 0 });
  },
  TIMEOUT_MS,
);

it(
  "are counted as failed where they cannot be written, and clients never notice",
  async () => {
    const inTheWay = path.join(data, "in-the-way");
    writeFileSync(inTheWay, "");
    await start({ SNAPSHOT_DIR: inTheWay });
    await untilCounted((status) => status.scheduledSnapshots.failed, 1);
    await axios.put(kv(0, "a"), "stored all the same");
    expect((await axios.get<string>(kv(1, "a"))).data).toBe("stored all the same");
  },
  TIMEOUT_MS,
);

it(
  "that are not wanted any more are not due any more",
  async () => {
    await start({ SNAPSHOT_CRON: "" });
    const [status] = await statusOfAll();
    expect(status).toMatchObject({
      scheduledSnapshots: null,
      queues: { snapshots: { waiting: 0, delayed: 0 } },
    });
  },
  TIMEOUT_MS,
);
