/**
 * `npm run bench`: three real nodes beside webdis, etcd and a bare Redis, where they are installed,
 * under the same load in turn. What counts are the ratios of one run.
 *
 *   npm run bench -- --only get,put --seconds 10
 *
 * Exit codes: 0 measured, 1 something failed, 2 usage.
 */

import { BenchFailure } from "./bench/failure.mjs";
import { parseOptions, USAGE } from "./bench/options.mjs";
import { LauncherFailure } from "./launcher/failure.mjs";
import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);
/** Beside the result, which a machine may read. @param {string} text */
const note = (text) => void process.stderr.write(`${text}\n`);

async function main() {
  const parsed = parseOptions(process.argv.slice(2));
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
    if (!(error instanceof BenchFailure || error instanceof LauncherFailure)) throw error;
    note(error.message);
    return 1;
  }
}

/** @param {import("./bench/options.mjs").Options} options @param {AbortSignal} signal */
async function play(options, signal) {
  // Only now: a fresh checkout has no packages before.
  const { runBench, profileSections } = await import("./bench/run.mjs");
  if (options.profile) {
    say(await profileSections(options, { signal, note }));
    return 0;
  }
  const results = await runBench(options, { signal, note });
  const { jsonOf, reportOf } = await import("./bench/report.mjs");
  say(options.json ? jsonOf(results) : `\n${reportOf(results)}`);
  if (options.charts !== null) {
    const { drawPictures } = await import("./bench/pictures.mjs");
    for (const file of drawPictures(options.charts, results)) note(file);
  }
  return results.speeds.some(({ outcome }) => outcome === "failed") ? 1 : 0;
}

process.exitCode = await main();
