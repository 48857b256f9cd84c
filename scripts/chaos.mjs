/**
 * `npm run chaos`: three real nodes, each with a real Redis, under load, while one after the other
 * of ten faults strikes, or with `--all` of the whole matrix. What the clients were told is written
 * down and judged afterwards.
 *
 *   npm run chaos -- --faults kill-node,partition --seconds 30
 *
 * Exit codes: 0 all promises kept, 1 data lost or different or nothing proved, 2 usage, 3 only a
 * limit of time was missed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { ChaosFailure } from "./chaos/failure.mjs";
import { faultNamed } from "./chaos/faults.mjs";
import { matrixOf } from "./chaos/matrix.mjs";
import { parseOptions, USAGE } from "./chaos/options.mjs";
import { replacedIn } from "./chaos/page.mjs";
import { gapStoryOf, jsonOf, recoveryText, tableOf } from "./chaos/report.mjs";
import { playRound } from "./chaos/round.mjs";
import { exitCodeOf, problemsOf } from "./chaos/verdict.mjs";
import { LauncherFailure } from "./launcher/failure.mjs";
import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/** @type {Awaited<ReturnType<typeof roundsOf>>} */
const NO_ROUNDS = { results: [], failures: [] };

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
async function play({ faults, json, write, ...options }, signal) {
  note(`seed ${options.seed}, ${options.seconds} s of load for each fault`);
  /** @type {import("./chaos/matrix.mjs").Played[]} */
  const played = [];
  /** @type {import("./chaos/verdict.mjs").Problem[]} */
  const failures = [];
  for (const fault of faults) {
    const notPlayed = faultNamed(fault).needs();
    note(notPlayed === "" ? fault : `${fault}: not played: ${notPlayed}`);
    const rounds = notPlayed === "" ? await roundsOf(fault, options, signal) : NO_ROUNDS;
    played.push({ fault, notPlayed, results: rounds.results });
    failures.push(...rounds.failures);
    // After each: an hour's work is not lost with the last fault.
    if (write !== null)
      writeFileSync(write, replacedIn(readFileSync(write, "utf8"), "chaos", matrixOf(played)));
  }
  const results = played.flatMap((it) => it.results);
  const problems = [...failures, ...results.flatMap(problemsOf)];
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

/**
 * What a fault itself finds wrong (a spoiled log that is loaded, say) ends its round alone.
 *
 * @param {import("./chaos/faults.mjs").FaultName} fault
 * @param {Omit<import("./chaos/options.mjs").Options, "faults" | "json" | "write">} options
 * @param {AbortSignal} signal
 */
async function roundsOf(fault, { seeds, seed, ...options }, signal) {
  /** @type {import("./chaos/round.mjs").RoundResult[]} */
  const results = [];
  /** @type {import("./chaos/verdict.mjs").Problem[]} */
  const failures = [];
  const inside = (/** @type {string} */ text) => note(`  ${text}`);
  for (let round = 1; round <= seeds; round++) {
    const own = round === 1 ? seed : `${seed}-${round}`;
    const playing = { ...options, seed: own, fault, settings: {}, signal, note: inside };
    try {
      results.push(await playRound(playing));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ChaosFailure || error instanceof LauncherFailure)) throw error;
      note(`  ${error.message}`);
      failures.push({ about: "data", text: `${fault}: ${error.message}` });
    }
  }
  return { results, failures };
}

process.exitCode = await main();
