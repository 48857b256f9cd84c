/**
 * `npm run chaos`: three real nodes, each with a real Redis, under load, while one after the other
 * of ten faults strikes. What the clients were told is written down and judged afterwards.
 *
 *   npm run chaos -- --faults kill-node,partition --seconds 30
 *
 * Exit codes: 0 all promises kept, 1 data lost or different or nothing proved, 2 usage, 3 only a
 * limit of time was missed.
 */

import { ChaosFailure } from "./chaos/failure.mjs";
import { parseOptions, USAGE } from "./chaos/options.mjs";
import { gapStoryOf, jsonOf, recoveryText, tableOf } from "./chaos/report.mjs";
import { playRound } from "./chaos/round.mjs";
import { exitCodeOf, problemsOf } from "./chaos/verdict.mjs";
import { LauncherFailure } from "./launcher/failure.mjs";
import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);
/** Beside the result, which a machine may read. @param {string} text */
const note = (text) => void process.stderr.write(`${text}\n`);

async function main() {
  const anySeed = () => String(Date.now() % 1_000_000);
  const parsed = parseOptions(process.argv.slice(2), anySeed);
  if (!("options" in parsed)) {
    say("problem" in parsed ? `${parsed.problem}\n${USAGE}` : USAGE);
    return "problem" in parsed ? USAGE_ERROR : 0;
  }
  setup();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  try {
    return await play(parsed.options, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED;
    if (!(error instanceof ChaosFailure || error instanceof LauncherFailure)) throw error;
    note(error.message);
    return 1;
  }
}

/** @param {import("./chaos/options.mjs").Options} options @param {AbortSignal} signal */
async function play({ faults, json, ...options }, signal) {
  note(`seed ${options.seed}, ${options.seconds} s of load for each fault`);
  const results = [];
  for (const fault of faults) {
    note(fault);
    const inside = (/** @type {string} */ text) => note(`  ${text}`);
    results.push(await playRound({ ...options, fault, settings: {}, signal, note: inside }));
  }
  const problems = results.flatMap(problemsOf);
  if (json) say(jsonOf({ seed: options.seed, results, problems }));
  else {
    const recoveries = results.map(recoveryText).filter(Boolean);
    const stories = results.flatMap((result) => [...result.stories, ...gapStoryOf(result)]);
    const broken = problems.map(({ text }) => `BROKEN ${text}`);
    const verdict = broken.length === 0 ? ["all promises kept"] : broken;
    say([`\n${tableOf(results)}`, ...recoveries, ...verdict, ...stories].join("\n"));
  }
  return exitCodeOf(problems);
}

process.exitCode = await main();
