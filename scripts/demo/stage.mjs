/**
 * The cluster under the demo: the one that `npm start` runs, asked through its control channel, or
 * one of its own on free ports with a temporary data directory, when none runs.
 *
 * The records stay in a running cluster, to be looked at; a cluster of its own is removed.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCluster } from "../launcher/cluster.mjs";
import { askLauncher } from "../launcher/control-channel.mjs";
import { ROOT } from "../launcher/programs.mjs";
import { DemoFailure } from "./failure.mjs";

/**
 * @typedef {object} Stage
 * @property {string} description
 * @property {boolean} persists false: the Redis stand-in, slow and forgetful
 * @property {ReadonlyMap<string, string>} urls by the node's name
 * @property {(node: string) => Promise<void>} stop
 * @property {(node: string) => Promise<void>} start
 * @property {() => Promise<void>} close
 */

const NODES = ["node1", "node2", "node3"];

/** @param {{data: string, signal: AbortSignal}} options @returns {Promise<Stage>} */
export async function openStage({ data, signal }) {
  const dataDirectory = path.resolve(ROOT, data);
  const reply = await askLauncher(dataDirectory, { action: "status", name: "" });
  return reply === null ? ownCluster(signal) : runningCluster(dataDirectory, reply);
}

/** @param {AbortSignal} signal @returns {Promise<Stage>} */
async function ownCluster(signal) {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-demo-"));
  const remove = () => rmSync(dataDirectory, { recursive: true, force: true });
  const cluster = await startCluster({ dataDirectory, quiet: true, signal }).catch((error) => {
    remove();
    throw error;
  });
  return {
    description: "a cluster of its own, on free ports and in a temporary directory",
    persists: cluster.redisKind !== "embedded",
    urls: new Map(cluster.nodes.map(({ name, url }) => [name, url])),
    stop: (node) => cluster.stop(node),
    start: (node) => cluster.start(node),
    close: async () => {
      await cluster.stopAll();
      remove();
    },
  };
}

/**
 * @param {string} dataDirectory
 * @param {import("../launcher/control-channel.mjs").ControlReply} reply
 * @returns {Promise<Stage>}
 */
async function runningCluster(dataDirectory, reply) {
  const urls = urlsIn("done" in reply ? reply.done : "");
  const missing = NODES.filter((node) => !urls.has(node));
  if (missing.length > 0) throw new DemoFailure(`not running: ${missing.join(", ")}`);
  /** @param {string} action @param {string} name */
  const act = async (action, name) => {
    const answer = await askLauncher(dataDirectory, { action, name });
    if (answer === null) throw new DemoFailure("the cluster was stopped in the middle of the demo");
    if ("refused" in answer) throw new DemoFailure(answer.refused);
  };
  return {
    description: "the cluster that runs already; the records stay in it",
    persists: true,
    urls,
    stop: (node) => act("stop", node),
    start: (node) => act("start", node),
    close: async () => {},
  };
}

/** The nodes that run, from the launcher's status lines: `node1 running pid 7 http://…`. */
export function urlsIn(/** @type {string} */ status) {
  const rows = status.split("\n").map((line) => line.trim().split(/\s+/));
  const running = rows.filter(([name = "", state]) => /^node\d/.test(name) && state === "running");
  return new Map(running.map((row) => [row[0] ?? "", row.at(-1) ?? ""]));
}
