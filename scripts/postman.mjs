/**
 * `npm run test:postman`: the Postman collection in `tests/postman`, run with newman. On a cluster
 * of its own it stops and starts node2 between the folders, as their descriptions say.
 *
 * `npm test` and `npm run test:compose` contain these runs. Exit codes: 0 everything passed,
 * 1 something failed, 2 usage.
 */

import { spawnSync } from "node:child_process";
import { LauncherFailure } from "./launcher/failure.mjs";
import { ROOT } from "./launcher/programs.mjs";
import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);
/** Beside the result. @param {string} text */
const note = (text) => void process.stderr.write(`${text}\n`);

async function main() {
  const { parseOptions, USAGE } = await import("./postman/options.mjs");
  const parsed = parseOptions(process.argv.slice(2));
  if (!("options" in parsed)) {
    say("problem" in parsed ? `${parsed.problem}\n${USAGE}` : USAGE);
    return "problem" in parsed ? USAGE_ERROR : 0;
  }
  if (parsed.options.compose) return onContainers();
  setup();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  try {
    return await play(parsed.options, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return INTERRUPTED;
    if (!(error instanceof LauncherFailure)) throw error;
    note(error.message);
    return 1;
  }
}

/** Jest runs it there, because the harness for containers is one of its tests. */
function onContainers() {
  const command = ["scripts/test.mjs", "compose", "-t", "Postman"];
  return spawnSync(process.execPath, command, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
}

/** @param {import("./postman/options.mjs").Options} options @param {AbortSignal} signal */
async function play({ environment, saveExamples }, signal) {
  // Only now: a fresh checkout has no packages before.
  const [stages, { playCollection }, { isClean, reportOf }, examples] = await Promise.all([
    import("./postman/stage.mjs"),
    import("./postman/play.mjs"),
    import("./postman/report.mjs"),
    import("./postman/examples.mjs"),
  ]);
  const stage = environment
    ? stages.runningStage(environment)
    : await stages.openOwnStage({ signal });
  try {
    note(`on ${stage.description}`);
    const results = await playCollection(stage, { signal, note });
    say(`\n${reportOf(results)}`);
    if (saveExamples) examples.saveExamples(results);
    return isClean(results) ? 0 : 1;
  } finally {
    await stage.close();
  }
}

process.exitCode = await main();
