/**
 * `npm run overload -- [seconds]`: three times what the nodes can bear, for 60 s unless said
 * otherwise. The generator shares the machine with the nodes, and takes its part of the capacity.
 *
 * Exit codes: 0 measured, 1 something came that is neither an answer nor a refusal, 2 usage.
 */

import { overloadTable, playOverload } from "./overload/run.mjs";
import { setup } from "./setup.mjs";

const SECONDS = 60;
const USAGE_ERROR = 2;

async function main() {
  const [text = String(SECONDS), ...rest] = process.argv.slice(2);
  const seconds = Number(text);
  if (!/^\d{1,4}$/.test(text) || seconds < 1 || rest.length > 0) {
    process.stdout.write("npm run overload -- [seconds, 1 to 9999]\n");
    return USAGE_ERROR;
  }
  setup();
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  const story = await playOverload({ seconds, signal: stop.signal });
  process.stdout.write(`${overloadTable(story)}\n`);
  return story.overload.others.length === 0 ? 0 : 1;
}

process.exitCode = await main();
