/**
 * The simulator's own test: bugs are planted in the built code, and each must be found by the
 * promise that it breaks, in few seeds. They run on `dist`, which is built first.
 */

import { fork, spawnSync } from "node:child_process";
import type { CampaignResult } from "@ringkv/testing";
import type { WorkerMessage, WorkerTask } from "../../scripts/sim-worker.mjs";
import { PLANTED_BUGS } from "./planted-bugs.mjs";

const ROOT = new URL("../../", import.meta.url);
const found: string[] = [];

beforeAll(() => {
  const compiler = ["node_modules/typescript/bin/tsc", "-b", "packages/testing"];
  const { status, stdout } = spawnSync(process.execPath, compiler, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed: ${stdout}`);
}, 120_000);

afterAll(() => {
  process.stdout.write(`planted bugs, and the seeds it took to find each:\n${found.join("\n")}\n`);
});

it.each(PLANTED_BUGS)(
  "finds $name by $caughtBy within $seedsMax seeds",
  async (bug) => {
    const task = { from: 1, mix: bug.mix ?? "broad" };
    const { tally, failure } = await simulate({ ...task, seeds: bug.seedsMax, plant: bug.name });
    found.push(`  ${bug.name}: ${bug.caughtBy} after ${tally.schedules}`);
    expect(failure?.violation.invariant).toBe(bug.caughtBy);
  },
  180_000,
);

it("refuses to plant a bug in code that has changed", async () => {
  await expect(simulate({ from: 1, seeds: 1, mix: "broad", plant: "no-such-bug" })).rejects.toThrow(
    "no result",
  );
});

function simulate(task: WorkerTask): Promise<CampaignResult> {
  return new Promise((resolve, reject) => {
    const script = new URL("scripts/sim-worker.mjs", ROOT);
    // Jest's own flags are not for this process.
    const worker = fork(script, [JSON.stringify(task)], { execArgv: [], silent: true });
    let result: CampaignResult | null = null;
    let complaint = "";
    worker.stderr?.on("data", (part: Buffer) => {
      complaint += part.toString();
    });
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "result") result = message.result;
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (result === null) reject(new Error(`ended with ${code} and no result: ${complaint}`));
      else resolve(result);
    });
  });
}
