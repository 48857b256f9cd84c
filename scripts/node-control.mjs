/**
 * `npm run node -- stop node2`: asks the running launcher to act on one of its processes.
 *
 * It ends nothing itself and needs no process names: the launcher knows the ids.
 * Exit codes: 0 done, 1 refused, 2 usage, 4 no launcher runs.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { askLauncher } from "./launcher/control-channel.mjs";
import { messageOf } from "./launcher/failure.mjs";
import { ROOT } from "./launcher/programs.mjs";

const ACTIONS = ["status", "start", "stop", "kill", "restart", "pause", "resume"];
const USAGE = `npm run node -- <action> <node1|redis1|…> [--data <directory>]
  status [name]    what runs, with process ids
  start, stop      start it and wait until it answers; stop it (SIGTERM) and wait until it is gone
  restart          stop, then start
  kill             end it at once (SIGKILL), as a power cut would
  pause, resume    SIGSTOP and SIGCONT: it hangs, and goes on`;

/** @returns {Promise<number>} the exit code */
async function main() {
  const { values, positionals } = readArguments();
  const [action = "", name = "", ...rest] = positionals;
  const complete = ACTIONS.includes(action) && (name !== "" || action === "status");
  if (!complete || rest.length > 0) return complain(USAGE, 2);

  if (existsSync(path.join(ROOT, ".env")) && existsSync(path.join(ROOT, "node_modules/dotenv"))) {
    const { config } = await import("dotenv");
    config({ path: path.join(ROOT, ".env"), quiet: true });
  }
  const data = values.data || process.env["DATA_DIR"] || "data";
  const reply = await askLauncher(path.resolve(ROOT, data), { action, name });
  if (reply === null) return complain(`no launcher runs on ${data}; start one with npm start`, 4);
  if ("refused" in reply) return complain(reply.refused, 1);
  process.stdout.write(`${reply.done}\n`);
  return 0;
}

function readArguments() {
  try {
    const options = /** @type {const} */ ({ data: { type: "string" } });
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    complain(messageOf(error), 2);
    return { values: {}, positionals: [] };
  }
}

/** @param {string} text @param {number} exitCode */
function complain(text, exitCode) {
  process.stderr.write(`${text}\n`);
  return exitCode;
}

process.exitCode = await main();
