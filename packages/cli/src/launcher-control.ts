/**
 * Asks the launcher of this checkout to act on one of its processes, by the command that people
 * use: `npm run node -- stop node2`. In the image there is no launcher, and this says so.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CommandFailure } from "./exit-code.js";

export type LauncherAction = "start" | "stop" | "kill" | "pause" | "resume" | "status";

const CONTROL = fileURLToPath(new URL("../../../scripts/node-control.mjs", import.meta.url));

/** What the launcher said. */
export function askLauncher(
  action: LauncherAction,
  { node, data }: { readonly node: string; readonly data: string | undefined },
): Promise<string> {
  if (!existsSync(CONTROL)) {
    throw new CommandFailure("a drill needs a checkout with its launcher: npm start");
  }
  const args = [CONTROL, action, node, ...(data === undefined ? [] : ["--data", data])];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new CommandFailure(stderr.trim() || error.message));
    });
  });
}
