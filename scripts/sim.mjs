/**
 * `npm run sim`: whole clusters in one process, a thousand and more failure histories a minute.
 *
 *   npm run sim -- --seeds 20000        seeds 1 to 20,000
 *   npm run sim -- --seed 4711          one seed again, with its story if it fails
 *   npm run sim -- --mix restarts       nodes that restart all the time; "broad" without it
 *   npm run sim -- --mix disks          the same, and disks are lost one after the other
 *   npm run sim -- --mix lulls          time to purge between the misfortunes
 *   npm run sim -- --plant <name>       with a bug planted: shows that it is found
 *
 * Ends with 1 when a promise was broken (or a planted bug was not found).
 */

import { fork, spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { plantedBug } from "../tests/simulation/planted-bugs.mjs";

const ROOT = new URL("../", import.meta.url);
const USAGE_ERROR = 2;

/** @typedef {import("@ringkv/testing").Tally} Tally */
/** @typedef {import("@ringkv/testing").CampaignResult} CampaignResult */

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      mix: { type: "string" },
      plant: { type: "string" },
      workers: { type: "string", default: "2" },
    },
  });
  const plant = values.plant ?? null;
  const bug = plant === null ? null : plantedBug(plant);
  const budget = bug === null ? 1_000 : bug.seedsMax;
  const single = values.seed === undefined ? null : wholeNumber("--seed", values.seed);
  return {
    from: single ?? wholeNumber("--from", values.from),
    seeds: single === null ? wholeNumber("--seeds", values.seeds ?? String(budget)) : 1,
    // A planted bug is looked for seed by seed, so that the first one found has a meaning.
    workers: plant === null && single === null ? wholeNumber("--workers", values.workers) : 1,
    plant,
    mix: mixOf(values.mix ?? bug?.mix ?? "broad"),
  };
}

/** @param {string} text @returns {import("@ringkv/testing").Mix} */
function mixOf(text) {
  if (text === "broad" || text === "restarts" || text === "disks" || text === "lulls") {
    return text;
  }
  throw new RangeError(`--mix takes broad, restarts, disks or lulls, not "${text}"`);
}

/** @param {string} name @param {string} text */
function wholeNumber(name, text) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0 && text.trim() !== "") return number;
  throw new RangeError(`${name} takes a whole number, not "${text}"`);
}

/** Cheap when nothing changed: the compiler keeps its own books. */
function build() {
  const compiler = ["node_modules/typescript/bin/tsc", "-b", "packages/testing"];
  const { status } = spawnSync(process.execPath, compiler, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * @param {import("./sim-worker.mjs").WorkerTask} task
 * @param {(tally: Tally) => void} onProgress
 * @returns {Promise<CampaignResult>}
 */
function runWorker(task, onProgress) {
  return new Promise((resolve, reject) => {
    const worker = fork(new URL("sim-worker.mjs", import.meta.url), [JSON.stringify(task)]);
    /** @type {CampaignResult | null} */
    let result = null;
    worker.on("message", (/** @type {import("./sim-worker.mjs").WorkerMessage} */ message) => {
      if (message.kind === "progress") onProgress(message.tally);
      else result = message.result;
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      if (result === null) reject(new Error(`a worker ended with ${code} and no result`));
      else resolve(result);
    });
  });
}

/** @param {ReturnType<typeof readOptions>} options */
function tasksOf({ from, seeds, workers, mix, plant }) {
  const share = Math.ceil(seeds / Math.max(1, workers));
  return Array.from({ length: Math.max(1, workers) }, (_, index) => ({
    from: from + index * share,
    seeds: Math.max(0, Math.min(share, seeds - index * share)),
    mix,
    plant,
  })).filter((task) => task.seeds > 0);
}

/** @param {number} total @param {number} startedAt */
function progressLine(total, startedAt) {
  /** @type {Map<number, number>} */
  const done = new Map();
  return {
    /** @param {number} worker @param {Tally} tally */
    show(worker, { schedules }) {
      done.set(worker, schedules);
      if (!process.stdout.isTTY) return;
      const sum = [...done.values()].reduce((a, b) => a + b, 0);
      const perMinute = Math.round((sum / (performance.now() - startedAt)) * 60_000);
      process.stdout.write(`\r${sum} of ${total} seeds, ${perMinute} a minute `);
    },
    end: () => process.stdout.isTTY && process.stdout.write("\r\u001b[K"),
  };
}

/** @param {ReturnType<typeof readOptions>} options */
async function main(options) {
  build();
  const { addTallies, NOTHING, tallyText } = await import("@ringkv/testing");
  const startedAt = performance.now();
  const progress = progressLine(options.seeds, startedAt);
  const results = await Promise.all(
    tasksOf(options).map((task, worker) =>
      runWorker(task, (tally) => progress.show(worker, tally)),
    ),
  );
  progress.end();
  const tally = results.map((result) => result.tally).reduce(addTallies, NOTHING);
  const failures = results.map(({ failure }) => failure).filter((failure) => failure !== null);
  for (const { story } of failures) say(`${story}\n`);
  say(tallyText(tally));
  const seconds = (performance.now() - startedAt) / 1_000;
  say(
    `${seconds.toFixed(1)} s, ${Math.round((tally.schedules / seconds) * 60)} schedules a minute`,
  );
  const isExpected = options.plant === null ? failures.length === 0 : failures.length > 0;
  if (options.plant !== null) {
    say(isExpected ? `${options.plant}: found` : `${options.plant}: NOT found`);
  }
  process.exitCode = isExpected ? 0 : 1;
}

try {
  await main(readOptions());
} catch (thrown) {
  process.stderr.write(`sim: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = USAGE_ERROR;
}
