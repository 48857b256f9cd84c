/**
 * Simulations in a process of their own, on the built code: more than twice as fast as inside Jest,
 * whose modules live in a context that V8 optimises less; and a bug can be planted there.
 */

import { fork, spawnSync } from "node:child_process";
import type { CampaignResult } from "@ringkv/testing";
import type { WorkerMessage, WorkerTask } from "../../scripts/sim-worker.mjs";

const ROOT = new URL("../../", import.meta.url);

/** To be called before the first simulation of a file. Cheap when nothing has changed. */
export function build(): void {
  const compiler = ["node_modules/typescript/bin/tsc", "-b", "packages/testing"];
  const { status, stdout } = spawnSync(process.execPath, compiler, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed: ${stdout}`);
}

/** Rejects when the process ends without a result, above all when a bug cannot be planted. */
export function simulate(task: WorkerTask): Promise<CampaignResult> {
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
