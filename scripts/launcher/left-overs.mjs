/**
 * Waits for what a killed launcher left behind on this data directory.
 *
 * Two Redis on the same files would ruin them, so one that does not end is a reason not to start.
 * It ends no process itself: a number in a file may belong to somebody else by now.
 */

import { spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { LauncherFailure } from "./failure.mjs";
import { isAlive } from "./pid-files.mjs";

const TIMEOUT_MS = 20_000; // The guard needs up to fifteen seconds for a node that hangs.
const POLL_MS = 100;

/**
 * @param {import("./pid-files.mjs").PidFiles} pidFiles
 * @param {(text: string) => void} report
 */
export async function awaitLeftOvers(pidFiles, report) {
  const deadline = Date.now() + TIMEOUT_MS;
  for (const { name, pid } of pidFiles.leftOvers()) {
    if (isOurs(pid)) {
      report(`waiting for ${name} (process ${pid}) of an earlier launcher to end`);
      while (isAlive(pid) && Date.now() < deadline) await wait(POLL_MS);
      if (isAlive(pid))
        throw new LauncherFailure(
          `${name} (process ${pid}) of an earlier launcher still runs; end it with: kill ${pid}`,
        );
    }
    pidFiles.remove(name);
  }
}

/** @param {number} pid */
function isOurs(pid) {
  const { stdout } = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  return /redis-server|valkey-server|embedded-redis|server\/dist\/main\.js/.test(stdout ?? "");
}
