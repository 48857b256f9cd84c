/**
 * Outlives a launcher that was killed with SIGKILL just long enough to stop what it left behind.
 *
 * The launcher names each process it starts and ends over IPC. When that channel breaks, whatever
 * is still named is stopped in the same order as on Ctrl-C: nodes, then Redis. Nodes leave by
 * themselves when their launcher goes; but one that is paused cannot, and a Redis never would.
 */

import { setTimeout as wait } from "node:timers/promises";
import { isAlive } from "./pid-files.mjs";

const GRACE_MS = 15_000;
const POLL_MS = 50;

/** @typedef {{watch: number, kind: "node" | "redis"} | {forget: number}} GuardMessage */

/** @type {Map<number, "node" | "redis">} */
const watched = new Map();

process.on("message", (/** @type {GuardMessage} */ message) => {
  if ("watch" in message) watched.set(message.watch, message.kind);
  else watched.delete(message.forget);
});
process.on("disconnect", () => void endAll());
// A terminal that closes must not take the guard before its work is done.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => {});

async function endAll() {
  await end("node");
  await end("redis");
  process.exit(0);
}

/** @param {"node" | "redis"} kind */
async function end(kind) {
  const pids = [...watched].filter(([, of]) => of === kind).map(([pid]) => pid);
  for (const pid of pids) {
    signal(pid, "SIGTERM");
    signal(pid, "SIGCONT");
  }
  const deadline = Date.now() + GRACE_MS;
  while (pids.some(isAlive) && Date.now() < deadline) await wait(POLL_MS);
  for (const pid of pids) signal(pid, "SIGKILL");
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, which is what was wanted.
  }
}
