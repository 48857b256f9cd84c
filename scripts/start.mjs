/**
 * `npm start`: sets up, then runs the cluster in the foreground until Ctrl-C.
 *
 * Ctrl-C arrives twice (from the terminal and from npm), so stopping is idempotent.
 */

import path from "node:path";
import { startCluster } from "./launcher/cluster.mjs";
import { LauncherFailure, messageOf } from "./launcher/failure.mjs";
import { parseOptions, USAGE } from "./launcher/options.mjs";
import { consecutivePorts } from "./launcher/places.mjs";
import { ROOT } from "./launcher/programs.mjs";
import { chooseRedis } from "./launcher/redis-choice.mjs";
import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;

/** @param {string} text */
const say = (text) => void process.stdout.write(`ringkv: ${text.replaceAll("\n", "\n  ")}\n`);

const PARENT_WATCH_MS = 500;

/** @returns {AbortSignal} */
function untilAskedToStop() {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  // npm runs this in a shell, and ends that shell alone, which tells nobody.
  if (process.env["npm_lifecycle_event"] !== undefined) whenOrphaned(() => stop.abort());
  return stop.signal;
}

/** @param {() => void} act called once another process has become our parent */
function whenOrphaned(act) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_WATCH_MS);
  watch.unref();
}

/** @param {import("./launcher/options.mjs").Options} options @param {AbortSignal} signal */
async function run(options, signal) {
  const redis = chooseRedis(options.redisUrls, process.env);
  const cluster = await startCluster({
    nodes: options.nodes,
    dataDirectory: options.data,
    ports: consecutivePorts(options),
    redis,
    report: say,
    readyTimeoutMs: Number.POSITIVE_INFINITY, // Loading a lot of data takes its time.
    signal,
  });
  announce(cluster, { redis, data: options.data });
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", resolve);
  });
  say("stopping");
  await cluster.stopAll();
  say("stopped");
}

/**
 * @param {import("./launcher/cluster.mjs").Cluster} cluster
 * @param {{redis: import("./launcher/redis-choice.mjs").RedisChoice, data: string}} context
 */
function announce({ urls }, { redis, data }) {
  const inside = path.relative(ROOT, path.resolve(ROOT, data));
  const folder = inside.startsWith("..") ? data : inside;
  if (redis.kind === "server")
    say(`${path.basename(redis.file)} ${redis.version}, data in ${folder}`);
  if (redis.kind === "embedded")
    say(
      "*** NOTHING IS PERSISTED: nodes keep their data in memory and lose it in the end ***\n" +
        `No Redis was found (${redis.because}). Install redis-server ` +
        "(apt install redis-server, brew install redis), or set REDIS_URL_1, REDIS_URL_2, …",
    );
  const last = urls.at(-1);
  say(
    `ready: ${urls.join(" ")}  try: curl -X PUT -H "content-type: text/plain" -d hello ` +
      `${urls[0]}/kv/greeting; curl ${last}/kv/greeting`,
  );
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof LauncherFailure) return error.message;
  return error instanceof Error ? `${error.stack}` : messageOf(error);
}

async function main() {
  const signal = untilAskedToStop();
  // A terminal or a pipe that went away must not keep us from stopping what we started.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  // The launcher's own tests bring another program than the node: nothing to build then.
  if (!process.env["RINGKV_NODE_MAIN"]) setup();
  if (signal.aborted) return;
  const { config } = await import("dotenv"); // Installed only now.
  config({ path: path.join(ROOT, ".env"), quiet: true });

  const parsed = parseOptions(process.argv.slice(2), process.env);
  if ("help" in parsed) {
    process.stdout.write(`${USAGE}\n`);
  } else if ("problems" in parsed) {
    process.stderr.write(`${parsed.problems.map((text) => `ringkv: ${text}`).join("\n")}\n`);
    process.exitCode = USAGE_ERROR;
  } else {
    await run(parsed.options, signal).catch((error) => {
      if (!signal.aborted) process.exitCode = 1;
      say(signal.aborted ? "stopped" : describe(error));
    });
  }
}

await main();
