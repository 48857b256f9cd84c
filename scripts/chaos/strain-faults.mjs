/**
 * Faults that end nothing: forgotten scripts, lost connections to Redis, too few files, a loop that
 * stands still, too little memory, and anything of the above in any order.
 */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { findProgram } from "../launcher/redis-choice.mjs";
import { pathOf } from "./client.mjs";
import { ChaosFailure } from "./failure.mjs";
import { UNFELT } from "./fault.mjs";
import { infoOf, sayToRedis } from "./redis-words.mjs";

/** @typedef {import("./stage.mjs").Stage} Stage */

const AGAIN_MS = 500;
const CONNECTIONS = 200;
/** How many files a node may open beyond those that it has. */
const FILES_MORE = 8;
const BLOCK_SECONDS = 2;
const HEAP_MEGABYTES = 128;
const BIG_BYTES = 1024 * 1024;
const BIG_AT_ONCE = 64;
const BIG_TIMEOUT_MS = 5_000;

/** @type {Map<string, import("node:net").Socket[]>} by victim: each round has one stage */
const opened = new Map();

export const STRAIN_FAULTS = /** @satisfies {Record<string, import("./fault.mjs").Fault>} */ ({
  "scripts-forgotten": {
    ...UNFELT,
    row: 16,
    says: "`SCRIPT FLUSH`, twice a second",
    begin: async (stage, victim) => {
      const url = stage.adminUrl(victim);
      stage.repeating.start(AGAIN_MS, () => sayToRedis(url, "SCRIPT FLUSH"));
      return "its Redis forgets all scripts twice a second";
    },
    end: async (stage, victim) => {
      await stage.repeating.stop();
      const url = stage.adminUrl(victim);
      const errors = await infoOf(url, "errorstats", "errorstat_NOSCRIPT");
      return `NOSCRIPT ${errors ?? "never"}`;
    },
  },
  "connections-killed": {
    ...UNFELT,
    row: 16,
    says: "`CLIENT KILL` of all of a node's connections to its Redis, twice a second",
    begin: async (stage, victim) => {
      const url = stage.adminUrl(victim);
      const before = await sayToRedis(url, "CLIENT KILL TYPE normal SKIPME yes");
      stage.repeating.start(AGAIN_MS, () => sayToRedis(url, "CLIENT KILL TYPE normal SKIPME yes"));
      return `${before.slice(1)} connections killed, and again twice a second`;
    },
    end: (stage) => stage.repeating.stop(),
  },
  "few-files": {
    ...UNFELT,
    row: 17,
    says: `a node may open ${FILES_MORE} files more, and ${CONNECTIONS} clients connect`,
    needs: () =>
      findProgram("prlimit", process.env) === "" ? "prlimit (util-linux) is missing" : "",
    begin: async (stage, victim) => {
      const pid = stage.cluster.pid(victim) ?? 0;
      limitFiles(pid, readdirSync(`/proc/${pid}/fd`).length + FILES_MORE);
      const port = stage.place(victim).httpPort;
      const sockets = Array.from({ length: CONNECTIONS }, () => connect({ port }));
      for (const socket of sockets) socket.on("error", () => {});
      opened.set(victim, sockets);
      return `${FILES_MORE} more files, ${CONNECTIONS} more connections`;
    },
    end: async (stage, victim) => {
      const sockets = opened.get(victim) ?? [];
      const refused = sockets.filter(({ closed }) => closed).length;
      for (const socket of sockets) socket.destroy();
      opened.delete(victim);
      const pid = stage.cluster.pid(victim);
      if (pid === null) throw new ChaosFailure(`${victim} did not survive`);
      limitFiles(pid, 4_096);
      return `${refused} of them were closed`;
    },
  },
  "blocked-loop": {
    ...UNFELT,
    row: 17,
    says: `a node's event loop stands still for ${BLOCK_SECONDS} s`,
    ground: { links: [], env: { FAULTS: "enabled" } },
    lastsMs: [4_000, 6_000],
    begin: async (stage, victim) => {
      const value = JSON.stringify({ kind: "freeze", seconds: BLOCK_SECONDS });
      const url = `${stage.place(victim).url}/admin/faults`;
      const headers = { "content-type": "application/json" };
      const { ok, status } = await fetch(url, { method: "POST", headers, body: value });
      if (!ok) throw new ChaosFailure(`/admin/faults answered ${status}`);
      return `stands still for ${BLOCK_SECONDS} s`;
    },
    end: async () => {},
  },
  "small-heap": {
    ...UNFELT,
    row: 17,
    says:
      `all nodes with a heap of ${HEAP_MEGABYTES} MB, ` +
      `one under ${BIG_AT_ONCE} writes of 1 MiB at a time`,
    ground: { links: [], env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}` } },
    begin: async (stage, victim) => {
      const before = stage.cluster.pid(victim);
      counted.set(victim, { before, answers: new Map() });
      stage.repeating.start(0, () => writeBig(stage, victim));
      return `${BIG_AT_ONCE} writes of 1 MiB at a time`;
    },
    end: async (stage, victim) => {
      await stage.repeating.stop();
      const { before, answers } = counted.get(victim) ?? { before: null, answers: new Map() };
      if (stage.cluster.pid(victim) !== before) throw new ChaosFailure(`${victim} did not survive`);
      return [...answers].map(([status, times]) => `${times} x ${status || "none"}`).join(", ");
    },
  },
});

/** @type {Map<string, {before: number | null, answers: Map<number, number>}>} by victim */
const counted = new Map();

/** @param {Stage} stage @param {string} victim */
async function writeBig(stage, victim) {
  const value = "x".repeat(BIG_BYTES);
  const answers = counted.get(victim)?.answers ?? new Map();
  const asking = Array.from({ length: BIG_AT_ONCE }, async (_, index) => {
    const options = { value, timeoutMs: BIG_TIMEOUT_MS };
    const { status } = await stage.door(victim).ask("PUT", pathOf(`big/${index}`), options);
    answers.set(status, (answers.get(status) ?? 0) + 1);
  });
  await Promise.all(asking);
}

/** @param {number} pid @param {number} files */
function limitFiles(pid, files) {
  const { status, stderr } = spawnSync("prlimit", [`--nofile=${files}:`, "--pid", `${pid}`], {
    encoding: "utf8",
  });
  if (status !== 0) throw new ChaosFailure(`prlimit: ${stderr}`);
}
