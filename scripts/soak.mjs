/**
 * `npm run soak`: three real nodes under a steady load for a long time, a fault every minute, and
 * what grows meanwhile. It decides nothing; what is judged stands in soak/DESIGN.md.
 *
 *   npm run soak -- --minutes 30
 *
 * Exit codes: 0 all promises kept, 1 data lost or different, 2 usage, 3 only a limit of time or of
 * growth was missed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { ChaosFailure } from "./chaos/failure.mjs";
import { replacedIn } from "./chaos/page.mjs";
import { LauncherFailure } from "./launcher/failure.mjs";
import { setup } from "./setup.mjs";
import { drawFailover } from "./soak/failover-chart.mjs";
import { parseOptions, USAGE } from "./soak/options.mjs";
import { exitCodeOf, lineOf, pageOf, problemsOf, summaryOf } from "./soak/report.mjs";
import { soak } from "./soak/soak.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);
/** Beside the result. @param {string} text */
const note = (text) => void process.stderr.write(`${text}\n`);

async function main() {
  const parsed = parseOptions(process.argv.slice(2), () => String(Date.now() % 1_000_000));
  if (!("options" in parsed)) {
    say("problem" in parsed ? `${parsed.problem}\n${USAGE}` : USAGE);
    return "problem" in parsed ? USAGE_ERROR : 0;
  }
  setup();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  try {
    return await run(parsed.options, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED;
    if (!(error instanceof ChaosFailure || error instanceof LauncherFailure)) throw error;
    note(error.message);
    return 1;
  }
}

/** @param {import("./soak/options.mjs").Options} options @param {AbortSignal} signal */
async function run({ write, picture, ...options }, signal) {
  note(`seed ${options.seed}, ${options.minutes} minutes`);
  const result = await soak({ ...options, signal, note, onMinute: (it) => say(lineOf(it)) });
  const problems = problemsOf(result);
  const verdict = problems.map(({ text }) => `BROKEN ${text}`);
  say([...summaryOf(result), ...verdict, ...result.stories].join("\n"));
  if (picture !== null && result.failover !== null) drawFailover(picture, result.failover);
  if (write !== null)
    writeFileSync(write, replacedIn(readFileSync(write, "utf8"), "soak", pageOf(result)));
  return exitCodeOf(problems);
}

process.exitCode = await main();
