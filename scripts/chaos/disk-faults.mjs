/**
 * Faults of what a Redis keeps: lost, full, torn, cut short, spoiled, somebody else's, or killed
 * while it is written anew.
 */

import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ChaosFailure } from "./failure.mjs";
import { ALIVE, all, PLAIN, UNFELT } from "./fault.mjs";
import { killAll, killBoth, startAll, startBoth } from "./process-faults.mjs";
import { infoOf, sayToRedis } from "./redis-words.mjs";
import { redisOf } from "./stage.mjs";

/** @typedef {import("./stage.mjs").Stage} Stage */

const TAIL_MS = 1_000;
const SPOILED_BYTES = 512;
const SMALL_DISK = "24m";
const BALLAST = "ballast";
const BALLAST_BYTES = 1024 * 1024;
const DIES_WITHIN_MS = 30_000;
const POLL_MS = 50;
/** So many microseconds for each key make writing the log anew last for seconds. */
const SLOW_REWRITE = "CONFIG SET rdb-key-save-delay 3000";

/** A log that ends in the middle of a command, as after a power cut. */
const TORN = "*4\r\n$4\r\nHSET\r\n$5\r\np:100\r\n$8\r\nhalf-wri";

const SMALL = /** @type {const} */ ({
  ground: {
    links: [],
    prepare: (/** @type {string} */ folder, /** @type {readonly string[]} */ nodes) => {
      const disks = nodes.map((node) => path.join(folder, redisOf(node)));
      for (const disk of disks)
        mountOrFail(["mount", "-t", "tmpfs", "-o", `size=${SMALL_DISK}`, "ringkv-chaos", disk]);
      return () => {
        for (const disk of disks) mountOrFail(["umount", disk]);
      };
    },
  },
  needs: () =>
    process.platform === "linux" && process.getuid?.() === 0
      ? ""
      : "a disk of a few megabytes is a tmpfs, which only root may mount",
});

export const DISK_FAULTS = /** @satisfies {Record<string, import("./fault.mjs").Fault>} */ ({
  wipe: {
    ...PLAIN,
    row: 15,
    says: "`kill -9` of both, and the disk is empty",
    isOnce: true,
    begin: async (stage, victim) => {
      await killBoth(stage, victim);
      stage.wipe(victim);
      return "SIGKILL to both, and the disk is empty";
    },
    end: startBoth,
  },
  "disk-full": {
    ...ALIVE,
    ...SMALL,
    row: 12,
    says: "no space for one Redis's log; then there is",
    begin: (stage, victim) => fill(stage, [victim]),
    end: (stage, victim) => makeSpace(stage, [victim]),
  },
  "two-disks-full": {
    ...ALIVE,
    ...SMALL,
    row: 12,
    says: "no space for two Redis's logs; then there is",
    strikes: "two",
    stopsWrites: true,
    begin: (stage, victim) => fill(stage, [victim, stage.next(victim)]),
    end: (stage, victim) => makeSpace(stage, [victim, stage.next(victim)]),
  },
  "store-full": {
    ...UNFELT,
    row: 13,
    says: "one Redis at its `maxmemory`; nothing may be evicted",
    begin: (stage, victim) => limitMemory(stage, [victim]),
    end: (stage, victim) => raiseMemory(stage, [victim]),
  },
  "stores-full": {
    ...ALIVE,
    row: 13,
    says: "all Redis at their `maxmemory`; nothing may be evicted",
    strikes: "everything",
    begin: (stage) => limitMemory(stage, stage.nodes),
    end: (stage) => raiseMemory(stage, stage.nodes),
  },
  "torn-logs": {
    ...ALIVE,
    row: 14,
    says: "power cut under `always`: all six killed, every log ends in half a command",
    strikes: "everything",
    lastsMs: [2_000, 4_000],
    begin: async (stage) => {
      await killAll(stage);
      for (const node of stage.nodes) appendFileSync(logOf(stage, node), TORN);
      return "SIGKILL to all six, half a command at the end of each log";
    },
    end: (stage) => startAll(stage),
  },
  "lost-tail": {
    ...PLAIN,
    row: 14,
    says: "a disk that forgets its last second",
    begin: (stage, victim) => forget(stage, [victim], () => killBoth(stage, victim)),
    end: startBoth,
  },
  "lost-tails-everysec": {
    ...ALIVE,
    row: 14,
    says: "control, under `everysec`: all six killed, every disk forgets its last second",
    strikes: "everything",
    isOnce: true,
    mustLose: true,
    lastsMs: [2_000, 4_000],
    ground: { links: [], redisSettings: { appendfsync: "everysec" } },
    begin: (stage) => forget(stage, stage.nodes, () => killAll(stage)),
    end: (stage) => startAll(stage),
  },
  "spoiled-log": {
    ...PLAIN,
    row: 15,
    says: "zeros in the middle of a log: its Redis refuses, and is started empty",
    isOnce: true,
    begin: async (stage, victim) => {
      await killBoth(stage, victim);
      const log = openSync(logOf(stage, victim), "r+");
      const middle = Math.floor(statSync(logOf(stage, victim)).size / 2);
      writeSync(log, Buffer.alloc(SPOILED_BYTES), 0, SPOILED_BYTES, middle);
      closeSync(log);
      return `SIGKILL to both, ${SPOILED_BYTES} zeros in the middle of the log`;
    },
    end: async (stage, victim) => {
      await refused(() => stage.cluster.start(redisOf(victim)), "a Redis with a spoiled log");
      stage.wipe(victim);
      await startBoth(stage, victim);
      return "its Redis refused to start; then with an empty disk";
    },
  },
  "foreign-disk": {
    ...PLAIN,
    row: 15,
    says: "a node on another node's disk refuses to start; then on its own",
    isOnce: true,
    begin: async (stage, victim) => {
      await killBoth(stage, victim);
      const own = stage.diskOf(victim);
      renameSync(own, `${own}.own`);
      cpSync(stage.diskOf(stage.next(victim)), own, { recursive: true });
      await stage.cluster.start(redisOf(victim));
      // It answers `/livez` before it looks at its store.
      await stage.cluster.start(victim).catch(() => {});
      await untilEnded(stage, victim, "a node on a foreign disk goes on");
      return "it refused to start on another node's disk";
    },
    end: async (stage, victim) => {
      await stage.cluster.kill(redisOf(victim));
      const own = stage.diskOf(victim);
      rmSync(own, { recursive: true });
      renameSync(`${own}.own`, own);
      await startBoth(stage, victim);
    },
  },
  "killed-rewrite": {
    ...PLAIN,
    row: 16,
    says: "`kill -9` of both while the log is written anew",
    records: 2_000, // Or there is too little to write.
    lastsMs: [8_000, 9_000], // It begins with the rewriting, not with the kill.
    begin: async (stage, victim) => {
      const url = stage.adminUrl(victim);
      await sayToRedis(url, SLOW_REWRITE);
      await sayToRedis(url, "BGREWRITEAOF");
      const endMs = performance.now() + DIES_WITHIN_MS;
      while ((await infoOf(url, "persistence", "aof_rewrite_in_progress")) !== "1") {
        if (performance.now() > endMs) throw new ChaosFailure("the log is not written anew");
        await wait(POLL_MS);
      }
      return killBoth(stage, victim);
    },
    end: startBoth,
  },
});

/** The log that is being written: the newest part. @param {Stage} stage @param {string} node */
function logOf(stage, node) {
  const folder = path.join(stage.diskOf(node), "appendonlydir");
  const parts = readdirSync(folder).filter((name) => name.endsWith(".incr.aof"));
  const numberOf = (/** @type {string} */ name) => Number(name.split(".").at(-3));
  const [newest] = parts.toSorted((a, b) => numberOf(b) - numberOf(a));
  if (newest === undefined) throw new ChaosFailure(`${node}'s Redis keeps no log`);
  return path.join(folder, newest);
}

/**
 * What is killed comes back with its log as it was a second before.
 *
 * @param {Stage} stage
 * @param {readonly string[]} nodes
 * @param {() => Promise<string>} kill
 */
async function forget(stage, nodes, kill) {
  const sizes = nodes.map((node) => statSync(logOf(stage, node)).size);
  await wait(TAIL_MS);
  const how = await kill();
  const cut = nodes.map((node, index) => {
    const file = logOf(stage, node);
    const size = sizes[index] ?? 0;
    const bytes = statSync(file).size - size;
    truncateSync(file, size);
    return bytes;
  });
  return `${how}; ${cut.join(", ")} bytes of the last second gone`;
}

/** @param {Stage} stage @param {readonly string[]} victims */
async function fill(stage, victims) {
  for (const victim of victims) fillDisk(path.join(stage.diskOf(victim), BALLAST));
  for (const victim of victims)
    await untilEnded(stage, redisOf(victim), "a Redis goes on without space");
  return "no space left: its Redis has ended";
}

/** @param {Stage} stage @param {string} name @param {string} complaint */
async function untilEnded(stage, name, complaint) {
  const endMs = performance.now() + DIES_WITHIN_MS;
  while (stage.cluster.state(name) !== "stopped") {
    if (performance.now() > endMs) throw new ChaosFailure(complaint);
    await wait(POLL_MS);
  }
}

/** Until not a byte more gets there. @param {string} file */
function fillDisk(file) {
  const ballast = openSync(file, "w");
  try {
    for (let bytes = BALLAST_BYTES; bytes >= 1; bytes = Math.floor(bytes / 2)) {
      try {
        for (;;) if (writeSync(ballast, Buffer.alloc(bytes)) === 0) break;
      } catch {
        // No room for so much; less may still get there.
      }
    }
  } finally {
    closeSync(ballast);
  }
}

/** @param {Stage} stage @param {readonly string[]} victims */
async function makeSpace(stage, victims) {
  for (const victim of victims) rmSync(path.join(stage.diskOf(victim), BALLAST));
  await all(
    "",
    victims.map((victim) => stage.cluster.start(redisOf(victim))),
  );
}

/** @param {Stage} stage @param {readonly string[]} victims */
async function limitMemory(stage, victims) {
  for (const victim of victims) {
    const url = stage.adminUrl(victim);
    const used = await infoOf(url, "memory", "used_memory");
    await sayToRedis(url, `CONFIG SET maxmemory ${used}`);
  }
  return "maxmemory is what is used now";
}

/** @param {Stage} stage @param {readonly string[]} victims */
async function raiseMemory(stage, victims) {
  for (const victim of victims) {
    const url = stage.adminUrl(victim);
    await sayToRedis(url, "CONFIG SET maxmemory 1gb");
    const evicted = await infoOf(url, "stats", "evicted_keys");
    if (evicted !== "0") throw new ChaosFailure(`${victim}'s Redis has evicted ${evicted} keys`);
  }
  return "nothing was evicted";
}

/** @param {() => Promise<void>} start @param {string} what */
async function refused(start, what) {
  const isRefused = await start().then(
    () => false,
    () => true,
  );
  if (!isRefused) throw new ChaosFailure(`${what} has started`);
}

/** @param {readonly string[]} command */
function mountOrFail([file = "", ...args]) {
  const { status, stderr } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) throw new ChaosFailure(`${file} ${args.join(" ")}: ${stderr}`);
}
